#include "server/net/byte_range.hpp"
#include "server/net/error_mapping.hpp"
#include "server/net/handlers.hpp"
#include "server/net/json.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::net {
namespace {

constexpr const char* kOffsetHeader = "Upload-Offset";

Error no_digest() { return Error{ErrorCode::invalid, "sha256 is to be 64 lower-case hexadecimal digits"}; }

}  // namespace

HttpResponse upload_response(const domain::UploadStatus& status) {
  v1::Upload upload;
  upload.set_upload_id(status.upload_id);
  upload.set_offset_bytes(status.offset_bytes);
  upload.set_size_bytes(status.size_bytes);
  upload.set_complete(status.complete);
  HttpResponse response = json_response(upload);
  response.headers.emplace_back(kOffsetHeader, std::to_string(status.offset_bytes));
  return response;
}

Result<HttpResponse> begin_upload(Request& request) {
  v1::NewUpload wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  domain::BlobStore& blobs = request.services.blobs;
  const domain::UserId user = request.caller->user.id;
  if (wanted.open()) {
    TALKBACK_ASSIGN(const domain::UploadStatus opened, blobs.open_upload(request.project->id, user));
    HttpResponse response = upload_response(opened);
    response.status = 201;
    return response;
  }
  const auto digest = sha256_from_hex(wanted.sha256());
  if (!digest) return no_digest();
  TALKBACK_ASSIGN(domain::UploadStatus status,
                  blobs.begin_upload(request.project->id, user, *digest, wanted.size_bytes()));
  // All bytes are here, but the server stopped before it hashed them; or there are none to send.
  if (!status.complete && status.offset_bytes == status.size_bytes) {
    TALKBACK_ASSIGN(const auto writer,
                    blobs.continue_upload(request.project->id, user, status.upload_id, status.offset_bytes));
    TALKBACK_ASSIGN(status, writer->finish());
    announce_completed_versions(request);
  }
  HttpResponse response = upload_response(status);
  response.status = status.complete ? 200 : 201;
  return response;
}

Result<HttpResponse> end_upload(Request& request) {
  v1::EndOfUpload end;
  TALKBACK_TRY(parse_json(request.http.body, end));
  const auto digest = sha256_from_hex(end.sha256());
  if (!digest) return no_digest();
  TALKBACK_ASSIGN(
      const domain::UploadStatus status,
      request.services.blobs.end_upload(request.project->id, request.caller->user.id, request.name("upload"),
                                        {.sha256 = *digest, .size_bytes = end.size_bytes(), .head = end.head()}));
  announce_completed_versions(request);
  return upload_response(status);
}

Result<HttpResponse> see_upload(Request& request) {
  TALKBACK_ASSIGN(
      const domain::UploadStatus status,
      request.services.blobs.find_upload(request.project->id, request.caller->user.id, request.name("upload")));
  return upload_response(status);
}

Result<std::unique_ptr<domain::UploadWriter>> open_upload(Request& request) {
  if (request.names.contains("blob")) {
    const auto digest = sha256_from_hex(request.name("blob"));
    if (!digest) return no_digest();
    if (!request.http.body_bytes)
      return Error{ErrorCode::invalid, "a blob that is sent whole says with Content-Length how many bytes it has"};
    return request.services.blobs.receive_whole(request.project->id, request.caller->user.id, *digest,
                                                *request.http.body_bytes);
  }
  const auto offset = parse_upload_offset(request.http.upload_offset);
  if (!offset) return Error{ErrorCode::invalid, "a PATCH says with Upload-Offset where its bytes begin"};
  return request.services.blobs.continue_upload(request.project->id, request.caller->user.id, request.name("upload"),
                                                *offset);
}

HttpResponse upload_refusal(Request& request, const Error& error) {
  HttpResponse response = refusal(request, error);
  if (error.code == ErrorCode::exhausted && request.http.body_bytes > domain::kWholeBlobBytesMax) response.status = 413;
  if (error.code != ErrorCode::conflict || !request.project || !request.names.contains("upload")) return response;
  // Where to continue stands in the header; the body explains.
  const auto status =
      request.services.blobs.find_upload(request.project->id, request.caller->user.id, request.name("upload"));
  if (status) response.headers.emplace_back(kOffsetHeader, std::to_string(status->offset_bytes));
  return response;
}

Result<HttpResponse> read_blob(Request& request) {
  const auto digest = sha256_from_hex(request.name("blob"));
  if (!digest) return Error{ErrorCode::not_found, "a blob's name is its SHA-256 in 64 hexadecimal digits"};
  TALKBACK_TRY(check_is_of_link(request, *digest));
  TALKBACK_ASSIGN(std::shared_ptr<domain::BlobReader> blob, request.services.blobs.read(request.project->id, *digest));
  const std::string etag = "\"" + request.name("blob") + "\"";
  HttpResponse response;
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  response.headers.emplace_back("Cache-Control", "private, max-age=31536000, immutable");
  if (request.http.if_none_match == etag || request.http.if_none_match == "*") {
    response.status = 304;
    return response;
  }
  const std::int64_t size = blob->size_bytes();
  const RangeChoice choice = choose_range(request.http.range, size);
  if (choice.unsatisfiable) {
    response = error_response(416, ErrorCode::invalid, "the range lies outside the blob");
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  response.content_type = "application/octet-stream";
  response.blob = std::move(blob);
  response.count = size;
  if (choice.range) {
    response.status = 206;
    response.first = choice.range->first;
    response.count = choice.range->count;
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(response.first) + "-" +
                                                       std::to_string(response.first + response.count - 1) + "/" +
                                                       std::to_string(size));
  }
  return response;
}

}  // namespace talkback::net
