#include "engine/base/object_id.hpp"

#include <gtest/gtest.h>

namespace talkback {
namespace {

TEST(ObjectIdTest, TextRoundTrips) {
  const ObjectId id{0x0123456789abcdefULL};
  EXPECT_EQ(to_string(id), "0123456789abcdef");
  EXPECT_EQ(object_id_from(to_string(id)), id);
}

TEST(ObjectIdTest, OtherTextIsRefused) {
  EXPECT_FALSE(object_id_from("123"));
  EXPECT_FALSE(object_id_from("0123456789abcdeg"));
  EXPECT_FALSE(object_id_from("0123456789abcdef0"));
}

}  // namespace
}  // namespace talkback
