// The media on this machine: blobs by their hash, fetched from the server when they are missing.
#pragma once

#include <functional>
#include <string>

#include "client/net/transfers.hpp"
#include "client/project/home.hpp"
#include "engine/base/blob_folder.hpp"
#include "engine/media/source_library.hpp"
#include "engine/session/session.hpp"

namespace talkback::project {

class MediaFolder {
 public:
  static Result<MediaFolder> open(const Home& home);

  // Keeps a copy of the file under its hash, which it returns.
  Result<net::FileBlob> add(const std::filesystem::path& file) const;

  // Takes the file over under its hash, which the caller has computed; it is gone afterwards.
  Result<void> adopt(const std::filesystem::path& file, const Sha256Digest& sha256) const {
    return blobs_.adopt(file, sha256);
  }

  bool has(const std::string& sha256) const;
  // Downloads one that is not here. not_found, with what to do, where the server has it not; name: for that.
  Result<void> fetch(net::Api& api, const std::string& project, const std::string& sha256,
                     const std::string& name) const;
  // Downloads every source and SoundFont of the session that is not here yet.
  Result<void> fetch_all(net::Api& api, const std::string& project, const session::Session& session,
                         const std::function<void(const std::string& what)>& progress) const;

  // For the engine: looks here only.
  media::BlobLookup lookup() const;
  const std::filesystem::path& cache() const noexcept { return cache_; }
  std::filesystem::path path_of(const std::string& sha256) const;

 private:
  MediaFolder(BlobFolder blobs, std::filesystem::path cache) : blobs_(std::move(blobs)), cache_(std::move(cache)) {}
  BlobFolder blobs_;
  std::filesystem::path cache_;
};

}  // namespace talkback::project
