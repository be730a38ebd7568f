// Whom a performer lets record them, for one run of `standby`: by connection, once asked, or by name in advance.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace talkback::cli {

class Consent {
 public:
  Consent(const std::vector<std::string>& names, bool everybody)
      : names_(names.begin(), names.end()), everybody_(everybody) {}

  bool has(std::uint64_t connection, const std::string& user) const {
    if (connections_.contains(connection)) return true;
    return !vetoed_.contains(user) && (everybody_ || names_.contains(user));
  }
  void give(std::uint64_t connection) { connections_.insert(connection); }
  // After a veto: that person is asked again, whatever was said in advance.
  void take_back(std::uint64_t connection, const std::string& user) {
    connections_.erase(connection);
    vetoed_.insert(user);
  }

 private:
  std::set<std::string> names_;
  bool everybody_;
  std::set<std::uint64_t> connections_;
  std::set<std::string> vetoed_;
};

}  // namespace talkback::cli
