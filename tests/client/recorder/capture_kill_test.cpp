// A recording that is killed at any moment: what had sounded half a second before is on the disk, bit for bit.
#include <signal.h>
#include <sndfile.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "client/device/file_device.hpp"
#include "client/recorder/take_encoder.hpp"
#include "engine/media/audio_writer.hpp"
#include "tests/client/recorder/recording_support.hpp"
#include "tests/support/card_samples.hpp"

namespace talkback::recorder {
namespace {

using test::kRate;
using test::tags_of_test;

constexpr int kSoundFrames = 20 * 48'000;
constexpr double kSpeed = 4.0;
constexpr std::int64_t kLostMax = 24'000;  // 500 ms

// What parent and child both see.
struct Shared {
  std::atomic<std::int64_t> captured{0};
  std::atomic<bool> has_failed{false};
};

class CaptureKillTest : public ::testing::Test {
 protected:
  // In memory: what a killed process wrote stays, with or without a disk behind it, and 200 kills take seconds.
  static void SetUpTestSuite() {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  }
  CaptureKillTest() {
    void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared = new (memory) Shared;
  }
  ~CaptureKillTest() override { ::munmap(static_cast<void*>(shared), sizeof(Shared)); }

  // Noise with 24 bits, or floats that no integer is.
  std::filesystem::path write_sound(int channels, bool is_integer) {
    sound = test_noise(channels, kSoundFrames, 0.5F);
    if (is_integer)
      for (int c = 0; c < channels; ++c) talkback::test::round_to_24_bits(sound.block().channel(c));
    media::WriterOptions options;
    options.rate = kRate;
    options.channels = channels;
    options.length_expected = Frames{kSoundFrames};
    const auto file = folder / ("sound" + std::to_string(channels) + (is_integer ? "i" : "f") + ".wav");
    auto writer = media::AudioWriter::create(file, options);
    EXPECT_TRUE(writer && writer->write(sound.block()) && writer->finish());
    return file;
  }

  // Records in a process of its own until that is killed; `limit`: bytes that a file may have there.
  pid_t record(const std::filesystem::path& input, const std::string& name, int block_frames, rlim_t limit = 0) {
    shared->captured.store(0);
    shared->has_failed.store(false);
    const pid_t child = ::fork();
    if (child != 0) return child;
    if (limit > 0) {
      ::signal(SIGXFSZ, SIG_IGN);
      const struct rlimit files { limit, limit };
      ::setrlimit(RLIMIT_FSIZE, &files);
    }
    run_child(input, name, block_frames);
    ::_exit(0);
  }

  void run_child(const std::filesystem::path& input, const std::string& name, int block_frames) {
    const int channels = sound.channel_count();
    realtime::PlayerOptions player_options;
    player_options.compile.sample_rate_hz = kRate.hz;
    player_options.compile.may_be_empty = true;
    player_options.plays_on = true;
    player_options.read_ahead = realtime::SourceReadAhead::Thread::none;
    auto player = realtime::GraphPlayer::create(song.session, player_options, song.library);
    CaptureStart start;
    start.recording_id = std::string(32, 'c');
    start.rate = kRate;
    start.channels = channels;
    auto journal = CaptureJournal::create(folder / (name + ".journal"), start);
    auto file = CaptureFile::create(folder / (name + ".wav"), tags_of_test(channels));
    if (!player || !journal || !file) ::_exit(1);
    (*player)->play();
    RecordingOptions options;
    options.channels = channels;
    options.rate = kRate;
    options.latency = Frames{0};
    Recording recording(options, **player, nullptr, nullptr);
    CaptureWriter writer(recording, *file, *journal);
    auto devices = device::open_file_device(
        {.input = input, .rate = kRate, .channels = channels, .block_frames = block_frames, .speed = kSpeed});
    auto stream =
        devices->open({.device = {}, .input_channels = channels, .output_channels = 2, .rate = kRate}, recording);
    if (!stream || !(*stream)->start()) ::_exit(1);
    while (true) {
      (void)(*player)->service();
      shared->captured.store(recording.captured().count);
      shared->has_failed.store(writer.has_failed());
      std::this_thread::yield();
      ::usleep(200);
    }
  }

  static void kill_and_wait(pid_t child) {
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the recording ended by itself";
  }

  // What is there after a crash becomes a whole file that holds the same samples.
  void expect_recovered(const std::string& name, std::int64_t captured, bool is_integer) {
    const auto record = read_journal(folder / (name + ".journal"));
    ASSERT_TRUE(record);
    const auto reader = CaptureReader::open(folder / (name + ".wav"), sound.channel_count());
    ASSERT_TRUE(reader);
    const Frames length = *reader->length();
    ASSERT_GE(length.count, captured - kLostMax);
    const auto takes = takes_of(*record, length);
    if (captured > kLostMax) {
      ASSERT_EQ(takes.size(), 1U);
      EXPECT_EQ(takes[0].song, FramePosition{0});
      EXPECT_GE(takes[0].length.count, captured - kLostMax);
    }
    auto encoder =
        TakeEncoder::create(folder / (name + ".wav"), folder / (name + ".flac"), tags_of_test(sound.channel_count()));
    ASSERT_TRUE(encoder);
    while (*encoder->advance()) {
    }
    const auto complete = encoder->complete(tags_of_test(sound.channel_count()), length);
    ASSERT_TRUE(complete) << complete.error().message;
    if (length.count > 0) {
      EXPECT_EQ(complete->is_flac, is_integer);
    }
    // FLAC has no word for "no frames"; a recording without any is never sent.
    if (length.count == 0) return remove(name);
    SF_INFO info{};
    SNDFILE* const opened = sf_open(complete->file.c_str(), SFM_READ, &info);
    ASSERT_NE(opened, nullptr) << sf_strerror(nullptr);
    ASSERT_EQ(info.frames, length.count);
    std::vector<float> back(static_cast<std::size_t>(info.frames) * static_cast<std::size_t>(info.channels));
    ASSERT_EQ(sf_readf_float(opened, back.data(), info.frames), info.frames);
    sf_close(opened);
    for (std::int64_t f = 0; f < length.count; ++f)
      for (int c = 0; c < info.channels; ++c)
        ASSERT_EQ(back[static_cast<std::size_t>(f * info.channels + c)],
                  sound.block().channel(c)[static_cast<std::size_t>(f)])
            << "frame " << f;
    remove(name);
  }
  void remove(const std::string& name) {
    for (const char* ending : {".journal", ".wav", ".flac"}) std::filesystem::remove(folder / (name + ending));
  }

  TemporaryFolder folder;
  SessionBuilder song;  // with a folder of its own, which a killed child could not remove
  AudioBuffer sound;
  Shared* shared = nullptr;
};

TEST_F(CaptureKillTest, NothingIsLostButTheLastMoment) {
  constexpr int kKills = 200;
  std::mt19937 random(7);
  for (const bool is_integer : {true, false}) {
    const auto input = write_sound(is_integer ? 1 : 2, is_integer);
    for (int i = 0; i < kKills / 2; ++i) {
      const std::string name = "take" + std::to_string(i);
      const int blocks[] = {16, 64, 256, 1'024, 4'096};
      const auto target = static_cast<std::int64_t>(random() % 60'000);
      const pid_t child = record(input, name, blocks[random() % 5]);
      std::int64_t captured = 0;
      int status = 0;
      while ((captured = shared->captured.load()) < target || captured == 0)
        ASSERT_EQ(::waitpid(child, &status, WNOHANG), 0) << "the recording did not begin";
      kill_and_wait(child);
      expect_recovered(name, captured, is_integer);
      if (HasFatalFailure()) FAIL() << "kill " << i << " at frame " << captured;
    }
  }
}

// What was written before the disk was full is kept, and the performer is told at once.
TEST_F(CaptureKillTest, AFullDiskKeepsWhatCameBefore) {
  const auto input = write_sound(1, true);
  constexpr rlim_t kLimit = 300'000;
  const pid_t child = record(input, "full", 256, kLimit);
  int status = 0;
  while (!shared->has_failed.load()) ASSERT_EQ(::waitpid(child, &status, WNOHANG), 0);
  kill_and_wait(child);
  EXPECT_EQ(std::filesystem::file_size(folder / "full.wav"), kLimit);
  expect_recovered("full", (300'000 - 8'192) / 4, true);
}

}  // namespace
}  // namespace talkback::recorder
