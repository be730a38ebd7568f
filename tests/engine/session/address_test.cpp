#include "engine/session/address.hpp"

#include <gtest/gtest.h>

#include "tests/engine/session/session_fixture.hpp"

namespace talkback::session {
namespace {

TEST(AddressTest, FindsFieldsByReadableNames) {
  const Session session = small_song();
  const auto expect = [&](const char* text, ObjectId object, const char* path) {
    const auto found = find_address(session, text);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->object, object) << text;
    EXPECT_EQ(found->field ? found->field->text() : "", path) << text;
  };
  expect("Vocal.fader_db", kVocal, "track.fader_db");
  expect("\"Vocal\".pan", kVocal, "track.pan");
  expect("Vocal.compressor.threshold_db", kCompressor, "insert.compressor.threshold_db");
  expect("Vocal.compressor.bypassed", kCompressor, "insert.bypassed");
  expect("Vocal.insert[2].equaliser.band_2.gain_db", kEqualiser, "insert.equaliser.band_2.gain_db");
  expect("Vocal.send[Reverb].level_db", kSend, "send.level_db");
  expect("Vocal.audio_clip[verse]", kClip, "");
  expect("Keys.midi_clip[1].length_ticks", kMidiClip, "midi_clip.length_ticks");
  expect("session.key", kRootId, "settings.key");
  expect("master.fader_db", kMasterId, "track.fader_db");
  expect("#0000000000000064.mute", kVocal, "track.mute");
}

TEST(AddressTest, UnknownNamesSayWhatThereIs) {
  const Session session = small_song();
  const auto track = find_address(session, "Vox.fader_db");
  ASSERT_FALSE(track);
  EXPECT_EQ(track.error().code, ErrorCode::not_found);
  EXPECT_NE(track.error().message.find("Vocal"), std::string::npos);
  const auto field = find_address(session, "Vocal.volume");
  ASSERT_FALSE(field);
  EXPECT_NE(field.error().message.find("fader_db"), std::string::npos);
  EXPECT_FALSE(find_address(session, "Vocal.send[Delay].level_db"));
  EXPECT_FALSE(find_address(session, ""));
}

TEST(AddressTest, EveryObjectsOwnAddressFindsIt) {
  const Session session = small_song();
  session.for_each([&](const v1::Object& object) {
    const auto found = find_address(session, address_of(session, object));
    ASSERT_TRUE(found) << address_of(session, object) << ": " << found.error().message;
    EXPECT_EQ(found->object, id_of(object)) << address_of(session, object);
  });
}

}  // namespace
}  // namespace talkback::session
