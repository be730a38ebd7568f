// Who made which part of a difference: fed with edits in their order, it splits changes by the last author of each
// field. Used by one thread at a time.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/session/apply.hpp"

namespace talkback::session {

class Attribution {
 public:
  // What an edit changed when it was applied.
  void note(const std::string& author, const std::vector<Change>& changes);

  struct Part {
    // Empty where no noted edit made it.
    std::string author;
    // Of an object that several changed, each has a change with their own fields.
    std::vector<Change> changes;
  };
  // In the order of the authors' names.
  std::vector<Part> split(const std::vector<Change>& difference) const;

 private:
  // By object, and by object and field: "0123456789abcdef", "0123456789abcdef.track.fader_db".
  std::unordered_map<std::string, std::string> author_of_;
};

}  // namespace talkback::session
