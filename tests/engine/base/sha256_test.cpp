#include "engine/base/sha256.hpp"

#include <gtest/gtest.h>

namespace talkback {
namespace {

// The example of FIPS 180-4 for the message "abc".
constexpr char kAbcHex[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256Test, MatchesThePublishedExample) { EXPECT_EQ(to_hex(sha256("abc")), kAbcHex); }

TEST(Sha256Test, PortionsDoNotMatter) {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  EXPECT_EQ(to_hex(hash.finish()), kAbcHex);
}

TEST(Sha256Test, HexRoundTripsAndRefusesAnythingElse) {
  const Sha256Digest digest = sha256("abc");
  EXPECT_EQ(sha256_from_hex(to_hex(digest)), digest);
  EXPECT_FALSE(sha256_from_hex("ba78"));
  EXPECT_FALSE(sha256_from_hex(std::string(64, 'G')));
}

TEST(Sha256Test, MissingFileIsNotFound) {
  const auto result = sha256_of_file("/nonexistent/take.wav");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace talkback
