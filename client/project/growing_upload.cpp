#include "client/project/growing_upload.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>

namespace talkback::project {
namespace {

constexpr std::int64_t kFirstPieceBytes = 64 * 1024;
constexpr std::int64_t kLeastPieceBytes = 32 * 1024;
constexpr std::chrono::duration<double> kPieceTime{0.5};

Result<std::string> read_piece(const std::filesystem::path& path, std::int64_t from, std::int64_t bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string piece(static_cast<std::size_t>(bytes), '\0');
  file.seekg(from);
  file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
  if (file.gcount() != static_cast<std::streamsize>(piece.size()))
    return Error{ErrorCode::corrupt, "cannot read " + path.filename().string()};
  return piece;
}

}  // namespace

GrowingUpload::GrowingUpload(net::Api& api, std::string project_id)
    : api_(api), project_id_(std::move(project_id)), piece_bytes_(kFirstPieceBytes) {}

Result<void> GrowingUpload::resume(const std::string& id, std::int64_t bytes) {
  auto resumed = net::OpenUpload::resume(api_, project_id_, id);
  if (!resumed && resumed.error().code != ErrorCode::not_found) return resumed.error();
  if (resumed && resumed->offset_bytes() <= bytes) upload_ = *std::move(resumed);
  return {};
}

Result<void> GrowingUpload::begin() {
  TALKBACK_ASSIGN(upload_, net::OpenUpload::begin(api_, project_id_));
  return {};
}

Result<void> GrowingUpload::send(const std::filesystem::path& file, std::int64_t until,
                                 const std::function<bool()>& on_piece) {
  while (upload_->offset_bytes() < until) {
    const std::int64_t bytes = std::min(until - upload_->offset_bytes(), piece_bytes_);
    const auto begun = std::chrono::steady_clock::now();
    TALKBACK_ASSIGN(std::string piece, read_piece(file, upload_->offset_bytes(), bytes));
    const auto sent = upload_->send(std::move(piece));
    if (!sent && sent.error().code == ErrorCode::not_found) {
      // Discarded there: it begins anew with the next try.
      upload_.reset();
      return Error{ErrorCode::unavailable, sent.error().message};
    }
    TALKBACK_TRY(sent);
    // What is short says little of the line.
    const double pieces_in_time =
        kPieceTime /
        std::max<std::chrono::duration<double>>(std::chrono::steady_clock::now() - begun, std::chrono::microseconds(1));
    if (bytes == piece_bytes_ || pieces_in_time < 1.0)
      piece_bytes_ = std::clamp(static_cast<std::int64_t>(std::min(pieces_in_time, 4.0) * static_cast<double>(bytes)),
                                kLeastPieceBytes, net::kUploadPieceBytes);
    if (!on_piece()) break;
  }
  return {};
}

Result<void> GrowingUpload::end(const std::filesystem::path& file, const net::FileBlob& blob, std::string_view head) {
  auto ended = upload_->end(blob, head);
  if (ended) return {};
  const bool is_spoilt = ended.error().code == ErrorCode::corrupt || ended.error().code == ErrorCode::not_found;
  if (!is_spoilt) return ended;
  upload_.reset();
  TALKBACK_TRY(net::upload(api_, project_id_, file));
  return {};
}

}  // namespace talkback::project
