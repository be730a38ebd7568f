// Edits that were refused lately, and over which connection.
//
// A member who connects again submits anew what was never answered. What they had sent over the connection before may
// still arrive, after the answer: an edit whose author knows it as refused must not be accepted then. [any-thread]
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "engine/session/limits.hpp"

namespace talkback::domain {

// An old connection brings at most what lay in its buffers.
inline constexpr std::size_t kRefusalsMax = 4096;

class Refusals {
 public:
  void note(const std::string& edit_id, std::uint64_t connection) {
    // What is no id may be of any size.
    if (edit_id.size() != session::kEditIdBytes) return;
    const auto [known, is_new] = connections_.try_emplace(edit_id, connection);
    known->second = std::max(known->second, connection);
    if (!is_new) return;
    order_.push_back(edit_id);
    if (order_.size() <= kRefusalsMax) return;
    connections_.erase(order_.front());
    order_.pop_front();
  }

  // It was refused over a connection that began after this one. Over the same one its author may mend it.
  bool has_later(const std::string& edit_id, std::uint64_t connection) const {
    const auto known = connections_.find(edit_id);
    return known != connections_.end() && known->second > connection;
  }

 private:
  std::unordered_map<std::string, std::uint64_t> connections_;
  std::deque<std::string> order_;
};

}  // namespace talkback::domain
