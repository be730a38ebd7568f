#include "client/cli/exit_code.hpp"

#include <gtest/gtest.h>

#include "client/cli/roles.hpp"

namespace talkback::cli {
namespace {

// Scripts rely on these numbers.
TEST(ExitCodeTest, EveryErrorKeepsItsNumber) {
  EXPECT_EQ(kExitUsage, 2);
  EXPECT_EQ(exit_code_of(ErrorCode::not_found), 3);
  EXPECT_EQ(exit_code_of(ErrorCode::invalid), 4);
  EXPECT_EQ(exit_code_of(ErrorCode::conflict), 5);
  EXPECT_EQ(exit_code_of(ErrorCode::denied), 6);
  EXPECT_EQ(exit_code_of(ErrorCode::exhausted), 7);
  EXPECT_EQ(exit_code_of(ErrorCode::corrupt), 8);
  EXPECT_EQ(exit_code_of(ErrorCode::unavailable), 9);
  EXPECT_EQ(exit_code_of(ErrorCode::internal), 10);
}

TEST(RolesTest, NamesAndRolesBelongTogether) {
  for (const auto& [role, name] : kRoleNames) {
    EXPECT_EQ(role_text(role), name);
    EXPECT_EQ(role_from(name), role);
  }
  EXPECT_EQ(role_from("Owner"), std::nullopt);
  EXPECT_EQ(role_text(v1::ROLE_UNSPECIFIED), "none");
}

}  // namespace
}  // namespace talkback::cli
