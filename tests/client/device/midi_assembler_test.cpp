#include "client/device/midi_assembler.hpp"

#include <gtest/gtest.h>

#include <random>

namespace talkback::device {
namespace {

using Bytes = std::vector<std::uint8_t>;

class MidiAssemblerTest : public ::testing::Test {
 protected:
  std::vector<MidiMessage> feed(const Bytes& bytes, std::int64_t time = 0) {
    std::vector<MidiMessage> messages;
    assembler.feed(bytes, time, [&](const MidiMessage& message) { messages.push_back(message); });
    return messages;
  }

  MidiAssembler assembler;
};

TEST_F(MidiAssemblerTest, ChannelMessagesComeWhole) {
  EXPECT_EQ(feed({0x90, 60, 100, 0xc1, 5, 0xe2, 0, 64}, 7),
            (std::vector<MidiMessage>{{7, {0x90, 60, 100}}, {7, {0xc1, 5}}, {7, {0xe2, 0, 64}}}));
  EXPECT_EQ(assembler.dropped(), 0);
}

TEST_F(MidiAssemblerTest, RunningStatusAndRealTimeBytesInBetween) {
  EXPECT_EQ(feed({0x90, 60, 0xf8, 100, 62, 0xfe, 90}),
            (std::vector<MidiMessage>{{0, {0x90, 60, 100}}, {0, {0x90, 62, 90}}}));
}

TEST_F(MidiAssemblerTest, AMessageInPiecesHasTheTimeOfItsFirst) {
  EXPECT_TRUE(feed({0x90}, 10).empty());
  EXPECT_TRUE(feed({60}, 11).empty());
  EXPECT_EQ(feed({1}, 12), (std::vector<MidiMessage>{{10, {0x90, 60, 1}}}));
}

TEST_F(MidiAssemblerTest, SystemExclusiveInPiecesIsKeptAsItCame) {
  Bytes whole{0xf0};
  for (int n = 0; n < 298; ++n) whole.push_back(static_cast<std::uint8_t>(n % 128));
  whole.push_back(0xf7);
  std::vector<MidiMessage> messages;
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    const Bytes piece(whole.begin() + static_cast<std::ptrdiff_t>(at),
                      whole.begin() + static_cast<std::ptrdiff_t>(std::min(at + 7, whole.size())));
    for (MidiMessage& message : feed(piece, static_cast<std::int64_t>(at))) messages.push_back(std::move(message));
  }
  EXPECT_EQ(messages, (std::vector<MidiMessage>{{0, whole}}));
}

TEST_F(MidiAssemblerTest, WhatIsNoMessageIsLeftOutAndCounted) {
  EXPECT_TRUE(feed({1, 2, 3}).empty());
  EXPECT_EQ(assembler.dropped(), 3);
  // A note that another status cuts short, system exclusive that a note cuts short.
  EXPECT_EQ(feed({0x90, 60, 0x80, 61, 0}), (std::vector<MidiMessage>{{0, {0x80, 61, 0}}}));
  EXPECT_EQ(feed({0xf0, 1, 2, 0x90, 60, 1}), (std::vector<MidiMessage>{{0, {0x90, 60, 1}}}));
  EXPECT_EQ(assembler.dropped(), 5);
  // Song position and the end of nothing.
  EXPECT_TRUE(feed({0xf2}).empty());
  EXPECT_TRUE(feed({0xf7}).empty());
}

TEST_F(MidiAssemblerTest, TooLongSystemExclusiveIsDroppedAndWhatFollowsHeard) {
  Bytes longest(kSystemExclusiveBytesMax, 1);
  longest.front() = 0xf0;
  longest.back() = 0xf7;
  EXPECT_EQ(feed(longest).size(), 1U);
  longest.insert(longest.begin() + 1, 1);
  EXPECT_TRUE(feed(longest).empty());
  EXPECT_EQ(assembler.dropped(), 1);
  EXPECT_EQ(feed({0x90, 60, 1}).size(), 1U);
}

TEST_F(MidiAssemblerTest, ALostWireEndsWhatWasBegun) {
  EXPECT_TRUE(feed({0xf0, 1, 2}).empty());
  assembler.reset();
  EXPECT_TRUE(feed({3, 0xf7}).empty());
  EXPECT_EQ(feed({0x90, 60, 1}).size(), 1U);
}

// Whatever comes: messages have the form of messages.
TEST_F(MidiAssemblerTest, AnyBytesGiveOnlyMessages) {
  std::mt19937 random(5);
  for (int n = 0; n < 20'000; ++n) {
    Bytes bytes(random() % 12);
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(random() % 3 == 0 ? 0x80 + random() % 128 : random() % 128);
    for (const MidiMessage& message : feed(bytes)) {
      ASSERT_GE(message.bytes.size(), 2U);
      ASSERT_GE(message.bytes[0], 0x80);
      const bool is_exclusive = message.bytes[0] == 0xf0;
      ASSERT_EQ(message.bytes.back() == 0xf7, is_exclusive);
      if (!is_exclusive) {
        ASSERT_EQ(message.bytes.size(), 1 + data_bytes(message.bytes[0]));
      }
      for (std::size_t i = 1; i + (is_exclusive ? 1 : 0) < message.bytes.size(); ++i) ASSERT_LT(message.bytes[i], 0x80);
    }
  }
}

}  // namespace
}  // namespace talkback::device
