#include "client/net/url.hpp"

#include <gtest/gtest.h>

namespace talkback::net {
namespace {

ServerUrl url(std::string_view text) {
  const auto parsed = parse_server_url(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(ServerUrl{});
}

TEST(UrlTest, SchemeHostAndPortAreRead) {
  EXPECT_EQ(url("https://studio.example:8443"), (ServerUrl{true, "studio.example", 8443}));
  EXPECT_EQ(url("http://10.0.0.7:7311/"), (ServerUrl{false, "10.0.0.7", 7311}));
}

TEST(UrlTest, UsualPortsMayBeLeftOut) {
  EXPECT_EQ(url("https://studio.example").port, 443);
  EXPECT_EQ(url("http://studio.example").port, 80);
}

TEST(UrlTest, WithoutASchemeOnlyThisMachineGoesWithoutTls) {
  EXPECT_TRUE(url("studio.example").secure);
  EXPECT_TRUE(url("192.168.1.4:7311").secure);
  EXPECT_FALSE(url("localhost:7311").secure);
  EXPECT_FALSE(url("127.0.0.1:7311").secure);
  EXPECT_FALSE(url("[::1]:7311").secure);
}

TEST(UrlTest, AddressesOfVersionSixStandInBrackets) {
  EXPECT_EQ(url("https://[2001:db8::7]"), (ServerUrl{true, "[2001:db8::7]", 443}));
  EXPECT_EQ(url("https://[2001:db8::7]:8443"), (ServerUrl{true, "[2001:db8::7]", 8443}));
}

TEST(UrlTest, TextGivesTheSameUrlBack) {
  for (const char* text : {"https://studio.example", "http://localhost:7311", "https://studio.example:80",
                           "http://studio.example:443", "https://[2001:db8::7]:8443"})
    EXPECT_EQ(url(url(text).text()), url(text)) << text;
}

TEST(UrlTest, WhatIsNoServerIsRefusedWithAnExample) {
  for (const char* text :
       {"", "/", "https://", "ftp://studio.example", "https://studio.example/path", "anna@studio.example",
        "studio.example:", "studio.example:0", "studio.example:65536", "studio.example:-1", "studio.example:80x",
        "studio example", "::1", "a:b:80", "https://[2001:db8::7", "https://[]:80", "https://[::1]x"}) {
    const auto parsed = parse_server_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_NE(parsed.error().message.find("https://studio.example"), std::string::npos);
  }
}

}  // namespace
}  // namespace talkback::net
