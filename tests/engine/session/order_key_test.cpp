#include "engine/session/order_key.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace talkback::session {
namespace {

TEST(OrderKeyTest, AKeyAlwaysFitsBetween) {
  std::mt19937 random(7);
  std::vector<std::string> keys{order_between("", "")};
  for (int i = 0; i < 2'000; ++i) {
    const std::size_t at = random() % (keys.size() + 1);
    const std::string before = at == 0 ? "" : keys[at - 1];
    const std::string after = at == keys.size() ? "" : keys[at];
    const std::string key = order_between(before, after);
    ASSERT_TRUE(is_order_key(key)) << key;
    ASSERT_TRUE(before < key && (after.empty() || key < after)) << before << " " << key << " " << after;
    keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(at), key);
  }
}

TEST(OrderKeyTest, AppendingAThousandTimesKeepsKeysShort) {
  std::string key;
  for (int i = 0; i < 1'000; ++i) key = order_between(key, "");
  EXPECT_LT(key.size(), 60u);
}

TEST(OrderKeyTest, OtherTextIsNoKey) {
  for (const char* text : {"", "a0", "a b", "ä", "a-"}) EXPECT_FALSE(is_order_key(text)) << text;
}

}  // namespace
}  // namespace talkback::session
