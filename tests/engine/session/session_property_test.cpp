// Promises that hold for any sequence of edits, tried on random ones over every object type.
#include <gtest/gtest.h>

#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/diff.hpp"
#include "engine/session/state.hpp"
#include "tests/support/random_edits.hpp"

namespace talkback::session {
namespace {

constexpr int kSessions = 40;
constexpr int kEdits = 150;

// Runs random edits on several sessions and calls check(before, edit, report, after) for each accepted one.
template <class Check>
void for_random_edits(Check check) {
  int accepted = 0;
  for (std::uint64_t seed = 1; seed <= kSessions; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::RandomEdits edits(seed);
    Session session = Session::create({"random", 48'000});
    for (int i = 0; i < kEdits; ++i) {
      const v1::Edit edit = edits.next(session);
      const Session before = session;
      const auto report = apply(session, edit);
      if (!report) {
        ASSERT_EQ(digest(session), digest(before)) << "a refused edit left a trace: " << report.error().message;
        continue;
      }
      ++accepted;
      check(before, edit, *report, session);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
  EXPECT_GT(accepted, kSessions * kEdits / 4) << "the generator must mostly make edits that keep the rules";
}

TEST(SessionPropertyTest, ApplyThenInvertGivesTheOldDigest) {
  for_random_edits([](const Session& before, const v1::Edit&, const ApplyReport& report, const Session& after) {
    Session undone = after;
    const auto inverted = apply(undone, inverse_of(report));
    ASSERT_TRUE(inverted) << inverted.error().message;
    ASSERT_EQ(digest(undone), digest(before));
  });
}

TEST(SessionPropertyTest, SerialiseAndParseGivesTheSameDigest) {
  for_random_edits([](const Session&, const v1::Edit& edit, const ApplyReport&, const Session& after) {
    if (edit.operations_size() > 2) return;  // enough, and quicker
    v1::SessionState state;
    ASSERT_TRUE(state.ParseFromString(to_state(after, 7).SerializeAsString()));
    const auto parsed = from_state(state);
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(digest(*parsed), digest(after));
  });
}

TEST(SessionPropertyTest, DiffLeadsFromOneSessionToTheOther) {
  for_random_edits([](const Session& before, const v1::Edit&, const ApplyReport& report, const Session& after) {
    const auto changes = diff(before, after);
    ASSERT_EQ(changes.size(), report.changes.size());
    Session walked = before;
    const auto applied = apply(walked, edit_of(changes));
    ASSERT_TRUE(applied) << applied.error().message;
    ASSERT_EQ(digest(walked), digest(after));
  });
}

TEST(SessionPropertyTest, TheSameEditsGiveTheSameSessionEverywhere) {
  Session replica = Session::create({"random", 48'000});
  Session* current = &replica;
  for_random_edits([&](const Session& before, const v1::Edit& edit, const ApplyReport&, const Session& after) {
    if (digest(before) != digest(*current)) *current = before;  // the next seed
    v1::Edit travelled;
    ASSERT_TRUE(travelled.ParseFromString(edit.SerializeAsString()));
    ASSERT_TRUE(apply(*current, travelled));
    ASSERT_EQ(digest(*current), digest(after));
  });
}

TEST(SessionPropertyTest, EveryChangeHasWords) {
  for_random_edits([](const Session&, const v1::Edit&, const ApplyReport& report, const Session& after) {
    if (report.changes.empty()) return;
    const auto sentences = describe(report.changes, after);
    ASSERT_FALSE(sentences.empty());
    for (const std::string& sentence : sentences) ASSERT_FALSE(sentence.empty());
  });
}

}  // namespace
}  // namespace talkback::session
