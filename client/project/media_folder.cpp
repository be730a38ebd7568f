#include "client/project/media_folder.hpp"

#include <unistd.h>

#include "engine/session/media.hpp"

namespace talkback::project {

Result<MediaFolder> MediaFolder::open(const Home& home) {
  TALKBACK_ASSIGN(BlobFolder blobs, BlobFolder::open(home.blobs()));
  return MediaFolder(std::move(blobs), home.cache());
}

std::filesystem::path MediaFolder::path_of(const std::string& sha256) const {
  const auto digest = sha256_from_hex(sha256);
  return digest ? blobs_.path_of(*digest) : std::filesystem::path();
}

Result<net::FileBlob> MediaFolder::add(const std::filesystem::path& file) const {
  std::error_code failed;
  std::filesystem::create_directories(blobs_.root(), failed);
  const std::filesystem::path copy = blobs_.root() / ("import-" + std::to_string(::getpid()) + ".part");
  std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot copy " + file.filename().string() + ": " + failed.message()};
  TALKBACK_ASSIGN(const Sha256Digest digest, sha256_of_file(copy));
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(copy, failed));
  TALKBACK_TRY(blobs_.adopt(copy, digest));
  return net::FileBlob{to_hex(digest), size};
}

bool MediaFolder::has(const std::string& sha256) const {
  const auto digest = sha256_from_hex(sha256);
  return digest && blobs_.contains(*digest);
}

Result<void> MediaFolder::fetch(net::Api& api, const std::string& project, const std::string& sha256,
                                const std::string& name) const {
  const auto digest = sha256_from_hex(sha256);
  if (!digest) return Error{ErrorCode::corrupt, "\"" + name + "\" names no blob"};
  const auto fetched = net::download(api, project, sha256, blobs_.path_of(*digest));
  if (!fetched && fetched.error().code == ErrorCode::not_found)
    return Error{ErrorCode::not_found,
                 "the sound of \"" + name +
                     "\" is not on the server yet; the machine it was made on still has to send it "
                     "(there: talkback recover, or talkback sync)"};
  return fetched;
}

Result<void> MediaFolder::fetch_all(net::Api& api, const std::string& project, const session::Session& session,
                                    const std::function<void(const std::string&)>& progress) const {
  for (const auto& [sha256, name] : session::media_of(session)) {
    if (has(sha256)) continue;
    if (progress) progress(name);
    TALKBACK_TRY(fetch(api, project, sha256, name));
  }
  return {};
}

media::BlobLookup MediaFolder::lookup() const {
  return [blobs = blobs_](std::string_view sha256) -> Result<std::filesystem::path> {
    const auto digest = sha256_from_hex(sha256);
    if (!digest || !blobs.contains(*digest))
      return Error{ErrorCode::not_found, "the audio " + std::string(sha256.substr(0, 12)) + "… is not on this machine"};
    return blobs.path_of(*digest);
  };
}

}  // namespace talkback::project
