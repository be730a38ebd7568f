#include "server/net/web_socket.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace talkback::net {
namespace {

// As a client sends it, masked.
std::string frame(unsigned first_byte, const std::string& payload) {
  const char mask[4] = {0x12, 0x34, 0x56, 0x78};
  std::string bytes(1, static_cast<char>(first_byte));
  const std::size_t size = payload.size();
  if (size < 126) {
    bytes.push_back(static_cast<char>(0x80 | size));
  } else if (size < 65'536) {
    bytes.push_back(static_cast<char>(0x80 | 126));
    for (int shift = 8; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size >> shift));
  } else {
    bytes.push_back(static_cast<char>(0x80 | 127));
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(std::uint64_t{size} >> shift));
  }
  bytes.append(mask, 4);
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
  return bytes;
}

constexpr unsigned kFinal = 0x80;

struct Taken {
  Opcode kind;
  std::string payload;
  friend bool operator==(const Taken&, const Taken&) = default;
};

class WebSocketTest : public ::testing::Test {
 protected:
  CloseCode read(std::string bytes) {
    return reader_.read(bytes, [&](const Message& message) {
      taken_.push_back({message.kind, std::string(message.payload)});
    });
  }

  MessageReader reader_{100'000};
  std::vector<Taken> taken_;
};

TEST_F(WebSocketTest, MessagesOfEveryLengthComeWhole) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 125U, 126U, 65'535U, 65'536U, 99'999U}) {
    const std::string payload(size, 'p');
    EXPECT_EQ(read(frame(kFinal | 2, payload)), CloseCode::none) << size;
    ASSERT_FALSE(taken_.empty()) << size;
    EXPECT_EQ(taken_.back(), (Taken{Opcode::binary, payload})) << size;
  }
}

// The same bytes give the same messages, however they are cut.
TEST_F(WebSocketTest, PortionsOfAnySizeGiveTheSameMessages) {
  std::string bytes;
  std::vector<Taken> wanted;
  for (int i = 0; i < 40; ++i) {
    const std::string payload(static_cast<std::size_t>(i * i), static_cast<char>('a' + i % 26));
    bytes += frame(kFinal | 2, payload);
    wanted.push_back({Opcode::binary, payload});
    if (i % 5 == 0) {
      bytes += frame(kFinal | 9, "ping");
      wanted.push_back({Opcode::ping, "ping"});
    }
  }
  std::mt19937 engine(31);
  for (int round = 0; round < 50; ++round) {
    MessageReader reader(100'000);
    std::vector<Taken> taken;
    for (std::size_t at = 0; at < bytes.size();) {
      std::string part = bytes.substr(at, 1 + engine() % (round < 25 ? 5 : 700));
      at += part.size();
      ASSERT_EQ(reader.read(part,
                            [&](const Message& m) {
                              taken.push_back({m.kind, std::string(m.payload)});
                            }),
                CloseCode::none);
    }
    EXPECT_EQ(taken, wanted) << round;
  }
}

TEST_F(WebSocketTest, FragmentsMakeOneMessageWithAPingBetween) {
  EXPECT_EQ(read(frame(2, "one ") + frame(0, "two ") + frame(kFinal | 9, "") + frame(kFinal | 0, "three")),
            CloseCode::none);
  EXPECT_EQ(taken_, (std::vector<Taken>{{Opcode::ping, ""}, {Opcode::binary, "one two three"}}));
}

TEST_F(WebSocketTest, WhatTheProtocolForbidsEndsTheConnection) {
  const auto code = [](std::string bytes) {
    MessageReader reader(1'000);
    return reader.read(bytes, [](const Message&) {});
  };
  EXPECT_EQ(code(frame(kFinal | 0x40 | 2, "x")), CloseCode::protocol_error) << "a reserved bit";
  EXPECT_EQ(code(frame(kFinal | 3, "x")), CloseCode::protocol_error) << "an unknown opcode";
  EXPECT_EQ(code(frame(9, "x")), CloseCode::protocol_error) << "a ping in fragments";
  EXPECT_EQ(code(frame(kFinal | 9, std::string(126, 'x'))), CloseCode::protocol_error) << "a long ping";
  EXPECT_EQ(code(frame(kFinal | 0, "x")), CloseCode::protocol_error) << "a continuation of nothing";
  EXPECT_EQ(code(frame(2, "x") + frame(kFinal | 2, "x")), CloseCode::protocol_error) << "a message within another";
  EXPECT_EQ(code(std::string("\x82\x01x", 3)), CloseCode::protocol_error) << "no mask";
  EXPECT_EQ(code(frame(kFinal | 8, "x")), CloseCode::protocol_error) << "half a close code";
  for (const std::string forbidden : {"\x03\xe7", "\x03\xec", "\x03\xee", "\x03\xf7", "\x0b\xb7", "\x13\x88"})
    EXPECT_EQ(code(frame(kFinal | 8, forbidden)), CloseCode::protocol_error);
  EXPECT_EQ(code(frame(kFinal | 8,
                       "\x03\xe8"
                       "bye")),
            CloseCode::none);
  EXPECT_EQ(code(frame(kFinal | 2, std::string(1'001, 'x'))), CloseCode::too_big);
  EXPECT_EQ(code(frame(2, std::string(600, 'x')) + frame(0, std::string(600, 'x'))), CloseCode::too_big);
  EXPECT_EQ(code(std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10) + "mask"), CloseCode::too_big)
      << "told by the header, before the bytes come";
}

TEST_F(WebSocketTest, NothingIsTakenAfterAFault) {
  EXPECT_EQ(read(frame(kFinal | 3, "x")), CloseCode::protocol_error);
  EXPECT_EQ(read(frame(kFinal | 2, "x")), CloseCode::protocol_error);
  EXPECT_TRUE(taken_.empty());
}

TEST_F(WebSocketTest, RandomBytesNeverLeadAstray) {
  std::mt19937 engine(32);
  for (int round = 0; round < 2'000; ++round) {
    MessageReader reader(1'000);
    for (int part = 0; part < 5; ++part) {
      std::string bytes(engine() % 60, '\0');
      for (char& byte : bytes) byte = static_cast<char>(engine());
      (void)reader.read(bytes, [](const Message& m) { EXPECT_LE(m.payload.size(), 1'000U); });
    }
  }
}

TEST_F(WebSocketTest, OutgoingHeadersTellTheLength) {
  const auto header = [](std::size_t size) {
    return outgoing(Opcode::binary, std::make_shared<const std::string>(size, 'x'))->header;
  };
  EXPECT_EQ(header(125), std::string("\x82\x7d", 2));
  EXPECT_EQ(header(126), std::string("\x82\x7e\x00\x7e", 4));
  EXPECT_EQ(header(65'536), std::string("\x82\x7f\0\0\0\0\0\1\0\0", 10));
  EXPECT_EQ(*outgoing_close(CloseCode::normal)->payload, std::string("\x03\xe8", 2));
}

}  // namespace
}  // namespace talkback::net
