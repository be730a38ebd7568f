#include "engine/base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace talkback {
namespace {

TEST(Utf8Test, WellFormedTextIsTaken) {
  for (const char* text : {"", "plain", "L\xC3\xA4ute", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x9F\x8E\xB8", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(text)) << text;
  EXPECT_TRUE(is_utf8(std::string(3, '\0')));
}

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF, no character cut off.
TEST(Utf8Test, EverythingElseIsNot) {
  for (const char* text :
       {"\xFC", "L\xE4ute", "\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x80\x80\xAF", "\xF0\x9F\x8E", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    EXPECT_FALSE(is_utf8(text)) << text;
}

}  // namespace
}  // namespace talkback
