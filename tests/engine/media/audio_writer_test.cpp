#include "engine/media/audio_writer.hpp"

#include <sys/resource.h>

#include <array>
#include <cmath>
#include <csignal>

#include "tests/engine/media/media_support.hpp"

namespace talkback::media {
namespace {

TEST(AudioWriterTest, AnyDivisionGivesTheSameBytes) {
  const TemporaryFolder folder;
  const AudioBuffer sound = noise(2, 5'000);
  for (const AudioFormat format :
       {AudioFormat::wav_float, AudioFormat::wav_24, AudioFormat::wav_16, AudioFormat::flac_24, AudioFormat::flac_16}) {
    const WriterOptions options{.format = format, .broadcast = BroadcastInfo{.description = "Mix"}};
    write_file(folder / "once", sound, options);
    auto writer = AudioWriter::create(folder / "parts", options);
    ASSERT_TRUE(writer);
    for (int n = 0; n < 5'000; n += 441) ASSERT_TRUE(writer->write(sound.block().slice(n, std::min(441, 5'000 - n))));
    ASSERT_TRUE(writer->finish());
    EXPECT_EQ(bytes_of(folder / "once"), bytes_of(folder / "parts"));
    EXPECT_EQ(inspect(folder / "once")->length.count, 5'000);
  }
}

TEST(AudioWriterTest, IntegersAreWithinOneAndAHalfSteps) {
  const TemporaryFolder folder;
  const AudioBuffer sound = noise(1, 20'000);
  for (const AudioFormat format : {AudioFormat::wav_16, AudioFormat::flac_24}) {
    write_file(folder / "sound", sound, {.format = format});
    auto reader = open_audio_file(folder / "sound");
    const AudioBuffer read = read_file(**reader, 0, 20'000);
    const float step = std::ldexp(1.0F, 1 - bits_of(format));
    for (std::size_t n = 0; n < 20'000; ++n)
      EXPECT_NEAR(read.block().channel(0)[n], sound.block().channel(0)[n], 1.51F * step);
  }
}

TEST(AudioWriterTest, FileAppearsOnlyWhenFinished) {
  const TemporaryFolder folder;
  {
    auto writer = AudioWriter::create(folder / "mix.wav", {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(noise(2, 100).block()));
    EXPECT_FALSE(std::filesystem::exists(folder / "mix.wav"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// Keeps what it is told, and how much that was before the file was finished.
struct Listener final : FileListener {
  std::string told;
  int beginnings = 0;

  void begin() override {
    told.clear();
    ++beginnings;
  }
  void add(std::span<const std::byte> bytes) override {
    told.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
};

struct ToldFile {
  const char* name;
  WriterOptions options;
  bool is_told_early;
};

TEST(AudioWriterTest, TheListenerIsToldTheWholeFile) {
  const TemporaryFolder folder;
  constexpr int kFrames = 700'001;  // an odd number of bytes where they are three and one channel
  const AudioBuffer stereo = noise(2, kFrames);
  const AudioBuffer mono = noise(1, kFrames);
  const BroadcastInfo broadcast{.description = "Mix"};
  const std::array<ToldFile, 7> files{{
      {"24 bits", {.format = AudioFormat::wav_24, .length_expected = {kFrames}}, true},
      {"16 bits", {.format = AudioFormat::wav_16, .length_expected = {kFrames}, .broadcast = broadcast}, true},
      {"floats", {.format = AudioFormat::wav_float, .length_expected = {kFrames}}, true},
      {"padded", {.format = AudioFormat::wav_24, .channels = 1, .length_expected = {kFrames}}, true},
      {"shorter", {.format = AudioFormat::wav_24, .length_expected = {kFrames + 1}}, false},
      {"longer", {.format = AudioFormat::wav_24, .length_expected = {1'000}}, false},
      {"FLAC", {.format = AudioFormat::flac_16, .length_expected = {kFrames}}, false},
  }};
  for (const ToldFile& file : files) {
    SCOPED_TRACE(file.name);
    Listener listener;
    auto writer = AudioWriter::create(folder / file.name, file.options, &listener);
    ASSERT_TRUE(writer);
    for (int n = 0; n < kFrames; n += 50'000) {
      const AudioBuffer& sound = file.options.channels == 2 ? stereo : mono;
      ASSERT_TRUE(writer->write(sound.block().slice(n, std::min(50'000, kFrames - n))));
    }
    const std::size_t early = listener.told.size();
    ASSERT_TRUE(writer->finish());
    EXPECT_EQ(listener.told, bytes_of(folder / file.name));
    EXPECT_EQ(listener.beginnings, file.is_told_early || file.options.format == AudioFormat::flac_16 ? 1 : 2);
    EXPECT_TRUE(!file.is_told_early || early > listener.told.size() / 2);
  }
}

TEST(AudioWriterTest, AFileForWhichThereIsNoRoomFailsByTheTimeItIsFinished) {
  const TemporaryFolder folder;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{.rlim_cur = 100'000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  auto writer = AudioWriter::create(folder / "mix", {.format = AudioFormat::wav_24});
  ASSERT_TRUE(writer);
  const Result<void> written = writer->write(noise(2, 50'000).block());
  const Result<void> finished = writer->finish();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(!written || !finished);
  EXPECT_FALSE(std::filesystem::exists(folder / "mix"));
}

TEST(AudioWriterTest, BroadcastChunkIsWrittenWithoutTheClock) {
  const TemporaryFolder folder;
  write_file(folder / "mix.wav", noise(2, 100),
             {.broadcast = BroadcastInfo{.description = "Song, mix", .time_reference = {96'000}}});
  const std::string bytes = bytes_of(folder / "mix.wav");
  EXPECT_NE(bytes.find("bext"), std::string::npos);
  EXPECT_NE(bytes.find("Song, mix"), std::string::npos);
  EXPECT_EQ(bytes.find("PEAK"), std::string::npos);
}

TEST(AudioWriterTest, LongFilesAreRf64) {
  const TemporaryFolder folder;
  write_file(folder / "long.wav", noise(2, 100), {.length_expected = {1LL << 30}});
  EXPECT_EQ(bytes_of(folder / "long.wav").substr(0, 4), "RF64");
  EXPECT_EQ(inspect(folder / "long.wav")->length.count, 100);
}

}  // namespace
}  // namespace talkback::media
