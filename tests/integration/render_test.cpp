// Renders ordered over HTTP and made by real worker processes.
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/base/sha256.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

constexpr int kRateHz = 48'000;

template <class T>
void put_number(std::string& bytes, T value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof raw);
}

// A mono WAV of 16 bits: a sine of 440 Hz at half scale.
std::string sine_wav(std::uint32_t frames) {
  std::string wav = "RIFF";
  put_number<std::uint32_t>(wav, 36 + frames * 2);
  wav += "WAVEfmt ";
  put_number<std::uint32_t>(wav, 16);
  put_number<std::uint16_t>(wav, 1);
  put_number<std::uint16_t>(wav, 1);
  put_number<std::uint32_t>(wav, kRateHz);
  put_number<std::uint32_t>(wav, kRateHz * 2);
  put_number<std::uint16_t>(wav, 2);
  put_number<std::uint16_t>(wav, 16);
  wav += "data";
  put_number<std::uint32_t>(wav, frames * 2);
  for (std::uint32_t i = 0; i < frames; ++i)
    put_number<std::int16_t>(wav, static_cast<std::int16_t>(16384 * std::sin(i * 2 * M_PI * 440 / kRateHz)));
  return wav;
}

// A track that plays the blob from the start.
v1::Edit play(std::uint64_t edit, const std::string& sha256, std::int64_t frames) {
  v1::Edit made = create_track(edit, 101, "Vocal");
  v1::Object& source = *made.add_operations()->mutable_create();
  source.set_id(102);
  source.set_parent_id(1);
  source.set_order("m");
  source.mutable_source()->set_blob_sha256(sha256);
  source.mutable_source()->set_sample_rate_hz(kRateHz);
  source.mutable_source()->set_channels(1);
  source.mutable_source()->set_length_frames(frames);
  v1::Object& clip = *made.add_operations()->mutable_create();
  clip.set_id(103);
  clip.set_parent_id(101);
  clip.set_order("m");
  clip.mutable_audio_clip()->set_source_id(102);
  clip.mutable_audio_clip()->set_length_frames(frames);
  return made;
}

class RenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    add_user(data_, "anna");
    server_.emplace(data_);
    token_ = sign_in(server_->port(), "anna");
    http_.emplace(server_->port(), token_);
    project_ = create_project(*http_, "Song");
  }
  std::string base() const { return "/v1/projects/" + project_; }

  RoomClient join() {
    RoomClient room(server_->port(), token_, project_);
    room.hello();
    EXPECT_TRUE(room.read_until(v1::ServerFrame::kSnapshot));
    return room;
  }
  // The song of this test is so long.
  void make_song(RoomClient& room, std::uint32_t frames) {
    const std::string wav = sine_wav(frames);
    v1::NewUpload wanted;
    wanted.set_sha256(to_hex(sha256(wav)));
    wanted.set_size_bytes(static_cast<std::int64_t>(wav.size()));
    const auto upload = parsed<v1::Upload>(http_->post(base() + "/uploads", wanted));
    ASSERT_EQ(http_->send("PATCH", base() + "/uploads/" + upload.upload_id(), wav, {{"Upload-Offset", "0"}}).status,
              200);
    room.submit(play(1, wanted.sha256(), frames));
    ASSERT_TRUE(room.read_to(1));
  }
  v1::RenderStatus order(v1::RenderSettings::Kind kind = v1::RenderSettings::MIX) {
    v1::NewRender wanted;
    wanted.mutable_settings()->set_kind(kind);
    const Reply reply = http_->post(base() + "/renders", wanted);
    EXPECT_EQ(reply.status, 201) << reply.body;
    return parsed<v1::RenderStatus>(reply);
  }
  static v1::RenderStatus wait_for(RoomClient& room, v1::RenderStatus::State state) {
    while (const auto frame = room.read_until(v1::ServerFrame::kRender)) {
      const v1::RenderStatus& status = frame->render();
      if (status.state() == state || status.state() == v1::RenderStatus::FAILED) return status;
    }
    return {};
  }
  v1::RenderStatus see(const std::string& render) {
    return parsed<v1::RenderStatus>(http_->get(base() + "/renders/" + render));
  }

  TemporaryFolder folder_;
  std::filesystem::path data_ = folder_ / "data";
  std::optional<ServerProcess> server_;
  std::string token_;
  std::optional<HttpClient> http_;
  std::string project_;
};

TEST_F(RenderTest, MixIsMadeAnnouncedAndReadable) {
  RoomClient room = join();
  make_song(room, kRateHz);
  const v1::RenderStatus ordered = order();
  EXPECT_EQ(ordered.state(), v1::RenderStatus::QUEUED);
  EXPECT_EQ(ordered.revision(), 1U);

  const v1::RenderStatus done = wait_for(room, v1::RenderStatus::DONE);

  ASSERT_EQ(done.state(), v1::RenderStatus::DONE) << done.error_message();
  ASSERT_EQ(done.artifacts_size(), 1);
  const v1::Artifact& mix = done.artifacts(0);
  EXPECT_EQ(mix.name(), "mix.wav");
  EXPECT_GT(mix.length_frames(), kRateHz);  // with its tail
  const Reply bytes = http_->get(base() + "/blobs/" + mix.blob_sha256());
  EXPECT_EQ(to_hex(sha256(bytes.body)), mix.blob_sha256());
  EXPECT_EQ(static_cast<std::int64_t>(bytes.body.size()), mix.size_bytes());
  EXPECT_EQ(see(ordered.render_id()).state(), v1::RenderStatus::DONE);
}

TEST_F(RenderTest, SameRevisionGivesTheSameBytes) {
  RoomClient room = join();
  make_song(room, kRateHz);
  order();
  const auto first = wait_for(room, v1::RenderStatus::DONE);
  order();
  const auto second = wait_for(room, v1::RenderStatus::DONE);
  ASSERT_EQ(first.artifacts_size(), 1);
  ASSERT_EQ(second.artifacts_size(), 1);
  EXPECT_EQ(first.artifacts(0).blob_sha256(), second.artifacts(0).blob_sha256());
}

TEST_F(RenderTest, MissingSoundFailsInWords) {
  RoomClient room = join();
  room.submit(play(1, std::string(64, 'a'), kRateHz));
  ASSERT_TRUE(room.read_to(1));
  order();

  const auto failed = wait_for(room, v1::RenderStatus::FAILED);

  EXPECT_EQ(failed.state(), v1::RenderStatus::FAILED);
  EXPECT_EQ(failed.error_code(), "not_found");
  EXPECT_NE(failed.error_message().find("Vocal"), std::string::npos) << failed.error_message();
}

TEST_F(RenderTest, CancelledRenderStaysCancelled) {
  RoomClient room = join();
  make_song(room, kRateHz * 600);
  const auto ordered = order(v1::RenderSettings::MASTER);
  wait_for(room, v1::RenderStatus::RUNNING);

  ASSERT_EQ(http_->send("DELETE", base() + "/renders/" + ordered.render_id()).status, 200);

  EXPECT_EQ(see(ordered.render_id()).state(), v1::RenderStatus::CANCELLED);
  EXPECT_EQ(http_->send("DELETE", base() + "/renders/" + ordered.render_id()).status, 409);
  EXPECT_EQ(server_->stop(), 0) << server_->log();
}

TEST_F(RenderTest, RenderSurvivesTheServersDeath) {
  RoomClient room = join();
  make_song(room, kRateHz * 300);
  const auto ordered = order(v1::RenderSettings::MASTER);
  wait_for(room, v1::RenderStatus::RUNNING);
  server_->kill();

  server_.emplace(data_);
  http_.emplace(server_->port(), token_);
  RoomClient again = join();
  // It may have finished between the start and the join.
  v1::RenderStatus status = see(ordered.render_id());
  if (status.state() != v1::RenderStatus::DONE) status = wait_for(again, v1::RenderStatus::DONE);
  EXPECT_EQ(status.state(), v1::RenderStatus::DONE) << status.error_message();
}

TEST_F(RenderTest, SettingsThatNoRenderHasAreRefused) {
  v1::NewRender wanted;
  EXPECT_EQ(http_->post(base() + "/renders", wanted).status, 400);
  wanted.mutable_settings()->set_kind(v1::RenderSettings::MIX);
  wanted.set_revision(7);
  EXPECT_EQ(http_->post(base() + "/renders", wanted).status, 404);
}

// The worker dies before it has said anything: /bin/false stands in for a crash.
TEST_F(RenderTest, CrashedWorkerFailsItsRenderOnly) {
  ASSERT_EQ(server_->stop(), 0);
  server_.emplace(data_, std::vector<std::string>{"--worker", "/bin/false"});
  http_.emplace(server_->port(), token_);
  RoomClient room = join();
  order();

  const auto failed = wait_for(room, v1::RenderStatus::FAILED);

  EXPECT_EQ(failed.state(), v1::RenderStatus::FAILED);
  EXPECT_NE(failed.error_message().find("stopped before"), std::string::npos) << failed.error_message();
  EXPECT_EQ(http_->get("/healthz").status, 200);
}

TEST(WorkerTest, DoesNothingForPeople) {
  EXPECT_NE(std::system((std::string(TALKBACK_BINARY_DIR) + "/talkback-worker 1 </dev/null 2>/dev/null").c_str()), 0);
}

}  // namespace
}  // namespace talkback::test
