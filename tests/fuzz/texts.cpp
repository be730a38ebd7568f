// Text from people and other programs: request lines and headers, JSON bodies, addresses, edits and values in words.
#include <array>
#include <string_view>

#include "engine/session/address.hpp"
#include "engine/session/apply.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/message_json.hpp"
#include "engine/session/order_key.hpp"
#include "engine/session/state.hpp"
#include "engine/session/tempo.hpp"
#include "engine/session/value_text.hpp"
#include "server/net/byte_range.hpp"
#include "server/net/http_message.hpp"
#include "server/net/json.hpp"
#include "server/net/routes.hpp"
#include "talkback/v1/api.pb.h"
#include "talkback/v1/edit.pb.h"
#include "tests/simulation/random_work.hpp"

namespace talkback::fuzz {
namespace {

using session::Session;

const Session& song() {
  static const Session kSong = *session::from_state(simulation::small_song());
  return kSong;
}

void read_request(std::string_view text) {
  net::HttpRequest request;
  if (!net::parse_target(text, request)) return;
  TALKBACK_CHECK(request.path.starts_with('/'));
  const net::RouteMatch match = net::find_route(net::Method::get, request.path);
  TALKBACK_CHECK(match.route != nullptr || match.names.empty());
}

void read_range(std::string_view text) {
  constexpr std::int64_t kSize = 1000;
  const net::RangeChoice choice = net::choose_range(text, kSize);
  if (!choice.range) return;
  TALKBACK_CHECK(!choice.unsatisfiable && choice.range->first >= 0 && choice.range->count > 0);
  TALKBACK_CHECK(choice.range->first + choice.range->count <= kSize);
}

void read_offset(std::string_view text) {
  const auto offset = net::parse_upload_offset(text);
  TALKBACK_CHECK(!offset || *offset >= 0);
  if (offset) TALKBACK_CHECK(net::parse_upload_offset(std::to_string(*offset)) == offset);
}

void read_json(std::string_view text) {
  const std::array<const google::protobuf::Message*, 9> types{
      &v1::SignIn::default_instance(),      &v1::NewUser::default_instance(),
      &v1::NewProject::default_instance(),  &v1::Member::default_instance(),
      &v1::NewUpload::default_instance(),   &v1::NewRender::default_instance(),
      &v1::NewPassword::default_instance(), &v1::SessionState::default_instance(),
      &v1::EndOfUpload::default_instance()};
  if (text.empty()) return;
  const auto* type = types[static_cast<unsigned char>(text.front()) % types.size()];
  const std::unique_ptr<google::protobuf::Message> message(type->New());
  if (!net::parse_json(std::string(text.substr(1)), *message)) return;
  const std::unique_ptr<google::protobuf::Message> again(type->New());
  TALKBACK_CHECK(session::from_json(session::to_json(*message), *again));
  TALKBACK_CHECK(message->SerializeAsString() == again->SerializeAsString());
}

void read_edit(std::string_view text) {
  std::uint64_t last = 1000;
  Session session = song();
  const auto operation = session::operation_from_text(session, text, [&] { return ObjectId{++last}; });
  if (!operation) return;
  v1::Edit edit;
  *edit.add_operations() = *operation;
  if (!session::apply(session, edit)) return;
  const auto restored = session::from_state(session::to_state(session, 1));
  TALKBACK_CHECK(restored.has_value());
}

void read_address(std::string_view text) {
  const auto address = session::find_address(song(), text);
  if (!address) return;
  const v1::Object* object = song().find(address->object);
  TALKBACK_CHECK(object != nullptr);
  const auto again = session::find_address(song(), session::address_of(song(), *object));
  TALKBACK_CHECK(again.has_value() && again->object == address->object);
}

void read_path(std::string_view text) {
  const auto path = session::FieldPath::parse(text);
  TALKBACK_CHECK(!path || path->text() == text);
  static_cast<void>(session::FieldPath::parse_short(text).has_value());
}

void read_value(std::string_view text) {
  if (text.empty()) return;
  std::vector<session::FieldPath> paths;
  for (const std::uint64_t id : {1U, 12U, 14U, 16U, 18U, 31U})
    session::for_each_leaf(*song().find(ObjectId{id}), [&](const session::FieldPath& path) { paths.push_back(path); });
  const session::FieldPath& path = paths[static_cast<unsigned char>(text.front()) % paths.size()];
  v1::Object object;
  auto& holder = path.make_holder(object);
  const auto map = session::tempo_map(song());
  if (!session::set_from_text(song(), map, text.substr(1), holder, path.leaf())) return;
  static_cast<void>(session::value_text(song(), map, holder, path.leaf()));
}

void read_order_keys(std::string_view text) {
  const std::size_t middle = text.find(',');
  if (middle == std::string_view::npos) return;
  const std::string_view before = text.substr(0, middle);
  const std::string_view after = text.substr(middle + 1);
  const auto fits = [](std::string_view key) { return key.empty() || session::is_order_key(key); };
  if (!fits(before) || !fits(after) || (!before.empty() && !after.empty() && before >= after)) return;
  const std::string between = session::order_between(before, after);
  TALKBACK_CHECK(between > before && (after.empty() || between < after));
}

}  // namespace
}  // namespace talkback::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace talkback::fuzz;
  constexpr std::array kReaders{read_request, read_range, read_json,       read_edit,  read_address,
                                read_path,    read_value, read_order_keys, read_offset};
  if (size == 0) return 0;
  kReaders[data[0] % kReaders.size()]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
