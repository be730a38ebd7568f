#include "client/device/card_access.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace talkback::device {
namespace {

TEST(CardAccessTest, SaysWhyThereIsNoCard) {
  const TemporaryFolder folder;
  EXPECT_EQ(no_card_error(folder / "absent").code, ErrorCode::not_found);
  std::filesystem::create_directory(folder / "snd");
  folder.write("snd/seq", "");
  folder.write("snd/timer", "");
  EXPECT_EQ(no_card_error(folder / "snd").code, ErrorCode::not_found) << "no card among them";
  folder.write("snd/pcmC0D0c", "");
  folder.write("snd/pcmC0D0p", "");
  const Error denied = no_card_error(folder / "snd", [](const auto&) { return false; });
  EXPECT_EQ(denied.code, ErrorCode::denied);
  EXPECT_NE(denied.message.find("group audio"), std::string::npos);
  EXPECT_EQ(no_card_error(folder / "snd").code, ErrorCode::unavailable) << "somebody else holds it";
}

}  // namespace
}  // namespace talkback::device
