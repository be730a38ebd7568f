#include "engine/session/edit_text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/base/position.hpp"
#include "engine/session/address.hpp"
#include "engine/session/describe.hpp"
#include "tests/engine/session/session_fixture.hpp"

namespace talkback::session {
namespace {

// Types the changes one after the other; the error in words, or empty.
std::string type(Session& session, std::initializer_list<const char*> changes) {
  static std::uint64_t next = 5'000;
  for (const char* change : changes) {
    const auto operation = operation_from_text(session, change, [&] { return ObjectId{next++}; });
    if (!operation) return operation.error().message;
    const auto report = apply(session, edit_with(*operation));
    if (!report) return report.error().message;
  }
  return {};
}

TEST(EditTextTest, SetsFields) {
  Session session = small_song();
  EXPECT_EQ(type(session, {"Vocal.fader_db=-3", "Vocal.pan=0.2", "session.key=G minor", "Vocal.mute=on"}), "");
  EXPECT_EQ(session.find(kVocal)->track().fader_db(), -3.0);
  EXPECT_EQ(session.settings().key(), "G minor");
}

TEST(EditTextTest, LaterChangesFindWhatEarlierOnesMade) {
  Session session = small_song();
  EXPECT_EQ(type(session, {"+session.track name=\"Slap Echo\" kind=bus", "+\"Slap Echo\".delay time_ms=110 mix=100",
                           "+Vocal.send target=\"Slap Echo\" level=-12", "Vocal.send[Slap Echo].pre_fader=on"}),
            "");
  const auto send = find_address(session, "Vocal.send[Slap Echo]");
  ASSERT_TRUE(send);
  EXPECT_EQ(session.find(send->object)->send().level_db(), -12.0);
  EXPECT_TRUE(session.find(send->object)->send().pre_fader());
}

TEST(EditTextTest, EveryPresetIsUnderstood) {
  int found = 0;
  for (const auto& folder : std::filesystem::directory_iterator(TALKBACK_SOURCE_DIR "/deploy/presets")) {
    if (!folder.is_directory()) continue;
    const std::string instrument = folder.path().filename().string();
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      std::string preset;
      std::getline(std::ifstream(file.path()), preset);
      Session session = small_song();
      EXPECT_EQ(
          type(session, {"+session.track name=Lead kind=instrument", ("+Lead." + instrument + " " + preset).c_str()}),
          "")
          << file.path();
      EXPECT_TRUE(find_address(session, "Lead." + instrument)) << file.path();
      ++found;
    }
  }
  EXPECT_GE(found, 8 + 5 + 4);
}

TEST(EditTextTest, AddsPatternsAndZones) {
  Session session = small_song();
  EXPECT_EQ(
      type(session,
           {"+Keys.drum_machine kick.tune_hz=45 gain=2", "+Keys.pattern_clip position=5 length=16 step=0.5 name=beat",
            "+Keys.pattern_clip[beat].pattern_step step=5 pitch=38 velocity=100 repeats=2", "-Keys.drum_machine",
            "+Keys.sampler",
            "+Keys.sampler.sampler_zone source=#0000000000000078 root_pitch=36 one_shot=on loop=forward"}),
      "");
  const auto clip = find_address(session, "Keys.pattern_clip[beat]");
  ASSERT_TRUE(clip);
  EXPECT_EQ(session.find(clip->object)->pattern_clip().step_ticks(), kTicksPerQuarter / 2);
  EXPECT_TRUE(find_address(session, "Keys.pattern_clip[beat].pattern_step[1].repeats"));
}

TEST(EditTextTest, AddsClipsNotesAndAutomation) {
  Session session = small_song();
  EXPECT_EQ(type(session,
                 {"+Keys.midi_clip position=5 length=16 name=hook",
                  "+Keys.midi_clip[hook].note pitch=60 velocity=90 length=1", "+Vocal.automation_lane field=fader_db",
                  "+Vocal.automation_lane[1].breakpoint position=17.3 value=-6", "+session.tempo_change bpm=128"}),
            "");
}

TEST(EditTextTest, DeletesByAddress) {
  Session session = small_song();
  EXPECT_EQ(type(session, {"-Vocal.send[Reverb]"}), "");
  EXPECT_EQ(session.find(kSend), nullptr);
}

TEST(EditTextTest, NamesMayHoldQuotesDotsAndLettersOfAnyLanguage) {
  Session session = small_song();
  for (const std::string name : {"O'Brien", "Bass.DI", "Été 夏 🎸", "5\" Tom", "a=b"}) {
    const std::string quote = name.find('"') == std::string::npos ? "\"" : "'";
    EXPECT_EQ(type(session, {("+session.track kind=audio name=" + quote + name + quote).c_str()}), "");
    const auto found = find_address(session, name);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(session.find(found->object)->track().name(), name);
  }
  EXPECT_EQ(type(session, {"O'Brien.fader_db=-3", "Bass.DI.pan=0.5", "Été 夏 🎸.mute=on"}), "");
}

TEST(EditTextTest, NameOfTwoTracksNamesNeither) {
  Session session = small_song();
  EXPECT_EQ(type(session, {"+session.track name=Bass kind=audio", "+session.track name=Bass kind=audio"}), "");
  const std::string problem = type(session, {"Bass.fader_db=-3"});
  EXPECT_NE(problem.find("2 tracks called \"Bass\""), std::string::npos) << problem;
}

TEST(EditTextTest, MistakesSayWhatToWrite) {
  Session session = small_song();
  EXPECT_NE(type(session, {"Vocal.fader_db=loud"}).find("give a number in dB"), std::string::npos);
  EXPECT_NE(type(session, {"Vocal"}).find("field=value"), std::string::npos);
  EXPECT_NE(type(session, {"+track name=x"}).find("+session.track"), std::string::npos);
  EXPECT_NE(type(session, {"+Vocal.kazoo"}).find("cannot be added"), std::string::npos);
  EXPECT_NE(type(session, {"Vocal.output_id=Nowhere"}).find("called \"Nowhere\""), std::string::npos);
}

}  // namespace
}  // namespace talkback::session
