#include "engine/render/segment_cache.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace talkback::render {
namespace {

constexpr std::int64_t kPlenty = 100'000'000;

std::vector<std::byte> bytes_of(int size, int value) {
  return std::vector<std::byte>(static_cast<std::size_t>(size), static_cast<std::byte>(value));
}

SegmentCache opened(const TemporaryFolder& folder, std::int64_t bytes_max = kPlenty) {
  auto cache = SegmentCache::open(folder / "segments", bytes_max);
  EXPECT_TRUE(cache) << cache.error().message;
  return std::move(*cache);
}

std::filesystem::path only_pack(const TemporaryFolder& folder) {
  for (const auto& file : std::filesystem::directory_iterator(folder / "segments"))
    if (file.path().extension() == ".segments") return file.path();
  return {};
}

void put_sound(SegmentCache& cache, const ContentKey& key, std::vector<std::byte> bytes) {
  const std::uint64_t check = SegmentCache::check_of(bytes);
  cache.put_sound(key, std::move(bytes), check);
}

TEST(SegmentCacheTest, FindsWhatAnEarlierRenderPut) {
  const TemporaryFolder folder;
  const ContentKey key = sha256("a segment");
  const ContentKey state = sha256("its end");
  {
    SegmentCache cache = opened(folder);
    cache.put_state(state, bytes_of(1'000, 7));
    put_sound(cache, key, bytes_of(500'000, 9));
    cache.put_record(key, {state, 3});
    EXPECT_TRUE(cache.has_sound(key)) << "at once";
  }
  SegmentCache cache = opened(folder);
  ASSERT_TRUE(cache.find_record(key));
  EXPECT_EQ(cache.find_record(key)->state, state);
  EXPECT_EQ(cache.find_record(key)->not_finite, 3);
  std::vector<std::byte> bytes;
  EXPECT_TRUE(cache.load_state(state, bytes));
  EXPECT_EQ(bytes, bytes_of(1'000, 7));
  bytes.resize(500'000);
  EXPECT_TRUE(cache.load_sound(key, bytes));
  EXPECT_EQ(bytes, bytes_of(500'000, 9));
  bytes.resize(10);
  EXPECT_FALSE(cache.load_sound(key, bytes)) << "another size is another sound";
  EXPECT_FALSE(cache.find_record(sha256("another")));
}

TEST(SegmentCacheTest, DamageIsFoundWhereverItIs) {
  const ContentKey key = sha256("sound");
  const ContentKey state = sha256("state");
  const TemporaryFolder whole;
  {
    SegmentCache cache = opened(whole);
    put_sound(cache, key, bytes_of(300, 9));
    cache.put_state(state, bytes_of(300, 7));
    cache.put_record(key, {state, 0});
  }
  const auto size = static_cast<int>(std::filesystem::file_size(only_pack(whole)));
  int lost = 0;
  for (int at = 0; at < size; ++at) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "segments");
    std::filesystem::copy(only_pack(whole), folder / "segments");
    std::fstream pack(only_pack(folder), std::ios::in | std::ios::out | std::ios::binary);
    pack.seekg(at);
    const char byte = static_cast<char>(pack.get() ^ 0x40);
    pack.seekp(at);
    pack.put(byte);
    pack.close();
    SegmentCache cache = opened(folder);
    std::vector<std::byte> sound(300);
    std::vector<std::byte> bytes;
    int found = 0;
    if (cache.load_sound(key, sound)) {
      EXPECT_EQ(sound, bytes_of(300, 9));
      ++found;
    }
    if (cache.load_state(state, bytes)) {
      EXPECT_EQ(bytes, bytes_of(300, 7));
      ++found;
    }
    if (const auto record = cache.find_record(key)) {
      EXPECT_EQ(record->state, state);
      ++found;
    }
    lost += 3 - found;
  }
  // Headers and the record stand in the pack twice.
  EXPECT_EQ(lost, 600) << "each byte of the sound and of the state";
}

TEST(SegmentCacheTest, ACutPackKeepsWhatIsWhole) {
  const TemporaryFolder whole;
  {
    SegmentCache cache = opened(whole);
    put_sound(cache, sha256("one"), bytes_of(1'000, 1));
    cache.put_record(sha256("two"), {sha256("state"), 2});
    // What comes after an index has one more.
    cache.flush();
    put_sound(cache, sha256("three"), bytes_of(1'000, 3));
  }
  const std::uintmax_t size = std::filesystem::file_size(only_pack(whole));
  bool was_all_found = true;
  constexpr std::uintmax_t kStep = 13;
  for (std::uintmax_t length = size; length >= kStep; length -= kStep) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "segments");
    std::filesystem::copy(only_pack(whole), folder / "segments");
    std::filesystem::resize_file(only_pack(folder), length);
    SegmentCache cache = opened(folder);
    std::vector<std::byte> bytes(1'000);
    const bool is_first_found = cache.load_sound(sha256("one"), bytes);
    EXPECT_EQ(is_first_found, length >= 1'064) << length;
    EXPECT_TRUE(!is_first_found || bytes == bytes_of(1'000, 1)) << length;
    const auto record = cache.find_record(sha256("two"));
    EXPECT_EQ(record.has_value(), length >= 1'168) << length;
    EXPECT_TRUE(!record || record->not_finite == 2) << length;
    const bool is_last_found = cache.load_sound(sha256("three"), bytes);
    EXPECT_TRUE(was_all_found || !is_last_found) << length;
    EXPECT_TRUE(!is_last_found || bytes == bytes_of(1'000, 3)) << length;
    was_all_found = is_last_found;
    if (length == size) {
      EXPECT_TRUE(is_last_found);
    }
  }
  EXPECT_FALSE(was_all_found);
}

TEST(SegmentCacheTest, WhatIsLongestOutOfUseGoesFirstAndTheLimitHolds) {
  const TemporaryFolder folder;
  constexpr std::int64_t kLimit = 4'000;
  for (int i = 0; i < 6; ++i) {
    SegmentCache cache = opened(folder, kLimit);
    std::vector<std::byte> bytes(1'000);
    // The first is in use every time.
    if (i > 0) {
      EXPECT_TRUE(cache.load_sound(sha256("0"), bytes)) << i;
    }
    put_sound(cache, sha256(std::to_string(i)), bytes_of(1'000, i));
    EXPECT_LE(cache.size_bytes(), kLimit);
  }
  SegmentCache cache = opened(folder, kLimit);
  EXPECT_TRUE(cache.has_sound(sha256("0")));
  EXPECT_FALSE(cache.has_sound(sha256("1")));
  EXPECT_TRUE(cache.has_sound(sha256("5")));
}

TEST(SegmentCacheTest, OneRenderAtATimeHoldsAFolder) {
  const TemporaryFolder folder;
  const SegmentCache first = opened(folder);
  const auto second = SegmentCache::open(folder / "segments", kPlenty);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace talkback::render
