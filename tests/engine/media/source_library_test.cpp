#include "engine/media/source_library.hpp"

#include <cmath>

#include "tests/engine/media/media_support.hpp"

namespace talkback::media {
namespace {

BlobLookup lookup_in(const TemporaryFolder& folder) {
  return [&folder](std::string_view name) -> Result<std::filesystem::path> { return folder / name; };
}

TEST(SourceLibraryTest, PcmAtTheSessionRateIsReadWhereItLies) {
  const TemporaryFolder folder;
  write_file(folder / "a", noise(1, 1'000), {.format = AudioFormat::wav_24});
  SourceLibrary library(lookup_in(folder), folder / "cache");
  const auto info = library.describe("a", {48'000});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->length.count, 1'000);
  EXPECT_FALSE(std::filesystem::exists(folder / "cache"));
}

TEST(SourceLibraryTest, ImpulsesLandOnTheRightFrameAfterResampling) {
  const TemporaryFolder folder;
  AudioBuffer sound(1, 44'100);
  sound.block().channel(0)[22'050] = 1.0F;
  write_file(folder / "a", sound, {.rate = {44'100}});
  SourceLibrary library(lookup_in(folder), folder / "cache");
  auto reader = library.open("a", {48'000});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->length().count, 48'000);
  const AudioBuffer read = read_file(**reader, 23'900, 200);
  const auto channel = read.block().channel(0);
  EXPECT_EQ(std::ranges::max_element(channel) - channel.begin(), 100);
  // Linear phase: the same on either side.
  EXPECT_NEAR(channel[97], channel[103], 1e-5F);
}

TEST(SourceLibraryTest, DamagedCacheEntriesAreMadeAgain) {
  const TemporaryFolder folder;
  write_file(folder / "a", noise(2, 5'000), {.rate = {44'100}});
  const auto entry = ensure_decoded(folder / "a", "a", {48'000}, folder / "cache");
  ASSERT_TRUE(entry);
  const std::string whole = bytes_of(*entry);
  std::filesystem::resize_file(*entry, 1'000);
  EXPECT_FALSE(open_decoded(*entry));
  ASSERT_TRUE(ensure_decoded(folder / "a", "a", {48'000}, folder / "cache"));
  EXPECT_EQ(bytes_of(*entry), whole);
}

TEST(SourceLibraryTest, MissingBlobsAreReported) {
  SourceLibrary library(
      [](std::string_view) -> Result<std::filesystem::path> {
        return Error{ErrorCode::not_found, "gone"};
      },
      "/nonexistent");
  EXPECT_EQ(library.describe("a", {48'000}).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace talkback::media
