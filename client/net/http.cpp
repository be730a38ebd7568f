#include "client/net/http.hpp"

#include <curl/curl.h>

#include <mutex>

#include "client/net/refusal.hpp"

namespace talkback::net {
namespace {

// A body that nobody streams: larger ones are a mistake or an attack.
constexpr std::size_t kBodyBytesMax = 512 * 1024 * 1024;
constexpr long kConnectSecondsMax = 10;
// A transfer slower than this for kStallSeconds has ended.
constexpr long kStallBytesPerSecond = 1;
constexpr long kStallSeconds = 60;

struct Receiver {
  CURL* curl = nullptr;
  const HttpRequest* request = nullptr;
  HttpAnswer* answer = nullptr;

  bool streams() const {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return request->sink && status >= 200 && status < 300;
  }
};

std::size_t receive(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  const std::string_view piece(bytes, size * count);
  if (receiver.streams()) return receiver.request->sink(piece) ? piece.size() : 0;
  if (receiver.answer->body.size() + piece.size() > kBodyBytesMax) return 0;
  receiver.answer->body.append(piece);
  return piece.size();
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = nullptr;
  Handle() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    curl = curl_easy_init();
    TALKBACK_CHECK(curl != nullptr);
  }
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

HttpClient::HttpClient(ServerUrl server, std::string token)
    : server_(std::move(server)), token_(std::move(token)), handle_(std::make_unique<Handle>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

Result<HttpAnswer> HttpClient::send(const HttpRequest& request) {
  CURL* curl = handle_->curl;
  curl_easy_reset(curl);
  HttpAnswer answer;
  Receiver receiver{curl, &request, &answer};
  const std::string url = server_.text() + request.path;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSecondsMax);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_slist* headers = nullptr;
  // Without this curl asks before it sends and waits a second for the answer.
  headers = curl_slist_append(headers, "Expect:");
  headers = curl_slist_append(headers, ("Content-Type: " + request.content_type).c_str());
  if (!token_.empty()) headers = curl_slist_append(headers, ("Authorization: Bearer " + token_).c_str());
  for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(headers);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (code != CURLE_OK)
    return Error{ErrorCode::unavailable, "cannot reach " + server_.text() + ": " + curl_easy_strerror(code)};
  if (answer.status < 200 || answer.status >= 300) return refusal_of(answer.status, answer.body);
  return answer;
}

Error unreadable_answer() {
  return Error{ErrorCode::corrupt, "the server's answer cannot be read; is this a Talkback server?"};
}

std::string escape(std::string_view segment) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : segment) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      text.push_back(c);
    } else {
      text.push_back('%');
      text.push_back(kHex[byte >> 4]);
      text.push_back(kHex[byte & 15]);
    }
  }
  return text;
}

}  // namespace talkback::net
