// The small parts of server/net: ranges, targets, rates, routes.
#include <gtest/gtest.h>

#include <set>

#include "server/net/byte_range.hpp"
#include "server/net/rate_limit.hpp"
#include "server/net/routes.hpp"

namespace talkback::net {
namespace {

using namespace std::chrono_literals;

TEST(ByteRangeTest, OneRangeIsCutToTheFile) {
  const auto count = [](std::string_view header) {
    const RangeChoice choice = choose_range(header, 100);
    return choice.unsatisfiable ? -1 : choice.range ? choice.range->count : 0;
  };
  EXPECT_EQ(count("bytes=0-9"), 10);
  EXPECT_EQ(count("bytes=90-"), 10);
  EXPECT_EQ(count("bytes=-10"), 10);
  EXPECT_EQ(count("bytes=-1000"), 100);
  EXPECT_EQ(count("bytes=90-99999999999999999999"), 10);
  EXPECT_EQ(count("bytes=100-"), -1);
  EXPECT_EQ(count("bytes=-0"), -1);
  for (const char* whole : {"", "bytes=", "bytes=x-1", "bytes=5-1", "bytes=0-1,2-3", "lines=0-1", "bytes=--1"})
    EXPECT_EQ(count(whole), 0) << whole;
}

TEST(HttpMessageTest, TargetsAreSplitAndDecodedOrRefused) {
  HttpRequest request;
  ASSERT_TRUE(parse_target("http://host/a%20b?x=1&y=%26", request));
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.query.at("x"), "1");
  EXPECT_EQ(request.query.at("y"), "&");
  for (const char* bad : {"", "a", "/%zz", "/%0", "/%00", "*"}) EXPECT_FALSE(parse_target(bad, request)) << bad;
}

TEST(RateLimitTest, BurstThenSteadyRate) {
  RateLimiter limiter({.per_second = 1, .burst = 3}, 100);
  SteadyTime now{};
  int taken = 0;
  for (int i = 0; i < 10; ++i) taken += limiter.take("a", now) ? 1 : 0;
  EXPECT_EQ(taken, 3);
  EXPECT_TRUE(limiter.take("b", now));
  now += 1s;
  EXPECT_TRUE(limiter.take("a", now));
  EXPECT_FALSE(limiter.take("a", now));
}

TEST(RoutesTest, PathsAreMatchedWhole) {
  EXPECT_NE(find_route(Method::get, "/v1/projects").route, nullptr);
  EXPECT_NE(find_route(Method::head, "/v1/projects/abc/blobs/def").route, nullptr);
  EXPECT_EQ(find_route(Method::get, "/v1/projects/abc/blobs/def").names.at("blob"), "def");
  for (const char* missing : {"/", "/v1", "/v1/projects/", "/v1/projects/a/", "/v1/projects//members", "//v1/projects"})
    EXPECT_EQ(find_route(Method::get, missing).route, nullptr) << missing;
  EXPECT_TRUE(find_route(Method::put, "/v1/projects").other_method);
}

TEST(RoutesTest, EveryActionButFramesHasARoute) {
  // answer_suggestion: whoever may suggest comes to its route, as authors may withdraw what they offered.
  std::set<domain::Action> routed{domain::Action::submit_edit,      domain::Action::show_presence,
                                  domain::Action::take_lease,       domain::Action::order_recording,
                                  domain::Action::answer_recording, domain::Action::answer_suggestion};
  for (const Route& route : routes()) routed.insert(route.action);
  EXPECT_EQ(routed.size(), domain::policies().size());
}

}  // namespace
}  // namespace talkback::net
