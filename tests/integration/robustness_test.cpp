// A real server against what goes wrong outside it: members that do not read or do not speak, a full disk, large
// files and unusual names.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <random>

#include "engine/base/sha256.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

// An edit of some 400 kB: markers with the longest names there may be.
v1::Edit add_large_markers(std::uint64_t number) {
  v1::Edit made;
  made.set_edit_id(edit_id(number));
  for (std::uint64_t i = 0; i < 100; ++i) {
    v1::Object& object = *made.add_operations()->mutable_create();
    object.set_id(1'000'000 + number * 100 + i);
    object.set_parent_id(1);
    object.mutable_marker()->set_name(std::string(4'000, 'm'));
  }
  return made;
}

std::string random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine() & 255U);
  return bytes;
}

class RobustnessTest : public ::testing::Test {
 protected:
  void start(const std::vector<std::string>& arguments = {}) {
    add_user(data_, "anna");
    server_.emplace(data_, arguments);
    token_ = sign_in(server_->port(), "anna");
    http_.emplace(server_->port(), token_);
    project_ = create_project(*http_, "Song");
  }
  std::string path(const std::string& rest = "") { return "/v1/projects/" + project_ + rest; }

  RoomClient connect() { return RoomClient(server_->port(), token_, project_); }
  RoomClient join(std::uint64_t since = 0) {
    RoomClient room = connect();
    room.hello(since);
    EXPECT_TRUE(room.read_until(since == 0 ? v1::ServerFrame::kSnapshot : v1::ServerFrame::kWelcome));
    return room;
  }

  // The largest file that the server may write from now on: a disk that is full to a test.
  void limit_files(rlim_t bytes) {
    rlimit limit{};
    ASSERT_EQ(::prlimit(server_->pid(), RLIMIT_FSIZE, nullptr, &limit), 0);
    limit.rlim_cur = bytes;
    ASSERT_EQ(::prlimit(server_->pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  }
  void free_files() { limit_files(RLIM_INFINITY); }

  v1::Upload begin(const std::string& bytes) {
    v1::NewUpload wanted;
    wanted.set_sha256(to_hex(sha256(bytes)));
    wanted.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
    return parsed<v1::Upload>(http_->post(path("/uploads"), wanted));
  }
  Reply patch(const v1::Upload& upload, std::size_t offset, const std::string& bytes) {
    return http_->send("PATCH", path("/uploads/" + upload.upload_id()), bytes,
                       {{"Upload-Offset", std::to_string(offset)}});
  }

  TemporaryFolder folder_;
  std::filesystem::path data_ = folder_ / "data";
  std::optional<ServerProcess> server_;
  std::optional<HttpClient> http_;
  std::string token_;
  std::string project_;
};

// More than the buffers of the kernel hold between two processes.
constexpr std::uint64_t kEditsThatFillAnyBuffer = 200;

TEST_F(RobustnessTest, SlowReaderIsToldWhyAndCatchesUpAfterwards) {
  start({"--write-queue-bytes", "1000000"});
  RoomClient slow = join();
  RoomClient quick = join();
  std::uint64_t number = 0;
  while (server_->log().find("a slow reader was disconnected") == std::string::npos) {
    ASSERT_LT(++number, kEditsThatFillAnyBuffer);
    quick.submit(add_large_markers(number));
    ASSERT_TRUE(quick.read_to(number));
  }

  const auto goodbye = slow.read_until(v1::ServerFrame::kGoodbye);

  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->goodbye().code(), "unavailable");
  EXPECT_NE(goodbye->goodbye().message().find("too slow"), std::string::npos);
  EXPECT_FALSE(slow.read()) << "the connection goes on after its Goodbye";
  RoomClient again = connect();
  again.continue_from(slow);
  again.hello(slow.revision());
  ASSERT_TRUE(again.read_to(number));
  EXPECT_EQ(again.digest(), quick.digest());
}

TEST_F(RobustnessTest, MemberThatNeverReadsIsCutAndOthersGoOn) {
  start({"--write-queue-bytes", "1000000"});
  RoomClient silent = join();
  RoomClient quick = join();
  bool has_left = false;
  std::uint64_t number = 0;
  for (; !has_left && number < kEditsThatFillAnyBuffer; ++number) {
    const bool is_cut = server_->log().find("a slow reader was disconnected") != std::string::npos;
    if (!is_cut) quick.submit(add_large_markers(number + 1));
    const auto frame = is_cut ? quick.read_until(v1::ServerFrame::kPresence) : std::nullopt;
    has_left = frame && frame->presence().left();
    if (is_cut) break;
    ASSERT_TRUE(quick.read_to(number + 1));
  }
  EXPECT_TRUE(has_left);
  quick.submit(create_track(9001, 901, "Still here"));
  EXPECT_TRUE(quick.read_to(number + 1));
}

TEST_F(RobustnessTest, ConnectionWithoutHelloIsEndedInTime) {
  start({"--hello-time-ms", "20"});
  RoomClient mute = connect();
  const auto goodbye = mute.read_until(v1::ServerFrame::kGoodbye);
  ASSERT_TRUE(goodbye);
  EXPECT_NE(goodbye->goodbye().message().find("no Hello"), std::string::npos);
  EXPECT_FALSE(mute.read());
}

TEST_F(RobustnessTest, AMemberWhoVanishesWithoutAWordIsNoticedAndWhoAnswersStays) {
  start({"--silence-ms", "400"});
  RoomClient here = join();
  // Its line is open and nobody reads what comes: as with a laptop that was closed.
  RoomClient vanished = join();
  const auto begin = std::chrono::steady_clock::now();
  std::optional<v1::ServerFrame> gone;
  do {
    gone = here.read_until(v1::ServerFrame::kPresence);
    ASSERT_TRUE(gone) << "who reads answers the pings and stays";
  } while (!gone->presence().left());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
  here.submit(create_track(1, 101, "Still here"));
  EXPECT_TRUE(here.read_to(1));
}

TEST_F(RobustnessTest, UploadOnFullDiskIsRefusedAndGoesOnWhenThereIsRoom) {
  start();
  const std::string bytes = random_bytes(3'000'000, 21);
  const v1::Upload upload = begin(bytes);
  limit_files(1'000'000);

  const Reply refused = patch(upload, 0, bytes);

  EXPECT_EQ(refused.status, 507) << refused.body;
  EXPECT_EQ(parsed<v1::ErrorBody>(refused).code(), "exhausted");
  EXPECT_EQ(http_->get("/healthz").status, 200);
  free_files();
  const auto held = static_cast<std::size_t>(begin(bytes).offset_bytes());
  EXPECT_LE(held, 1'000'000U);
  EXPECT_TRUE(parsed<v1::Upload>(patch(upload, held, bytes.substr(held))).complete());
}

TEST_F(RobustnessTest, EditOnFullDiskIsNotAcknowledgedAndIsTakenLater) {
  start();
  RoomClient room = join();
  room.submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room.read_to(1));
  limit_files(4096);
  room.submit(add_large_markers(2));

  const auto goodbye = room.read_until(v1::ServerFrame::kGoodbye);

  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->goodbye().code(), "exhausted") << goodbye->goodbye().message();
  EXPECT_EQ(room.revision(), 1U);
  free_files();
  EXPECT_EQ(http_->get("/readyz").status, 200);
  RoomClient again = join();
  EXPECT_EQ(again.revision(), 1U);
  again.submit(add_large_markers(2));
  EXPECT_TRUE(again.read_to(2));
}

TEST_F(RobustnessTest, SessionAtRevisionZeroIsTheEmptyOne) {
  start();
  RoomClient room = join();
  const std::string empty = room.digest();
  room.submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room.read_to(1));

  const auto state_at = [&](const std::string& query) {
    v1::SessionState state;
    EXPECT_TRUE(state.ParseFromString(http_->get(path("/session" + query)).body));
    return state;
  };

  EXPECT_EQ(state_at("?revision=0").revision(), 0U);
  EXPECT_EQ(to_hex(session::digest(*session::from_state(state_at("?revision=0")))), empty);
  EXPECT_EQ(state_at("?revision=1").revision(), 1U);
  EXPECT_EQ(state_at("").revision(), 1U);
  EXPECT_EQ(http_->get(path("/session?revision=2")).status, 404);
  EXPECT_EQ(http_->get(path("/session?revision=-1")).status, 400);
  EXPECT_EQ(http_->get(path("/session?revision=")).status, 400);
}

TEST_F(RobustnessTest, NamesOfAnyLanguageComeBackAsTheyWere) {
  start();
  const std::string name = "Été d'or, \"live\" \\ 夏 🎸";
  const std::string id = create_project(*http_, name);
  EXPECT_EQ(parsed<v1::Project>(http_->get("/v1/projects/" + id)).name(), name);
  RoomClient room = join();
  room.submit(create_track(1, 101, name));
  ASSERT_TRUE(room.read_to(1));
  RoomClient other = join();
  ASSERT_TRUE(other.read_to(1)) << "a snapshot may be followed by the newest edits";
  EXPECT_EQ(other.replica().find(ObjectId{101})->track().name(), name);

  const auto create = [&](const std::string& body) { return http_->send("POST", "/v1/projects", body).status; };
  EXPECT_EQ(create("{\"name\": \"two\\nlines\"}"), 400);
  EXPECT_EQ(create("{\"name\": \"not UTF-8: \xff\"}"), 400);
  EXPECT_EQ(create("{\"name\": \"\"}"), 400);
}

TEST_F(RobustnessTest, LargeFileGoesUpAndComesBackInRanges) {
  start();
  const std::string bytes = random_bytes(20'000'000, 22);
  ASSERT_TRUE(parsed<v1::Upload>(patch(begin(bytes), 0, bytes)).complete());
  const std::string blob = path("/blobs/" + to_hex(sha256(bytes)));
  const auto range = [&](std::size_t first, std::size_t count) {
    return http_->get(blob, {{"Range", "bytes=" + std::to_string(first) + "-" + std::to_string(first + count - 1)}});
  };

  std::mt19937 engine(23);
  for (int i = 0; i < 20; ++i) {
    const std::size_t first = engine() % bytes.size();
    const std::size_t count = std::min<std::size_t>(1 + engine() % 1'000'000, bytes.size() - first);
    const Reply reply = range(first, count);
    EXPECT_EQ(reply.status, 206);
    EXPECT_TRUE(reply.body == bytes.substr(first, count)) << first << " " << count;
  }
  EXPECT_TRUE(http_->get(blob).body == bytes);
}

}  // namespace
}  // namespace talkback::test
