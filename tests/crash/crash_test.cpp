// A real server that dies at any write, fsync or rename of a scripted ingest (edits, an upload, a branch, a version, a
// suggestion that is taken, a render's bookkeeping, the checkpoint at the end), and what its successor finds:
// everything that was acknowledged, once, nothing by halves, and a data folder that verifies.
//
// By default some forty places, spread over all; TALKBACK_CRASH_POINTS=all tries each (the long suite).
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <random>
#include <set>

#include "engine/base/sha256.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

namespace fs = std::filesystem;

constexpr long kPoints = 40;
constexpr std::uint64_t kEdits = 8;

struct Died : std::runtime_error {
  Died() : std::runtime_error("the server is gone") {}
};

// While it lives, servers that are started have the library of crash points in them.
class CrashPoints {
 public:
  CrashPoints(long at, const fs::path& count_file) {
    ::setenv("LD_PRELOAD", (std::string(TALKBACK_BINARY_DIR) + "/libcrash_point.so").c_str(), 1);
    ::setenv("TALKBACK_CRASH_AT", std::to_string(at).c_str(), 1);
    ::setenv("TALKBACK_CRASH_COUNT", at == 0 ? count_file.c_str() : "", 1);
  }
  ~CrashPoints() {
    for (const char* name : {"LD_PRELOAD", "TALKBACK_CRASH_AT", "TALKBACK_CRASH_COUNT"}) ::unsetenv(name);
  }
  CrashPoints(const CrashPoints&) = delete;
  CrashPoints& operator=(const CrashPoints&) = delete;
};

// What the server has said that it has.
struct Acknowledged {
  std::uint64_t revision = 0;
  bool blob = false;
  std::string branch;
  std::string version;
  std::string render;
  bool taken = false;
};

class CrashTest : public ::testing::Test {
 protected:
  void SetUp() override {
    add_user(prepared_, "anna");
    ServerProcess server(prepared_);
    token_ = sign_in(server.port(), "anna");
    HttpClient http(server.port(), token_);
    project_ = create_project(http, "Song");
    server.stop();
    std::mt19937 random(7);
    blob_.resize(200'000);
    for (char& byte : blob_) byte = static_cast<char>(random() & 255U);
  }

  template <class Message>
  Message said(const Reply& reply) {
    if (reply.status == 0) throw Died();
    EXPECT_LT(reply.status, 300) << reply.body;
    return parsed<Message>(reply);
  }
  std::string path(const std::string& rest) const { return "/v1/projects/" + project_ + rest; }

  // Ends with an exception where the server does.
  void ingest(const ServerProcess& server, Acknowledged& done) {
    HttpClient http(server.port(), token_);
    RoomClient room(server.port(), token_, project_);
    room.hello();
    if (!room.read_until(v1::ServerFrame::kSnapshot)) throw Died();
    for (std::uint64_t number = 1; number <= kEdits; ++number) {
      room.submit(edit(number));
      if (!room.read_to(number)) throw Died();
      done.revision = number;
    }
    v1::NewUpload wanted;
    wanted.set_sha256(to_hex(sha256(blob_)));
    wanted.set_size_bytes(std::ssize(blob_));
    const auto upload = said<v1::Upload>(http.post(path("/uploads"), wanted));
    for (std::size_t at : {std::size_t{0}, blob_.size() / 2}) {
      const auto part =
          said<v1::Upload>(http.send("PATCH", path("/uploads/" + upload.upload_id()),
                                     blob_.substr(at, blob_.size() / 2), {{"Upload-Offset", std::to_string(at)}}));
      done.blob = part.complete();
    }
    v1::NewBranch branch;
    branch.set_name("dark");
    done.branch = said<v1::Branch>(http.post(path("/branches"), branch)).id();
    v1::NewVersion version;
    version.set_name("Rough");
    done.version = said<v1::Version>(http.post(path("/versions"), version)).id();
    v1::NewSuggestion suggestion;
    suggestion.set_title("Softer");
    const auto offered = said<v1::Suggestion>(http.post(path("/suggestions"), suggestion));
    v1::Edit taking = move_fader(kEdits + 1, 101, 3);
    taking.mutable_merges()->mutable_from()->set_branch_id(offered.branch().id());
    taking.mutable_merges()->mutable_from()->set_revision(offered.branch().head_revision());
    taking.mutable_merges()->mutable_suggestion()->set_closes(true);
    room.submit(taking);
    if (!room.read_to(kEdits + 1)) throw Died();
    done.taken = true;
    v1::NewRender render;
    render.mutable_settings()->set_kind(v1::RenderSettings::MIX);
    done.render = said<v1::RenderStatus>(http.post(path("/renders"), render)).render_id();
  }

  static v1::Edit edit(std::uint64_t number) {
    return number == 1 ? create_track(1, 101, "Vocal") : move_fader(number, 101, -static_cast<double>(number));
  }

  void check(const ServerProcess& server, const Acknowledged& done) {
    HttpClient http(server.port(), token_);
    v1::CommittedBatch history;
    ASSERT_TRUE(history.ParseFromString(http.get(path("/history")).body));
    ASSERT_GE(history.edits_size(), static_cast<int>(done.revision)) << "an acknowledged edit is lost";
    std::set<std::string> ids;
    for (int i = 0; i < history.edits_size(); ++i) {
      EXPECT_EQ(history.edits(i).revision(), static_cast<std::uint64_t>(i) + 1);
      EXPECT_EQ(history.edits(i).edit().edit_id(), edit_id(static_cast<std::uint64_t>(i) + 1));
      EXPECT_TRUE(ids.insert(history.edits(i).edit().edit_id()).second);
    }
    const Reply blob = http.get(path("/blobs/" + to_hex(sha256(blob_))));
    EXPECT_TRUE(blob.status == 200 ? blob.body == blob_ : blob.status == 404 && !done.blob) << blob.status;
    const auto branches = parsed<v1::BranchList>(http.get(path("/branches")));
    EXPECT_TRUE(done.branch.empty() || std::ranges::count(branches.branches(), done.branch, &v1::Branch::id) == 1);
    const auto versions = parsed<v1::VersionList>(http.get(path("/versions")));
    EXPECT_TRUE(done.version.empty() || std::ranges::count(versions.versions(), done.version, &v1::Version::id) == 1);
    const auto renders = parsed<v1::RenderList>(http.get(path("/renders")));
    EXPECT_TRUE(done.render.empty() ||
                std::ranges::count(renders.renders(), done.render, &v1::RenderStatus::render_id) == 1);
    // The edit that takes the suggestion and the answer to it are there together, or neither is.
    const auto suggestions = parsed<v1::SuggestionList>(http.get(path("/suggestions")));
    const bool is_accepted =
        suggestions.suggestions_size() == 1 && suggestions.suggestions(0).state() == v1::Suggestion::ACCEPTED;
    EXPECT_EQ(is_accepted, history.edits_size() == static_cast<int>(kEdits) + 1);
    EXPECT_TRUE(is_accepted || !done.taken) << "an acknowledged answer is lost";
    // Everything is sent again, as after any break: nothing happens twice.
    RoomClient room(server.port(), token_, project_);
    room.hello();
    ASSERT_TRUE(room.read_until(v1::ServerFrame::kSnapshot));
    for (std::uint64_t number = 1; number <= kEdits; ++number) room.submit(edit(number));
    ASSERT_TRUE(room.read_to(is_accepted ? kEdits + 1 : kEdits));
    EXPECT_EQ(room.replica().find(ObjectId{101})->track().fader_db(), is_accepted ? 3 : -static_cast<double>(kEdits));
  }

  // Runs the ingest into the crash; false: the server came to its end.
  bool crashes_at(long point, const fs::path& data, Acknowledged& done) {
    try {
      std::optional<ServerProcess> server;
      {
        const CrashPoints points(point, folder_ / "count");
        server.emplace(data);
      }
      ingest(*server, done);
      return server->stop() != 0;
    } catch (const std::runtime_error&) {
      return true;
    }
  }

  TemporaryFolder folder_;
  fs::path prepared_ = folder_ / "prepared";
  std::string token_;
  std::string project_;
  std::string blob_;
};

TEST_F(CrashTest, WhatWasAcknowledgedIsThereOnceAndNothingByHalves) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's library wants to be the first";
#endif
  const fs::path counting = folder_ / "counting";
  fs::copy(prepared_, counting, fs::copy_options::recursive);
  Acknowledged all;
  ASSERT_FALSE(crashes_at(0, counting, all));
  ASSERT_EQ(all.revision, kEdits);
  long calls = 0;
  ASSERT_TRUE(std::ifstream(folder_ / "count") >> calls);
  ASSERT_GT(calls, 50) << "edits, an upload and a checkpoint take more than that";

  const char* wanted = std::getenv("TALKBACK_CRASH_POINTS");
  const long points = wanted != nullptr && std::string(wanted) == "all" ? calls : std::min(kPoints, calls);
  int crashes = 0;
  for (long i = 0; i < points; ++i) {
    // Both before and after calls: odd and even numbers in turn.
    const long point = points == calls ? i + 1 : 1 + i * calls / points + i % 2;
    SCOPED_TRACE("call " + std::to_string(point) + " of " + std::to_string(calls));
    const fs::path data = folder_ / "crashed";
    fs::remove_all(data);
    fs::copy(prepared_, data, fs::copy_options::recursive);
    Acknowledged done;
    crashes += crashes_at(point, data, done) ? 1 : 0;
    {
      ServerProcess server(data);
      check(server, done);
      EXPECT_EQ(server.stop(), 0);
    }
    const CommandResult verified = run_talkbackd({"verify", "--data", data.string()});
    EXPECT_EQ(verified.code, 0) << verified.output;
    if (HasFailure()) return;
  }
  // Threads take turns: a run may have a few calls fewer than the one that was counted.
  EXPECT_GT(crashes, points * 8 / 10);
  RecordProperty("crashes", crashes);
}

// talkbackd collect, killed at each of its calls: no sound that a project holds goes, and the next time finishes.
TEST_F(CrashTest, CollectingMayEndAnywhere) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's library wants to be the first";
#endif
  const std::vector<std::string> shared{"shared one", "shared two"};
  const std::vector<std::string> lost{"lost one", "lost two", "lost three"};
  {
    ServerProcess server(prepared_);
    HttpClient http(server.port(), token_);
    const std::string gone = create_project(http, "Gone");
    const auto put = [&](const std::string& project, const std::string& bytes) {
      const std::string to = "/v1/projects/" + project + "/blobs/" + to_hex(sha256(bytes));
      EXPECT_EQ(http.send("PUT", to, bytes).status, 200);
    };
    for (const std::string& bytes : shared) {
      put(project_, bytes);
      put(gone, bytes);
    }
    for (const std::string& bytes : lost) put(gone, bytes);
    server.stop();
    const auto database = std::move(storage::Database::open(prepared_ / "talkback.sqlite")).value();
    ASSERT_TRUE(storage::SqliteProjectStore(*database).remove(gone));
  }
  const auto files_of = [](const fs::path& data, const std::vector<std::string>& contents) {
    return std::ranges::count_if(contents, [&](const std::string& bytes) {
      const std::string name = to_hex(sha256(bytes));
      return fs::exists(data / "blobs" / name.substr(0, 2) / name);
    });
  };
  const auto collect = [&](const fs::path& data, std::optional<long> point) {
    std::optional<CrashPoints> points;
    if (point) points.emplace(*point, folder_ / "count");
    return run_talkbackd({"collect", "--after-days", "0", "--data", data.string()}).code;
  };
  long calls = 0;
  for (long point = 0; point <= calls; ++point) {
    SCOPED_TRACE("call " + std::to_string(point) + " of " + std::to_string(calls));
    const fs::path data = folder_ / ("collected " + std::to_string(point));
    fs::copy(prepared_, data, fs::copy_options::recursive);
    EXPECT_EQ(collect(data, point) == 0, point == 0);
    if (point == 0) {
      ASSERT_TRUE(std::ifstream(folder_ / "count") >> calls);
    }
    const CommandResult verified = run_talkbackd({"verify", "--data", data.string()});
    EXPECT_EQ(verified.code, 0) << verified.output;
    EXPECT_EQ(collect(data, std::nullopt), 0);
    EXPECT_EQ(files_of(data, lost), 0);
    EXPECT_EQ(files_of(data, shared), std::ssize(shared));
    EXPECT_EQ(run_talkbackd({"verify", "--data", data.string()}).code, 0);
    if (HasFailure()) return;
    fs::remove_all(data);
  }
  EXPECT_GE(calls, 6) << "three files that go, and a transaction";
}

}  // namespace
}  // namespace talkback::test
