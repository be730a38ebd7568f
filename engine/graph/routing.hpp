// Who feeds whom, and what of it sounds under the mutes and solos of a session, those of its VCA groups included.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "engine/session/session.hpp"

namespace talkback::graph {

// One way of sound from a track: its output, or one of its sends.
struct Connection {
  ObjectId from;
  ObjectId to;
  const v1::Object* send = nullptr;  // nullptr: the track's output
};

class Routing {
 public:
  explicit Routing(const session::Session& session);

  // Every track but the master, in the order of the session, children after their folder.
  const std::vector<const v1::Object*>& tracks() const noexcept { return tracks_; }

  // What sounds at a track, in the order of the tracks; a track's output comes before its sends.
  std::vector<Connection> audible_inputs(ObjectId track) const;

 private:
  void collect(ObjectId parent);
  bool is_muted(const v1::Object& track) const;
  bool has_lane(ObjectId parent, std::string_view field) const;
  ObjectId output_of(const v1::Object& track) const;
  bool is_soloed(const v1::Object& track) const;
  // Adds what can be reached from what is there.
  static void spread(const std::vector<Connection>& connections, bool downstream, std::set<ObjectId>& reached);

  const session::Session& session_;
  std::vector<const v1::Object*> tracks_;
  std::vector<Connection> connections_;
  std::set<ObjectId> soloed_;
  std::set<ObjectId> downstream_;
  std::set<ObjectId> upstream_;
};

}  // namespace talkback::graph
