#include "engine/render/session_before.hpp"

#include <algorithm>
#include <fstream>

#include "engine/session/state.hpp"

namespace talkback::render {

namespace {

namespace fs = std::filesystem;

fs::path place_in(const fs::path& folder) { return folder / "session-before"; }
fs::path place_of_edited(const fs::path& folder) { return folder / "edited-since"; }

}  // namespace

std::optional<session::Session> load_session_before(const fs::path& folder) {
  std::ifstream file(place_in(folder), std::ios::binary);
  v1::SessionState state;
  if (!file || !state.ParseFromIstream(&file)) return std::nullopt;
  auto session = session::from_state(state);
  if (!session) return std::nullopt;
  return std::move(*session);
}

std::set<std::string> load_edited(const fs::path& folder) {
  std::set<std::string> edited;
  std::ifstream file(place_of_edited(folder));
  for (std::string line; std::getline(file, line);) edited.insert(line);
  return edited;
}

void keep_session_before(const fs::path& folder, const session::Session& session, SumBase base,
                         const std::set<std::string>& edited) {
  std::error_code ignored;
  if (base == SumBase::leave) {
    std::ofstream file(place_of_edited(folder), std::ios::trunc);
    for (const std::string& what : edited) file << what << '\n';
  } else {
    fs::remove(place_of_edited(folder), ignored);
  }
  if (base == SumBase::drop) fs::remove(place_in(folder), ignored);
  if (base != SumBase::renew) return;
  const fs::path beside = folder / "session-before.new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  const bool is_written = session::to_state(session, 0).SerializeToOstream(&file) && file.flush().good();
  file.close();
  if (is_written) {
    fs::rename(beside, place_in(folder), ignored);
  } else {
    fs::remove(beside, ignored);
  }
}

void drop_cache(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(folder, ignored)) {
    if (file.path().filename() != "lock") fs::remove(file.path(), ignored);
  }
}

std::int64_t cache_bytes_max(const session::Session& session, std::int64_t wanted) {
  if (wanted > 0) return wanted;
  std::int64_t bytes = 0;
  for (const v1::Object* object : session.children(kRootId, v1::Object::kSource)) {
    const v1::Source& source = object->source();
    bytes += std::max<std::int64_t>(source.size_bytes(), source.length_frames() * source.channels() * 2);
  }
  return std::max(2 * bytes, kCacheBytesMin);
}

}  // namespace talkback::render
