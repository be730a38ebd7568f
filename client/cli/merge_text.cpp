#include "client/cli/merge_text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

namespace talkback::cli {
namespace {

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += (text.empty() ? "" : "; ") + sentence;
  return text;
}

std::optional<std::size_t> index_from(const std::string& text, std::size_t count) {
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < 1 || number > count) return std::nullopt;
  return number - 1;
}

Error no_item(const std::string& text, std::size_t count) {
  return {ErrorCode::invalid, "\"" + text + "\" is no change of this; they are 1 to " + std::to_string(count)};
}

}  // namespace

void print_items(Context& context, const std::vector<session::MergeItem>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const session::MergeItem& item = items[i];
    std::string line = std::to_string(i + 1) + "  " + (item.is_conflict ? "CONFLICT  " : "") + joined(item.theirs);
    for (std::size_t n = 0; n < item.needs.size(); ++n)
      line +=
          (n == 0 ? "  (brings " : ", ") + std::to_string(item.needs[n] + 1) + (n + 1 == item.needs.size() ? ")" : "");
    context.terminal.line(line);
    if (!item.ours.empty()) context.terminal.line("   but here: " + joined(item.ours));
    if (!item.obstacle.empty()) context.terminal.line("   it cannot be taken: " + item.obstacle);
  }
}

nlohmann::json json_of(const std::vector<session::MergeItem>& items) {
  nlohmann::json json = nlohmann::json::array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    nlohmann::json needs = nlohmann::json::array();
    for (const std::size_t need : items[i].needs) needs.push_back(need + 1);
    json.push_back({{"number", i + 1},
                    {"keys", items[i].keys},
                    {"conflict", items[i].is_conflict},
                    {"theirs", items[i].theirs},
                    {"ours", items[i].ours},
                    {"obstacle", items[i].obstacle},
                    {"brings", needs}});
  }
  return json;
}

Result<std::vector<std::size_t>> items_from(const std::vector<std::string>& numbers, std::size_t count) {
  std::vector<std::size_t> items;
  for (const std::string& text : numbers) {
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
      const auto index = index_from(part, count);
      if (!index) return no_item(part, count);
      items.push_back(*index);
    }
  }
  return items;
}

Result<Decided> decide(const std::vector<session::MergeItem>& items, const Decisions& decisions) {
  std::map<std::size_t, bool> takes;
  for (const std::string& text : decisions.single) {
    const std::size_t equals = text.find('=');
    const auto index = index_from(text.substr(0, equals), items.size());
    const std::string side = equals == std::string::npos ? "" : text.substr(equals + 1);
    if (!index) return no_item(text.substr(0, equals), items.size());
    if (side != "ours" && side != "theirs")
      return Error{ErrorCode::invalid, "\"" + text + "\": decide with NUMBER=ours or NUMBER=theirs"};
    takes[*index] = side == "theirs";
  }
  Decided decided;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto single = takes.find(i);
    const bool is_possible = items[i].obstacle.empty();
    if (single != takes.end() && single->second && !is_possible)
      return Error{ErrorCode::invalid, "change " + std::to_string(i + 1) + " cannot be taken: " + items[i].obstacle};
    if (single != takes.end())
      (single->second ? decided.taken : decided.left).push_back(i);
    else if (!items[i].is_conflict || (decisions.rule == Decisions::Rule::theirs && is_possible))
      decided.taken.push_back(i);
    else if (decisions.rule == Decisions::Rule::none)
      decided.open.push_back(i);
    else
      decided.left.push_back(i);
  }
  return decided;
}

}  // namespace talkback::cli
