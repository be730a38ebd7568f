// What a merge found, for people: numbered, conflicts with both sides; and what they decide.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "client/cli/context.hpp"
#include "engine/session/merge.hpp"

namespace talkback::cli {

// Items are counted from 1.
void print_items(Context& context, const std::vector<session::MergeItem>& items);
nlohmann::json json_of(const std::vector<session::MergeItem>& items);

// How conflicts are decided: each by "3=ours" or "3=theirs", the others by a rule, or not at all.
struct Decisions {
  enum class Rule { none, ours, theirs };
  Rule rule = Rule::none;
  std::vector<std::string> single;
};

struct Decided {
  // Items to bring over.
  std::vector<std::size_t> taken;
  // Conflicts that stay as they are here, on purpose.
  std::vector<std::size_t> left;
  // Conflicts that nobody decided.
  std::vector<std::size_t> open;
};

// invalid: a number that is no item, or one that cannot be taken.
Result<Decided> decide(const std::vector<session::MergeItem>& items, const Decisions& decisions);

// "1,3" and "1 3" as indexes. invalid: not a number of an item.
Result<std::vector<std::size_t>> items_from(const std::vector<std::string>& numbers, std::size_t count);

}  // namespace talkback::cli
