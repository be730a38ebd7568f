// A difference is told by whoever set each part of it last.
#include "engine/session/attribution.hpp"

#include <gtest/gtest.h>

#include "engine/session/describe.hpp"
#include "engine/session/diff.hpp"
#include "tests/engine/session/session_fixture.hpp"

namespace talkback::session {
namespace {

TEST(AttributionTest, FieldsOfOneObjectBelongToWhoSetThemLast) {
  const Session before = small_song();
  Session now = before;
  Attribution attribution;
  const auto edit = [&](const std::string& author, const v1::Operation& operation) {
    const auto report = apply(now, edit_with(operation));
    ASSERT_TRUE(report) << report.error().message;
    attribution.note(author, report->changes);
  };
  edit("anna", set(now, kVocal, "track.fader_db", "-3"));
  edit("bert", set(now, kVocal, "track.pan", "0.5"));
  edit("bert", set(now, kVocal, "track.fader_db", "-6"));
  edit("anna", create(new_track(ObjectId{500}, "Choir", v1::Track::AUDIO)));
  edit("bert", erase(kKeys));

  const auto parts = attribution.split(diff(before, now));
  ASSERT_EQ(parts.size(), 2U);
  const Wording wording(before, now);
  EXPECT_EQ(parts[0].author, "anna");
  EXPECT_EQ(wording.describe(parts[0].changes), std::vector<std::string>{"Track \"Choir\" added"});
  EXPECT_EQ(parts[1].author, "bert");
  const auto by_bert = wording.describe(parts[1].changes);
  ASSERT_EQ(by_bert.size(), 3U);
  EXPECT_NE(by_bert[0].find("-6 dB"), std::string::npos);
}

TEST(AttributionTest, WhatNobodyNotedHasNoAuthor) {
  const Session before = small_song();
  Session now = before;
  ASSERT_TRUE(apply(now, edit_with(set(now, kVocal, "track.pan", "1"))));
  const auto parts = Attribution().split(diff(before, now));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(parts[0].author.empty());
}

}  // namespace
}  // namespace talkback::session
