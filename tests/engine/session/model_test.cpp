// The model itself keeps the habits that the code relies on.
#include "engine/session/model.hpp"

#include <gtest/gtest.h>

#include <set>

#include "talkback/v1/rules.pb.h"

namespace talkback::session {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void check_message(const Descriptor& type, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    EXPECT_FALSE(field.is_repeated()) << field.full_name() << ": lists cannot be merged by field, use child objects";
    if (field.message_type() != nullptr) check_message(*field.message_type(), seen);
    const v1::FieldRule& rule = rule_of(field);
    if (rule.has_default_value()) {
      EXPECT_TRUE(field.has_presence()) << field.full_name() << ": a default needs `optional`";
      EXPECT_GE(rule.default_value(), rule.min()) << field.full_name();
      EXPECT_LE(rule.default_value(), rule.max()) << field.full_name();
    }
    if (rule.automatable() && field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      EXPECT_TRUE(rule.has_min() && rule.has_max()) << field.full_name() << ": automation needs a range";
    }
    if (!rule.refers_to().empty()) {
      EXPECT_EQ(field.cpp_type(), FieldDescriptor::CPPTYPE_UINT64) << field.full_name();
    }
    if (rule.refers_to_size() > 0 && rule.required()) {
      EXPECT_TRUE(rule.dies_with_target()) << field.full_name() << ": a required reference cannot be cleared";
    }
  }
}

TEST(ModelTest, EveryFieldKeepsTheHabitsOfTheModel) {
  std::set<const Descriptor*> seen;
  check_message(*v1::Object::descriptor(), seen);
  EXPECT_GT(seen.size(), 25u);
}

TEST(ModelTest, EveryObjectTypeHasANounAndAPlace) {
  const Descriptor* object = v1::Object::descriptor();
  std::set<std::string> nouns;
  for (int i = 0; i < object->field_count(); ++i) {
    const Descriptor* body = object->field(i)->message_type();
    if (body == nullptr) continue;
    EXPECT_TRUE(nouns.insert(rule_of(*body).noun()).second) << body->name();
    EXPECT_FALSE(rule_of(*body).noun().empty()) << body->name();
    EXPECT_TRUE(rule_of(*body).parents_size() > 0 || body->name() == "Settings") << body->name();
  }
}

TEST(ModelTest, LabelsDropTheirUnit) {
  EXPECT_EQ(label_of(*v1::Track::descriptor()->FindFieldByName("fader_db")), "fader");
  EXPECT_EQ(label_of(*v1::AudioClip::descriptor()->FindFieldByName("fade_in_frames")), "fade in");
  EXPECT_EQ(label_of(*v1::Compressor::descriptor()->FindFieldByName("mix_percent")), "mix");
}

}  // namespace
}  // namespace talkback::session
