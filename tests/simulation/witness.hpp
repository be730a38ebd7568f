// The witness: hears what the server and the clients say while a schedule runs, and judges at the end.
//
// What must hold whatever happens: nothing is told before it is stored; what a client was told is so; what a client's
// disk has kept is committed once or refused; nobody has done what they may not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "talkback/v1/room.pb.h"
#include "tests/simulation/simulated_store.hpp"

namespace talkback::simulation {

class Witness {
 public:
  explicit Witness(const SimulatedStore& store) : store_(store) {}

  // The first failure counts.
  void fail(const std::string& what) {
    if (!failure_) failure_ = what;
  }
  const std::optional<std::string>& failure() const noexcept { return failure_; }

  // Server: a frame leaves it; an edit of somebody, who has this role, comes to the room.
  void told(const v1::ServerFrame& frame);
  void came_to_room(const v1::Edit& edit, v1::Role role);
  // The room neither took it nor has said no yet: where the server ends first, nobody hears that it was not taken.
  void in_doubt(const v1::Edit& edit) { ever_refused_.insert(edit.edit_id()); }

  // Client: the disk has kept the edit; a frame has arrived; its program was told.
  void kept(int editor, const v1::Edit& edit);
  void frame_arrived(int editor, const v1::ServerFrame& frame);
  void acknowledged(const std::string& edit_id, std::uint64_t revision);
  void refused(const std::string& edit_id);

  // Everything has come to rest: looks at the log.
  void check_log();

  struct Counts {
    std::uint64_t kept = 0;
    std::uint64_t committed = 0;
    std::uint64_t refused = 0;
    std::uint64_t again = 0;  // answered with an old revision
    std::uint64_t undone = 0;
    std::uint64_t merged = 0;  // suggestions that were taken among them
    Counts& operator+=(const Counts& other);
  };
  Counts counts() const;
  const std::map<std::string, std::set<v1::Role>>& roles() const noexcept { return roles_; }

 private:
  struct Kept {
    int editor = 0;
    std::string bytes;
  };

  void check_told_is_stored(std::uint64_t revision, const char* where);

  const SimulatedStore& store_;
  std::optional<std::string> failure_;
  std::map<std::string, std::set<v1::Role>> roles_;  // under which an edit came to the room
  std::vector<std::string> kept_order_;
  std::map<std::string, Kept> kept_;
  std::map<std::string, std::uint64_t> acknowledged_;
  std::set<std::string> refused_;          // the program was told
  std::set<std::string> refusal_arrived_;  // the frame came, the program may have died over it
  std::set<std::string> ever_refused_;     // the server said so, or was about to
  std::uint64_t again_ = 0;
};

}  // namespace talkback::simulation
