#include "server/domain/recent_edits.hpp"

#include <gtest/gtest.h>

#include "tests/support/edits.hpp"

namespace talkback::domain {
namespace {

using test::edit_id;

TEST(RecentEditsTest, FindsWhatWasAddedAndNotForgotten) {
  RecentEdits recent(true);
  for (std::uint64_t i = 1; i <= 1'000; ++i) recent.add(edit_id(i), i);
  for (std::uint64_t i = 1; i <= 1'000; i += 3) recent.forget(edit_id(i));
  for (std::uint64_t i = 1; i <= 1'000; ++i)
    EXPECT_EQ(recent.find(edit_id(i)), i % 3 == 1 ? std::nullopt : std::optional(i)) << i;
  EXPECT_EQ(recent.find(edit_id(1'001)), std::nullopt);
  recent.add(edit_id(1), 2'000);
  EXPECT_EQ(recent.find(edit_id(1)), 2'000U);
  EXPECT_TRUE(recent.is_everything());
}

TEST(RecentEditsTest, ForgetsTheOldestAndKnowsThatItDid) {
  RecentEdits recent(true);
  for (std::uint64_t i = 1; i <= 2 * kRecentEditsHalf; ++i) recent.add(edit_id(i), i);
  EXPECT_TRUE(recent.is_everything());
  EXPECT_EQ(recent.find(edit_id(1)), 1U);
  recent.add(edit_id(2 * kRecentEditsHalf + 1), 2 * kRecentEditsHalf + 1);
  EXPECT_FALSE(recent.is_everything());
  EXPECT_EQ(recent.find(edit_id(1)), std::nullopt);
  EXPECT_EQ(recent.find(edit_id(2 * kRecentEditsHalf)), 2 * kRecentEditsHalf);
}

}  // namespace
}  // namespace talkback::domain
