#include "client/net/transfers.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "engine/base/sha256.hpp"
#include "engine/session/message_json.hpp"

namespace talkback::net {
namespace {

// 0.2 + 0.4 + … + 12.8 s: about half a minute of trying.
constexpr int kTriesMax = 8;
constexpr std::chrono::milliseconds kFirstPause{200};

Result<v1::Upload> parse_upload(const HttpAnswer& answer) {
  v1::Upload upload;
  if (!session::from_json(answer.body, upload)) return unreadable_answer();
  return upload;
}

Result<v1::Upload> post_upload(Api& api, std::string path, const google::protobuf::Message& body) {
  const HttpRequest request{.method = "POST",
                            .path = std::move(path),
                            .body = session::to_json(body),
                            .content_type = "application/json",
                            .headers = {},
                            .sink = {}};
  TALKBACK_ASSIGN(const HttpAnswer answer, api.http().send(request));
  return parse_upload(answer);
}

Result<v1::Upload> begin_upload(Api& api, const std::string& project, const FileBlob& blob) {
  v1::NewUpload body;
  body.set_sha256(blob.sha256);
  body.set_size_bytes(blob.size_bytes);
  return post_upload(api, project_path(project, "/uploads"), body);
}

Result<v1::Upload> find_upload(Api& api, const std::string& project, const std::string& upload_id) {
  const HttpRequest request{.path = project_path(project, "/uploads/" + escape(upload_id))};
  TALKBACK_ASSIGN(const HttpAnswer answer, api.http().send(request));
  return parse_upload(answer);
}

Result<v1::Upload> send_piece(Api& api, const std::string& project, const v1::Upload& upload, std::string piece) {
  HttpRequest request{.method = "PATCH",
                      .path = project_path(project, "/uploads/" + escape(upload.upload_id())),
                      .body = std::move(piece),
                      .content_type = "application/octet-stream",
                      .headers = {"Upload-Offset: " + std::to_string(upload.offset_bytes())},
                      .sink = {}};
  TALKBACK_ASSIGN(const HttpAnswer answer, api.http().send(request));
  return parse_upload(answer);
}

// Larger ones are worth the question whether the server has them.
constexpr std::int64_t kAskFirstBytes = 64 * 1024;

Result<std::string> read_piece(std::ifstream& file, std::int64_t offset) {
  std::string piece(static_cast<std::size_t>(kUploadPieceBytes), '\0');
  file.clear();
  file.seekg(offset);
  file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
  piece.resize(static_cast<std::size_t>(file.gcount()));
  if (piece.empty()) return Error{ErrorCode::conflict, "the file changed while it was uploaded"};
  return piece;
}

bool is_worth_another_try(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::conflict;
}

}  // namespace

Result<void> upload_whole(Api& api, const std::string& project, const std::filesystem::path& path,
                          const FileBlob& blob) {
  const std::string name = project_path(project, "/blobs/" + escape(blob.sha256));
  if (blob.size_bytes > kAskFirstBytes) {
    const auto held = api.http().send({.method = "HEAD", .path = name});
    if (held) return {};
    if (held.error().code != ErrorCode::not_found) return held.error();
  }
  std::string bytes;
  if (blob.size_bytes > 0) {
    std::ifstream file(path, std::ios::binary);
    TALKBACK_ASSIGN(bytes, read_piece(file, 0));
  }
  TALKBACK_ASSIGN(
      const HttpAnswer answer,
      api.http().send(
          {.method = "PUT", .path = name, .body = std::move(bytes), .content_type = "application/octet-stream"}));
  TALKBACK_ASSIGN(const v1::Upload upload, parse_upload(answer));
  return upload.complete() ? Result<void>() : Result<void>(unreadable_answer());
}

Result<FileBlob> upload(Api& api, const std::string& project, const std::filesystem::path& path,
                        const TransferProgress& progress) {
  TALKBACK_ASSIGN(const Sha256Digest digest, sha256_of_file(path));
  std::error_code size_error;
  const FileBlob blob{to_hex(digest), static_cast<std::int64_t>(std::filesystem::file_size(path, size_error))};
  if (size_error) return Error{ErrorCode::unavailable, "cannot read " + path.filename().string()};
  // Where that fails, the server knows how far it got, or what is wrong.
  if (blob.size_bytes <= kUploadPieceBytes && upload_whole(api, project, path, blob)) {
    if (progress) progress(blob.size_bytes, blob.size_bytes);
    return blob;
  }
  std::ifstream file(path, std::ios::binary);
  auto pause = kFirstPause;
  std::int64_t furthest = 0;
  int tries = 0;
  while (true) {
    auto upload = begin_upload(api, project, blob);
    while (upload && !upload->complete()) {
      // A line that breaks within every piece still gets forward: only tries without any progress count.
      if (upload->offset_bytes() > furthest) {
        furthest = upload->offset_bytes();
        tries = 0;
        pause = kFirstPause;
      }
      if (progress) progress(upload->offset_bytes(), blob.size_bytes);
      TALKBACK_ASSIGN(std::string piece, read_piece(file, upload->offset_bytes()));
      upload = send_piece(api, project, *upload, std::move(piece));
    }
    if (upload) {
      if (progress) progress(blob.size_bytes, blob.size_bytes);
      return blob;
    }
    if (!is_worth_another_try(upload.error()) || ++tries >= kTriesMax) return std::move(upload).error();
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

Result<void> upload_all(Api& api, const std::string& project, const std::vector<std::filesystem::path>& files,
                        const TransferProgress& progress) {
  std::vector<std::int64_t> sizes(files.size());
  std::int64_t all = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code failed;
    sizes[i] = static_cast<std::int64_t>(std::filesystem::file_size(files[i], failed));
    if (failed) return Error{ErrorCode::unavailable, "cannot read " + files[i].filename().string()};
    all += sizes[i];
  }
  std::mutex mutex;
  std::size_t next = 0;
  std::vector<std::int64_t> done(files.size());
  Result<void> outcome;
  // Of a line: the file that it is to send; past the end where there is none.
  const auto take = [&] {
    const std::lock_guard lock(mutex);
    return outcome ? next++ : files.size();
  };
  const auto send = [&](Api& line) {
    for (std::size_t i = take(); i < files.size(); i = take()) {
      const auto sent = upload(line, project, files[i], [&](std::int64_t bytes, std::int64_t) {
        const std::lock_guard lock(mutex);
        done[i] = bytes;
        if (progress) progress(std::accumulate(done.begin(), done.end(), std::int64_t{0}), all);
      });
      const std::lock_guard lock(mutex);
      if (!sent && outcome) outcome = sent.error();
    }
  };
  {
    std::vector<std::jthread> lines;
    for (std::size_t i = 1; i < std::min(kUploadLines, files.size()); ++i)
      lines.emplace_back([&] {
        Api line(HttpClient(api.http().server(), api.http().token()));
        send(line);
      });
    send(api);
  }
  return outcome;
}

Result<OpenUpload> OpenUpload::begin(Api& api, std::string project) {
  v1::NewUpload body;
  body.set_open(true);
  TALKBACK_ASSIGN(v1::Upload status, post_upload(api, project_path(project, "/uploads"), body));
  return OpenUpload(api, std::move(project), std::move(status));
}

Result<OpenUpload> OpenUpload::resume(Api& api, std::string project, const std::string& upload_id) {
  TALKBACK_ASSIGN(v1::Upload status, find_upload(api, project, upload_id));
  return OpenUpload(api, std::move(project), std::move(status));
}

Result<void> OpenUpload::send(std::string piece) {
  auto answered = send_piece(*api_, project_, status_, std::move(piece));
  if (answered) {
    status_ = *std::move(answered);
    return {};
  }
  // The bytes may have arrived although the answer did not.
  if (auto found = find_upload(*api_, project_, id())) status_ = *std::move(found);
  return answered.error();
}

Result<void> OpenUpload::end(const FileBlob& blob, std::string_view head) {
  v1::EndOfUpload body;
  body.set_sha256(blob.sha256);
  body.set_size_bytes(blob.size_bytes);
  body.set_head(head.data(), head.size());
  const auto ended = post_upload(*api_, project_path(project_, "/uploads/" + escape(id()) + "/end"), body);
  if (ended) return {};
  if (ended.error().code != ErrorCode::not_found) return ended.error();
  TALKBACK_ASSIGN(const v1::Upload known, begin_upload(*api_, project_, blob));
  if (known.complete()) return {};
  return ended.error();
}

namespace {

// Takes in what an earlier try has left; how much that is.
std::int64_t take_up(const std::filesystem::path& file, Sha256& hash) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> chunk(256 * 1024);
  std::int64_t bytes = 0;
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), in.gcount() > 0) {
    hash.update(std::string_view(chunk.data(), static_cast<std::size_t>(in.gcount())));
    bytes += in.gcount();
  }
  return bytes;
}

// One request for what is missing.
struct Download {
  std::filesystem::path beside;
  Sha256 hash = {};
  std::int64_t taken_up = 0;
  bool is_written = true;

  Result<void> run(Api& api, const std::string& path, const TransferProgress& progress) {
    taken_up = take_up(beside, hash);
    std::int64_t done = taken_up;
    std::ofstream out(beside, std::ios::binary | (done > 0 ? std::ios::app : std::ios::trunc));
    if (!out) return Error{ErrorCode::unavailable, "cannot write " + beside.string()};
    HttpRequest request{.path = path};
    if (done > 0) request.headers.push_back("Range: bytes=" + std::to_string(done) + "-");
    request.sink = [&](std::string_view piece) {
      hash.update(piece);
      out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      done += static_cast<std::int64_t>(piece.size());
      if (progress) progress(done, 0);
      return out.good();
    };
    const auto answer = api.http().send(request);
    out.close();
    is_written = out.good();
    // Nothing was missing: that range lies outside the blob.
    if (!answer && answer.error().code == ErrorCode::invalid && taken_up > 0) return {};
    if (!answer) return answer.error();
    return {};
  }
};

}  // namespace

Result<void> download(Api& api, const std::string& project, const std::string& sha256,
                      const std::filesystem::path& file, const TransferProgress& progress) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::filesystem::path beside = file;
  beside += ".part";
  Download download{.beside = beside};
  auto answer = download.run(api, project_path(project, "/blobs/" + escape(sha256)), progress);
  // What an earlier try has left may have been damaged by a crash.
  const auto is_it = [&] { return answer && download.is_written && to_hex(download.hash.finish()) == sha256; };
  bool is_whole = is_it();
  if (answer && download.is_written && !is_whole && download.taken_up > 0) {
    std::filesystem::remove(beside, ignored);
    download = {.beside = beside};
    answer = download.run(api, project_path(project, "/blobs/" + escape(sha256)), progress);
    is_whole = is_it();
  }
  if (is_whole) {
    std::filesystem::rename(beside, file, ignored);
    if (!ignored) return {};
  }
  // A line that broke leaves what has come: the next try goes on from there.
  if (!answer && answer.error().code == ErrorCode::unavailable && download.is_written) return answer.error();
  std::filesystem::remove(beside, ignored);
  if (!download.is_written) return Error{ErrorCode::exhausted, "cannot write " + file.string() + "; is the disk full?"};
  if (!answer) return answer.error();
  return Error{ErrorCode::corrupt, "the downloaded bytes do not have the hash " + sha256};
}

}  // namespace talkback::net
