#include "engine/session/canonical.hpp"

#include <gtest/gtest.h>

#include "tests/engine/session/session_fixture.hpp"

namespace talkback::session {
namespace {

TEST(CanonicalTest, DigestIsAFixedValueOfTheFormat) {
  // A change of this value means that clients and servers of different builds no longer agree: raise kFormVersion
  // and kProtocolVersion with it.
  EXPECT_EQ(to_hex(digest(Session::create({"Song", 48'000}))),
            "1db39ea609cb2e0cf509e74bdab20a9803c4059e50ab6300b8dd15d117d8c64e");
}

TEST(CanonicalTest, EmptyMessagesAndNegativeZeroDoNotCount) {
  v1::Object a = new_track(kVocal, "Vocal", v1::Track::AUDIO);
  v1::Object b = a;
  b.mutable_track()->set_pan(-0.0);
  EXPECT_EQ(object_digest(a), object_digest(b));
  v1::Object c = a;
  c.mutable_insert()->mutable_equaliser();
  v1::Object d = c;
  d.mutable_insert()->mutable_equaliser()->mutable_band_3();
  EXPECT_EQ(object_digest(c), object_digest(d));
}

TEST(CanonicalTest, PresenceAndTheChoiceOfEffectCount) {
  v1::Object a;
  a.mutable_insert()->mutable_compressor();
  v1::Object b;
  b.mutable_insert()->mutable_reverb();
  EXPECT_NE(object_digest(a), object_digest(b));
  v1::Object c = a;
  c.mutable_insert()->mutable_compressor()->set_knee_db(0);
  EXPECT_NE(object_digest(a), object_digest(c));
}

TEST(CanonicalTest, DigestDoesNotDependOnTheOrderOfEdits) {
  Session a = small_song();
  Session b = small_song();
  const v1::Edit fader = edit_with(set(a, kVocal, "track.fader_db", "-3"));
  const v1::Edit pan = edit_with(set(a, kVocal, "track.pan", "0.5"));
  ASSERT_TRUE(apply(a, fader) && apply(a, pan));
  ASSERT_TRUE(apply(b, pan) && apply(b, fader));
  EXPECT_EQ(digest(a), digest(b));
}

}  // namespace
}  // namespace talkback::session
