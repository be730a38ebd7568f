// Bytes in and out of a real server: cut uploads, wrong hashes, ranges, and blobs that stay in their project.
#include <gtest/gtest.h>

#include <random>

#include "engine/base/sha256.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

std::string random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine() & 255U);
  return bytes;
}

class TransferTest : public ::testing::Test {
 protected:
  void SetUp() override {
    add_user(data_, "anna");
    add_user(data_, "ben");
    server_.emplace(data_);
    anna_.emplace(server_->port(), sign_in(server_->port(), "anna"));
    ben_.emplace(server_->port(), sign_in(server_->port(), "ben"));
    project_ = create_project(*anna_, "Song");
  }

  Reply begin(HttpClient& http, const std::string& project, const std::string& sha256, std::size_t size) {
    v1::NewUpload wanted;
    wanted.set_sha256(sha256);
    wanted.set_size_bytes(static_cast<std::int64_t>(size));
    return http.post("/v1/projects/" + project + "/uploads", wanted);
  }
  Reply patch(HttpClient& http, const std::string& upload, std::int64_t offset, const std::string& bytes) {
    return http.send("PATCH", "/v1/projects/" + project_ + "/uploads/" + upload, bytes,
                     {{"Upload-Offset", std::to_string(offset)}});
  }
  std::string open() {
    v1::NewUpload wanted;
    wanted.set_open(true);
    return parsed<v1::Upload>(anna_->post("/v1/projects/" + project_ + "/uploads", wanted)).upload_id();
  }
  Reply end(const std::string& upload, const std::string& sha256, std::int64_t size, const std::string& head) {
    v1::EndOfUpload body;
    body.set_sha256(sha256);
    body.set_size_bytes(size);
    body.set_head(head);
    return anna_->post("/v1/projects/" + project_ + "/uploads/" + upload + "/end", body);
  }
  // Everything at once.
  std::string put(const std::string& bytes) {
    const std::string name = to_hex(sha256(bytes));
    const auto upload = parsed<v1::Upload>(begin(*anna_, project_, name, bytes.size()));
    EXPECT_TRUE(upload.complete() || parsed<v1::Upload>(patch(*anna_, upload.upload_id(), 0, bytes)).complete());
    return name;
  }
  std::ptrdiff_t files_in(const char* folder) {
    return std::distance(std::filesystem::directory_iterator(data_ / folder), {});
  }
  std::string blob_path(const std::string& name) { return "/v1/projects/" + project_ + "/blobs/" + name; }

  TemporaryFolder folder_;
  std::filesystem::path data_ = folder_ / "data";
  std::optional<ServerProcess> server_;
  std::optional<HttpClient> anna_;
  std::optional<HttpClient> ben_;
  std::string project_;
};

TEST_F(TransferTest, UploadCutAnywhereContinuesAtTheDurableOffset) {
  const std::string bytes = random_bytes(3'000'000, 7);
  const std::string name = to_hex(sha256(bytes));
  auto upload = parsed<v1::Upload>(begin(*anna_, project_, name, bytes.size()));
  std::mt19937 engine(11);
  const std::string token = sign_in(server_->port(), "anna");
  while (!upload.complete()) {
    const auto offset = static_cast<std::size_t>(upload.offset_bytes());
    const std::size_t rest = bytes.size() - offset;
    const std::size_t sent = std::min<std::size_t>(rest, 1 + engine() % 700'000);
    if (sent < rest) {
      // Announces all that is left and breaks off in the middle.
      std::string request = "PATCH /v1/projects/" + project_ + "/uploads/" + upload.upload_id() +
                            " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token +
                            "\r\nUpload-Offset: " + std::to_string(offset) +
                            "\r\nContent-Length: " + std::to_string(rest) + "\r\n\r\n" + bytes.substr(offset, sent);
      (void)exchange_raw(server_->port(), request, std::chrono::milliseconds(30));
      // The server may still be writing what came: then it says so, and a client asks again.
      Reply reply;
      do reply = begin(*anna_, project_, name, bytes.size());
      while (patch(*anna_, upload.upload_id(), parsed<v1::Upload>(reply).offset_bytes(), "").status == 409);
      if (engine() % 2 == 0) {
        server_->kill();
        server_.emplace(data_);
        anna_.emplace(server_->port(), token);
      }
      upload = parsed<v1::Upload>(begin(*anna_, project_, name, bytes.size()));
    } else {
      upload = parsed<v1::Upload>(patch(*anna_, upload.upload_id(), upload.offset_bytes(), bytes.substr(offset)));
    }
  }
  EXPECT_EQ(to_hex(sha256(anna_->get(blob_path(name)).body)), name);
}

TEST_F(TransferTest, ABlobComesWholeInOneRequest) {
  const std::string bytes = random_bytes(2'000'000, 21);
  const std::string name = to_hex(sha256(bytes));

  const Reply reply = anna_->send("PUT", blob_path(name), bytes);

  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(parsed<v1::Upload>(reply).complete());
  EXPECT_EQ(parsed<v1::Upload>(reply).offset_bytes(), 2'000'000);
  server_->kill();
  server_.emplace(data_);
  anna_.emplace(server_->port(), sign_in(server_->port(), "anna"));
  EXPECT_EQ(anna_->get(blob_path(name)).body, bytes) << "what was told is durable";
  // Again, and the connection serves on: the bytes were passed over.
  EXPECT_TRUE(parsed<v1::Upload>(anna_->send("PUT", blob_path(name), bytes)).complete());
  EXPECT_EQ(anna_->send("HEAD", blob_path(name)).status, 200);
  const std::string empty;
  EXPECT_TRUE(parsed<v1::Upload>(anna_->send("PUT", blob_path(to_hex(sha256(empty))), empty)).complete());
}

TEST_F(TransferTest, AWholeBlobThatBreaksOffGoesOnAsAnUpload) {
  const std::string bytes = random_bytes(3'000'000, 22);
  const std::string name = to_hex(sha256(bytes));
  const std::string request = "PUT " + blob_path(name) + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                              sign_in(server_->port(), "anna") + "\r\nContent-Length: 3000000\r\n\r\n" +
                              bytes.substr(0, 1'234'567);
  (void)exchange_raw(server_->port(), request, std::chrono::milliseconds(30));
  // The server may not have noticed yet, or still be writing: it says where to go on, and a client asks again.
  Reply reply;
  do {
    const auto upload = parsed<v1::Upload>(begin(*anna_, project_, name, bytes.size()));
    const auto offset = upload.offset_bytes();
    EXPECT_TRUE(offset == 0 || offset == 1'234'567) << offset;
    reply = patch(*anna_, upload.upload_id(), offset, bytes.substr(static_cast<std::size_t>(offset)));
  } while (reply.status == 409);

  EXPECT_TRUE(parsed<v1::Upload>(reply).complete());
  EXPECT_EQ(anna_->get(blob_path(name)).body, bytes);
  server_->stop();
  EXPECT_EQ(files_in("uploads"), 0) << "no part stays behind";
}

TEST_F(TransferTest, AWholeBlobIsNotMoreOrOtherThanItSays) {
  const std::string bytes = random_bytes(1'000, 23);
  const std::string other(64, 'a');

  const Reply reply = anna_->send("PUT", blob_path(other), bytes);

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(parsed<v1::ErrorBody>(reply).code(), "corrupt");
  EXPECT_EQ(anna_->get(blob_path(other)).status, 404);
  EXPECT_EQ(anna_->send("PUT", blob_path("no-hash"), bytes).status, 400);
  EXPECT_EQ(ben_->send("PUT", blob_path(to_hex(sha256(bytes))), bytes).status, 404) << "not a member";
  const std::string token = sign_in(server_->port(), "anna");
  const std::string head =
      "PUT " + blob_path(other) + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n";
  const auto answer_to = [&](const std::string& rest) {
    return exchange_raw(server_->port(), head + rest, std::chrono::milliseconds(200)).substr(0, 12);
  };
  EXPECT_EQ(answer_to("Connection: close\r\nContent-Length: 16777217\r\n\r\n"), "HTTP/1.1 413");
  EXPECT_EQ(answer_to("Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            "HTTP/1.1 400");
  EXPECT_EQ(answer_to("Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"), "HTTP/1.1 100");
  server_->stop();
  EXPECT_EQ(files_in("uploads"), 0);
}

// A whole blob takes the place of an upload of it that somebody began.
TEST_F(TransferTest, AWholeBlobEndsOnesOwnUploadOfIt) {
  const std::string bytes = random_bytes(1'000, 24);
  const std::string name = to_hex(sha256(bytes));
  const auto upload = parsed<v1::Upload>(begin(*anna_, project_, name, bytes.size()));
  ASSERT_EQ(patch(*anna_, upload.upload_id(), 0, bytes.substr(0, 400)).status, 200);

  EXPECT_TRUE(parsed<v1::Upload>(anna_->send("PUT", blob_path(name), bytes)).complete());

  EXPECT_EQ(anna_->get("/v1/projects/" + project_ + "/uploads/" + upload.upload_id()).status, 404);
  EXPECT_EQ(files_in("uploads"), 0);
}

// A take: sent while nobody knows its end, whose head is only known then.
TEST_F(TransferTest, AnOpenUploadGetsHashSizeAndHeadAtItsEnd) {
  const std::string head = random_bytes(8'192, 3);
  const std::string rest = random_bytes(200'000, 4);
  const std::string name = to_hex(sha256(head + rest));
  const std::string upload = open();
  const std::string provisional(head.size(), 'x');
  EXPECT_EQ(parsed<v1::Upload>(patch(*anna_, upload, 0, provisional + rest.substr(0, 50'000))).offset_bytes(), 58'192);
  server_->kill();
  server_.emplace(data_);
  anna_.emplace(server_->port(), sign_in(server_->port(), "anna"));
  EXPECT_FALSE(parsed<v1::Upload>(patch(*anna_, upload, 58'192, rest.substr(50'000))).complete());
  EXPECT_EQ(end(upload, name, 9'999, head).status, 409) << "the server holds more";

  EXPECT_TRUE(parsed<v1::Upload>(end(upload, name, 208'192, head)).complete());

  EXPECT_EQ(anna_->get(blob_path(name)).body, head + rest);
  EXPECT_EQ(end(upload, name, 208'192, head).status, 404) << "it has ended";
  EXPECT_TRUE(parsed<v1::Upload>(begin(*anna_, project_, name, 208'192)).complete()) << "and is known by its name";
}

TEST_F(TransferTest, AnOpenUploadThatIsSomethingElseIsRefused) {
  const std::string bytes = random_bytes(1'000, 5);
  const std::string name = to_hex(sha256(bytes));
  const std::string upload = open();
  (void)patch(*anna_, upload, 0, bytes);
  EXPECT_EQ(end(upload, "no hash", 1'000, "").status, 400);
  EXPECT_EQ(end(upload, name, 1'000, std::string(33'000, 'h')).status, 400) << "a head of more than 32 KiB";
  EXPECT_EQ(end(upload, name, 1'000, std::string(1'001, 'h')).status, 409) << "a head of more than there is";
  EXPECT_EQ(end(upload, std::string(64, 'a'), 1'000, "").status, 422);
  EXPECT_EQ(end(upload, name, 1'000, "").status, 404) << "it was discarded";
  const auto closed = parsed<v1::Upload>(begin(*anna_, project_, name, bytes.size()));
  EXPECT_EQ(end(closed.upload_id(), name, 1'000, "").status, 400) << "one that was begun with its hash";
  v1::NewUpload wanted;
  wanted.set_open(true);
  EXPECT_EQ(ben_->post("/v1/projects/" + project_ + "/uploads", wanted).status, 404);
}

TEST_F(TransferTest, WrongHashIsRefusedAndDiscarded) {
  const std::string promised = to_hex(sha256(std::string("something else")));
  const auto upload = parsed<v1::Upload>(begin(*anna_, project_, promised, 5));

  const Reply reply = patch(*anna_, upload.upload_id(), 0, "hello");

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(parsed<v1::ErrorBody>(reply).code(), "corrupt");
  EXPECT_EQ(anna_->get("/v1/projects/" + project_ + "/uploads/" + upload.upload_id()).status, 404);
  EXPECT_EQ(anna_->get(blob_path(promised)).status, 404);
  EXPECT_EQ(parsed<v1::Upload>(begin(*anna_, project_, promised, 5)).offset_bytes(), 0);
}

TEST_F(TransferTest, WrongOffsetIsToldTheRightOne) {
  const std::string bytes = random_bytes(1000, 3);
  const auto upload = parsed<v1::Upload>(begin(*anna_, project_, to_hex(sha256(bytes)), bytes.size()));
  ASSERT_EQ(patch(*anna_, upload.upload_id(), 0, bytes.substr(0, 400)).status, 200);

  const Reply reply = patch(*anna_, upload.upload_id(), 500, bytes.substr(500));

  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.headers.at("upload-offset"), "400");
  EXPECT_TRUE(parsed<v1::Upload>(patch(*anna_, upload.upload_id(), 400, bytes.substr(400))).complete());
}

TEST_F(TransferTest, MoreBytesThanAnnouncedAreRefused) {
  const auto upload = parsed<v1::Upload>(begin(*anna_, project_, to_hex(sha256(std::string("hello"))), 5));
  EXPECT_EQ(patch(*anna_, upload.upload_id(), 0, "hello and more").status, 400);
}

TEST_F(TransferTest, RangesAreServedAfterRfc9110) {
  const std::string bytes = random_bytes(1000, 5);
  const std::string path = blob_path(put(bytes));
  const auto range = [&](const std::string& wanted) { return anna_->get(path, {{"Range", "bytes=" + wanted}}); };

  const Reply middle = range("10-19");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.body, bytes.substr(10, 10));
  EXPECT_EQ(middle.headers.at("content-range"), "bytes 10-19/1000");
  EXPECT_EQ(range("-1").body, bytes.substr(999));
  EXPECT_EQ(range("990-").body, bytes.substr(990));
  EXPECT_EQ(range("990-5000").body, bytes.substr(990));
  EXPECT_EQ(range("1000-").status, 416);
  EXPECT_EQ(range("-0").status, 416);
  EXPECT_EQ(range("18446744073709551616-").status, 416);
  EXPECT_EQ(range("0-0,2-2").status, 200);
  EXPECT_EQ(range("5-2").status, 200);
}

TEST_F(TransferTest, HeadAndEtagSaveTheBytes) {
  const std::string bytes = random_bytes(1000, 6);
  const std::string path = blob_path(put(bytes));
  const Reply head = anna_->send("HEAD", path);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "1000");
  EXPECT_EQ(anna_->get(path, {{"If-None-Match", head.headers.at("etag")}}).status, 304);
}

TEST_F(TransferTest, KnowingAHashOpensNothingInAnotherProject) {
  const std::string bytes = random_bytes(1000, 8);
  const std::string name = put(bytes);
  const std::string other = create_project(*ben_, "Other");

  EXPECT_EQ(ben_->get(blob_path(name)).status, 404);
  EXPECT_EQ(ben_->get("/v1/projects/" + other + "/blobs/" + name).status, 404);
  // Not told either that the server has it: all bytes are to be sent.
  const auto upload = parsed<v1::Upload>(begin(*ben_, other, name, bytes.size()));
  EXPECT_FALSE(upload.complete());
  EXPECT_EQ(upload.offset_bytes(), 0);
  EXPECT_TRUE(parsed<v1::Upload>(begin(*anna_, project_, name, bytes.size())).complete());
}

TEST_F(TransferTest, VerifyFindsDamagedBlobs) {
  const std::string name = put(random_bytes(1000, 9));
  server_->stop();
  ASSERT_EQ(run_talkbackd({"verify", "--data", data_.string()}).code, 0);
  const auto file = data_ / "blobs" / name.substr(0, 2) / name;
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  std::filesystem::resize_file(file, 999);

  const CommandResult verified = run_talkbackd({"verify", "--data", data_.string()});

  EXPECT_EQ(verified.code, 1);
  EXPECT_NE(verified.output.find(name), std::string::npos) << verified.output;
}

TEST_F(TransferTest, WithItsLastRecordingAVersionIsNewsToEverybody) {
  ASSERT_EQ(set_member(*anna_, project_, "ben", v1::LISTENER).status, 200);
  const std::string bytes = random_bytes(50'000, 9);
  RoomClient editor(server_->port(), sign_in(server_->port(), "anna"), project_);
  editor.hello();
  ASSERT_TRUE(editor.read_until(v1::ServerFrame::kSnapshot));
  v1::Edit edit;
  edit.set_edit_id(edit_id(1));
  v1::Object& source = *edit.add_operations()->mutable_create();
  source.set_id(300);
  source.set_parent_id(1);
  source.set_order("m");
  source.mutable_source()->set_blob_sha256(to_hex(sha256(bytes)));
  source.mutable_source()->set_sample_rate_hz(48000);
  source.mutable_source()->set_channels(1);
  source.mutable_source()->set_length_frames(1000);
  editor.submit(edit);
  ASSERT_TRUE(editor.read_to(1));
  RoomClient listener(server_->port(), sign_in(server_->port(), "ben"), project_);
  listener.hello();
  ASSERT_TRUE(listener.read_until(v1::ServerFrame::kSnapshot));
  v1::NewVersion version;
  version.set_name("Rough");
  ASSERT_EQ(anna_->post("/v1/projects/" + project_ + "/versions", version).status, 201);
  EXPECT_EQ(parsed<v1::VersionList>(ben_->get("/v1/projects/" + project_ + "/versions")).versions_size(), 0);

  put(bytes);

  const auto news = listener.read_until(v1::ServerFrame::kNews);
  ASSERT_TRUE(news);
  EXPECT_EQ(news->news().version().name(), "Rough");
  EXPECT_EQ(parsed<v1::VersionList>(ben_->get("/v1/projects/" + project_ + "/versions")).versions_size(), 1);
}

}  // namespace
}  // namespace talkback::test
