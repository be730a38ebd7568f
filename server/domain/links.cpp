#include "server/domain/links.hpp"

#include <algorithm>

#include "engine/base/utf8.hpp"
#include "server/domain/ids.hpp"

namespace talkback::domain {
namespace {

constexpr std::string_view kSuffix = " (link)";

bool is_allowed_name(std::string_view name) {
  const bool printable = std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return !name.empty() && name.size() <= kLinkNameBytesMax && printable && is_utf8(name) && name.front() != ' ' &&
         name.back() != ' ';
}

Result<void> check(const WantedLink& wanted) {
  if (!wanted.name.empty() && !is_allowed_name(wanted.name))
    return Error{ErrorCode::invalid, "a link's name has at most 60 bytes, on one line: say whom it is for"};
  if (wanted.role != v1::LISTENER && wanted.role != v1::MENTOR)
    return Error{ErrorCode::invalid, "a link is for a listener or a mentor: whoever edits gets an account"};
  if (wanted.role == v1::MENTOR && !wanted.version.empty())
    return Error{ErrorCode::invalid, "a link to one version is for listening: a mentor needs one to the project"};
  if (wanted.lifetime_ms < kLinkLifetimeMsMin || wanted.lifetime_ms > kLinkLifetimeMsMax)
    return Error{ErrorCode::invalid, "a link lives for a minute to a year"};
  return {};
}

}  // namespace

std::string link_name(std::string_view name) { return std::string(name) + std::string(kSuffix); }

bool is_link_name(std::string_view name) noexcept {
  return name.ends_with(kSuffix) && is_allowed_name(name.substr(0, name.size() - kSuffix.size()));
}

Result<NewLink> Links::make(const ProjectId& project, const User& maker, const WantedLink& given) {
  WantedLink wanted = given;
  if (wanted.role == v1::ROLE_UNSPECIFIED) wanted.role = v1::LISTENER;
  if (wanted.lifetime_ms == 0) wanted.lifetime_ms = kLinkLifetimeMsDefault;
  TALKBACK_TRY(check(wanted));
  const std::int64_t now = clock_.now_unix_ms();
  Link link{.number = 0,
            .name = wanted.name.empty() ? std::string() : link_name(wanted.name),
            .role = wanted.role,
            .version_id = {},
            .version_name = {},
            .made_by = maker.name,
            .created_unix_ms = now,
            .expires_unix_ms = now + wanted.lifetime_ms,
            .last_used_unix_ms = 0,
            .revoked = false};
  if (!wanted.version.empty()) {
    TALKBACK_ASSIGN(const Version version, versions_.find(project, maker, wanted.version));
    link.version_id = version.id;
    link.version_name = version.name;
  }
  const std::string secret = new_secret(kLinkTokenPrefix, random_);
  TALKBACK_ASSIGN(link, store_.add(project, std::move(link), maker.id, "link:" + new_id(random_), sha256(secret)));
  return NewLink{.link = std::move(link), .secret = secret};
}

}  // namespace talkback::domain
