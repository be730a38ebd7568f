// A file that is sent while it is still being written: it goes out as the beginning of an open upload, which gets its
// name at the end. What breaks the line is told and may be tried again; the server says where it stands. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "client/net/transfers.hpp"

namespace talkback::project {

// By waiting, or by asking the server where it stands.
inline bool may_pass(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::conflict;
}

class GrowingUpload {
 public:
  // api: outlives it.
  GrowingUpload(net::Api& api, std::string project_id);

  bool is_begun() const noexcept { return upload_.has_value(); }
  const std::string& id() const noexcept { return upload_->id(); }
  // Bytes that the server holds durably.
  std::int64_t offset_bytes() const noexcept { return upload_ ? upload_->offset_bytes() : 0; }

  // Goes on with one that was begun earlier, of which the file has `bytes` by now. Where the server does not know it
  // any more, or holds more than that, nothing is begun.
  Result<void> resume(const std::string& id, std::int64_t bytes);
  Result<void> begin();
  // The file has become another one.
  void restart() noexcept { upload_.reset(); }

  // The file's bytes up to `until`, in pieces that take the line half a second or so. on_piece: after each; false ends
  // it early.
  Result<void> send(const std::filesystem::path& file, std::int64_t until, const std::function<bool()>& on_piece);
  // Of which all was sent: from now on the server has it under its hash. Where its copy is another one or went away,
  // the file is sent whole. head: replaces the first bytes.
  Result<void> end(const std::filesystem::path& file, const net::FileBlob& blob, std::string_view head);

 private:
  net::Api& api_;
  std::string project_id_;
  std::optional<net::OpenUpload> upload_;
  std::int64_t piece_bytes_;
};

}  // namespace talkback::project
