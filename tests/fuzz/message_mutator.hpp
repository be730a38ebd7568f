// Changes a protobuf message a little, by reflection: a field set, cleared, repeated, moved, a oneof switched.
//
// Knows what makes an edit mean something: field paths, ids of objects that are there, limits of numbers.
#pragma once

#include <random>

#include <google/protobuf/message.h>

namespace talkback::fuzz {

class MessageMutator {
 public:
  explicit MessageMutator(unsigned seed) : random_(seed) {}

  void mutate(google::protobuf::Message& message);
  std::uint64_t number(std::uint64_t below) { return random_() % below; }

 private:
  using Field = google::protobuf::FieldDescriptor;

  void mutate_field(google::protobuf::Message& message, const Field& field);
  void mutate_repeated(google::protobuf::Message& message, const Field& field);
  void set_leaf(google::protobuf::Message& message, const Field& field);
  std::uint64_t any_whole();
  double any_number();
  std::string any_text(const Field& field);

  std::mt19937_64 random_;
};

}  // namespace talkback::fuzz
