#include "client/project/heard_media.hpp"

#include <algorithm>
#include <chrono>

#include "engine/session/media.hpp"

namespace talkback::project {
namespace {

// A recording that was made as fast as the line allows is looked for as often.
constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{4'000};

struct Stand {
  ObjectId source{};
  std::string name;
  std::string sha256;
  std::string preview_sha256;
};

// Of sources whose recording is not here.
std::vector<Stand> missing(const MediaFolder& media, const session::Session& session) {
  std::vector<Stand> found;
  session.for_each([&](const v1::Object& object) {
    if (!object.has_source() || media.has(object.source().blob_sha256())) return;
    if (object.source().preview_sha256().empty()) return;
    found.push_back({session::id_of(object), object.source().name(), object.source().blob_sha256(),
                     object.source().preview_sha256()});
  });
  return found;
}

}  // namespace

Result<void> fetch_heard(const MediaFolder& media, net::Api& api, const std::string& project,
                         const session::Session& session, bool previews_first,
                         const std::function<void(const std::string&)>& progress) {
  std::map<std::string, std::string> names = session::media_of(session);
  for (const Stand& stand : missing(media, session)) {
    if (!names.erase(stand.sha256)) continue;
    const auto fetch = [&](const std::string& sha256) -> Result<void> {
      if (media.has(sha256)) return {};
      if (progress) progress(stand.name);
      return media.fetch(api, project, sha256, stand.name);
    };
    const std::string& first = previews_first ? stand.preview_sha256 : stand.sha256;
    const std::string& second = previews_first ? stand.sha256 : stand.preview_sha256;
    if (const auto fetched = fetch(first); !fetched) {
      if (fetched.error().code != ErrorCode::not_found || !fetch(second)) return fetched.error();
    }
  }
  for (const auto& [sha256, name] : names) {
    if (media.has(sha256)) continue;
    if (progress) progress(name);
    TALKBACK_TRY(media.fetch(api, project, sha256, name));
  }
  return {};
}

std::map<std::string, std::string> heard_as_previews(const MediaFolder& media, const session::Session& session) {
  std::map<std::string, std::string> names;
  for (const Stand& stand : missing(media, session))
    if (media.has(stand.preview_sha256)) names[stand.sha256] = stand.name;
  return names;
}

session::Session with_previews(const MediaFolder& media, session::Session session) {
  for (const Stand& stand : missing(media, session)) {
    if (!media.has(stand.preview_sha256)) continue;
    auto changed = std::make_shared<v1::Object>(*session.find(stand.source));
    changed->mutable_source()->set_blob_sha256(stand.preview_sha256);
    session.put(std::move(changed));
  }
  return session;
}

ArrivingMedia::ArrivingMedia(net::Api api, MediaFolder media, std::string project)
    : api_(std::move(api)),
      media_(std::move(media)),
      project_(std::move(project)),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

ArrivingMedia::~ArrivingMedia() {
  thread_.request_stop();
  changed_.notify_all();
}

void ArrivingMedia::want(const std::map<std::string, std::string>& names) {
  const std::lock_guard lock(mutex_);
  wanted_ = names;
  changed_.notify_all();
}

bool ArrivingMedia::take_arrived() {
  const std::lock_guard lock(mutex_);
  return std::exchange(has_arrived_, false);
}

void ArrivingMedia::run(std::stop_token stop) {
  auto pause = kFirstPause;
  while (!stop.stop_requested()) {
    std::map<std::string, std::string> wanted;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !wanted_.empty(); });
      wanted = wanted_;
    }
    bool is_new = false;
    for (const auto& [sha256, name] : wanted) {
      if (stop.stop_requested()) return;
      if (!media_.has(sha256) && !media_.fetch(api_, project_, sha256, name)) continue;
      is_new = true;
      const std::lock_guard lock(mutex_);
      wanted_.erase(sha256);
      has_arrived_ = true;
    }
    pause = is_new ? kFirstPause : std::min(2 * pause, kLongestPause);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, pause, [] { return false; });
  }
}

}  // namespace talkback::project
