#include "engine/session/address.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "engine/session/routing.hpp"
#include "engine/session/rules.hpp"
#include "talkback/v1/rules.pb.h"

namespace talkback::session {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// One step: a word, and what stands in brackets behind it.
struct Word {
  std::string text;
  std::optional<std::string> index;
};

Error not_found(std::string message) { return Error{ErrorCode::not_found, std::move(message)}; }

// The effect or instrument that an insert or instrument holds: "compressor".
std::string member_of(const v1::Object& object) {
  const Message* body = body_of(object);
  if (body == nullptr || body->GetDescriptor()->real_oneof_decl_count() == 0) return {};
  const FieldDescriptor* set =
      body->GetReflection()->GetOneofFieldDescriptor(*body, body->GetDescriptor()->oneof_decl(0));
  return set == nullptr ? std::string() : set->name();
}

// "midi_clip" for "midi clip".
std::string word_of(const v1::Object& object) {
  std::string noun(noun_of(object));
  std::ranges::replace(noun, ' ', '_');
  return noun;
}

// The name in brackets: an object's own, or that of a send's target.
std::string_view label_in_brackets(const Session& session, const v1::Object& object) {
  if (object.has_send()) {
    const v1::Object* target = session.find(ObjectId{object.send().target_id()});
    return target == nullptr ? std::string_view() : name_of(*target);
  }
  return name_of(object);
}

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  while (!text.empty()) {
    Word word;
    std::size_t end = 0;
    while (end < text.size() && text[end] != '.' && text[end] != '[') ++end;
    word.text = std::string(text.substr(0, end));
    text.remove_prefix(end);
    if (text.starts_with('[')) {
      const std::size_t close = std::min(text.find(']'), text.size());
      word.index = std::string(text.substr(1, close - 1));
      text.remove_prefix(std::min(close + 1, text.size()));
    }
    if (text.starts_with('.')) text.remove_prefix(1);
    words.push_back(std::move(word));
  }
  return words;
}

// The start of an address, and how many letters of the text it took. Names may contain dots: the longest fits.
std::optional<std::pair<ObjectId, std::size_t>> find_start(const Session& session, std::string_view text) {
  const auto takes = [&](std::string_view word) {
    return text.starts_with(word) &&
           (text.size() == word.size() || text[word.size()] == '.' || text[word.size()] == '[');
  };
  std::pair<ObjectId, std::size_t> best;
  for (const v1::Object* track : all_tracks(session)) {
    const std::string& name = track->track().name();
    for (const std::string& word : {name, "\"" + name + "\""})
      if (word.size() > best.second && takes(word)) best = {id_of(*track), word.size()};
  }
  if (best.first) return best;
  if (takes("session")) return std::pair{kRootId, std::size_t{7}};
  if (takes("master")) return std::pair{kMasterId, std::size_t{6}};
  if (text.starts_with('#') && text.size() >= 17)
    if (const auto id = object_id_from(text.substr(1, 16)); id && session.find(*id) != nullptr)
      return std::pair{*id, std::size_t{17}};
  return std::nullopt;
}

std::string names_of_tracks(const Session& session) {
  std::string names;
  for (const v1::Object* track : all_tracks(session)) names += (names.empty() ? "" : ", ") + track->track().name();
  return names;
}

// Two tracks may have one name; then an address says which by its id.
Result<void> check_only_one(const Session& session, ObjectId track) {
  const std::string& name = session.find(track)->track().name();
  std::string ids;
  int count = 0;
  for (const v1::Object* other : all_tracks(session)) {
    if (other->track().name() != name) continue;
    ids += (count++ == 0 ? "#" : " or #") + to_string(id_of(*other));
  }
  if (count <= 1) return {};
  return Error{ErrorCode::invalid,
               "there are " + std::to_string(count) + " tracks called \"" + name + "\"; name one as " + ids};
}

// The child that a word names: by noun or by the effect it holds, then by name or number (from 1).
const v1::Object* find_child(const Session& session, ObjectId parent, const Word& word) {
  std::vector<const v1::Object*> fitting;
  for (const v1::Object* child : session.children(parent))
    if (word_of(*child) == word.text || member_of(*child) == word.text) fitting.push_back(child);
  if (fitting.empty()) return nullptr;
  if (!word.index) return fitting.front();
  for (const v1::Object* child : fitting)
    if (label_in_brackets(session, *child) == *word.index) return child;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.index->data(), word.index->data() + word.index->size(), number);
  const bool is_number = error == std::errc{} && end == word.index->data() + word.index->size();
  return is_number && number >= 1 && number <= fitting.size() ? fitting[number - 1] : nullptr;
}

std::string fields_of(const v1::Object& object) {
  std::string names;
  const std::string member = member_of(object);
  for_each_leaf(object, [&](const FieldPath& path) {
    std::string name = path.text();
    const std::string prefix = body_field_of(object)->name() + ".";
    if (!name.starts_with(prefix)) return;
    name.erase(0, prefix.size());
    if (!member.empty() && name.starts_with(member + ".")) name.erase(0, member.size() + 1);
    names += (names.empty() ? "" : ", ") + name;
  });
  return names;
}

}  // namespace

Result<Address> find_address(const Session& session, std::string_view text) {
  const auto start = find_start(session, text);
  if (!start)
    return not_found("there is no track \"" + std::string(text.substr(0, text.find('.'))) + "\"; there are " +
                     names_of_tracks(session));
  const bool is_named = session.find(start->first)->has_track() && !text.starts_with('#');
  if (is_named && start->first != kMasterId) TALKBACK_TRY(check_only_one(session, start->first));
  std::string_view rest = text.substr(start->second);
  if (rest.starts_with('.')) rest.remove_prefix(1);
  const std::vector<Word> words = words_of(rest);
  ObjectId at = start->first;
  std::size_t next = 0;
  while (next < words.size()) {
    const v1::Object* child = find_child(session, at, words[next]);
    if (child == nullptr) break;
    at = id_of(*child);
    ++next;
  }
  const v1::Object& object = *session.find(at);
  if (next == words.size()) return Address{at, std::nullopt};
  std::string path;
  for (std::size_t i = next; i < words.size(); ++i) {
    if (words[i].index)
      return not_found(title_of(session, object) + " has no " + words[i].text + " \"" + *words[i].index + "\"");
    path += "." + words[i].text;
  }
  const std::string body = body_field_of(object)->name();
  const std::string member = member_of(object);
  if (!member.empty())
    if (auto field = FieldPath::parse_short(body + "." + member + path)) return Address{at, *std::move(field)};
  if (auto field = FieldPath::parse_short(body + path)) return Address{at, *std::move(field)};
  if (path == ".order")
    if (auto field = FieldPath::parse("order")) return Address{at, *std::move(field)};
  return not_found(title_of(session, object) + " has no \"" + path.substr(1) + "\"; it has " + fields_of(object));
}

std::string address_of(const Session& session, const v1::Object& object) {
  if (object.has_settings()) return "session";
  if (object.has_track()) {
    const auto& name = object.track().name();
    const auto same =
        std::ranges::count_if(all_tracks(session), [&](auto* track) { return track->track().name() == name; });
    return same == 1 ? name : "#" + to_string(id_of(object));
  }
  const v1::Object* parent = session.find(parent_of(object));
  if (parent == nullptr) return "#" + to_string(id_of(object));
  const std::string member = member_of(object);
  const std::string word = member.empty() ? word_of(object) : member;
  std::size_t number = 0;
  for (const v1::Object* sibling : session.children(parent_of(object), object.body_case())) {
    if (member_of(*sibling) == member) ++number;
    if (sibling == &object) break;
  }
  return address_of(session, *parent) + "." + word +
         (number == 1 && !member.empty() ? "" : "[" + std::to_string(number) + "]");
}

}  // namespace talkback::session
