#include "server/domain/edit_log.hpp"

#include <algorithm>

namespace talkback::domain {

Result<std::vector<EditName>> EditLog::find_edits(const BranchId& branch, const std::vector<std::string>& edit_ids) {
  TALKBACK_ASSIGN(std::vector<EditName> names, edit_names(branch));
  std::erase_if(names,
                [&](const EditName& name) { return std::ranges::find(edit_ids, name.edit_id) == edit_ids.end(); });
  return names;
}

}  // namespace talkback::domain
