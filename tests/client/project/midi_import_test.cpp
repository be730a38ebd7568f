#include "client/project/midi_import.hpp"

#include <gtest/gtest.h>

#include <set>

#include "engine/session/apply.hpp"

namespace talkback::project {
namespace {

using session::Session;

media::MidiTrack part(const std::string& name, int channel) {
  media::MidiTrack track;
  track.name = name;
  track.channel = channel;
  track.program = 5;
  track.notes = {{TickPosition{0}, Ticks{kTicksPerQuarter}, 60, 100},
                 {TickPosition{kTicksPerQuarter}, Ticks{2 * kTicksPerQuarter}, 64, 80}};
  track.controllers = {{TickPosition{5 * kTicksPerQuarter}, media::MidiControllerKind::pitch_bend, 0, -8192}};
  track.exclusives = {{TickPosition{6 * kTicksPerQuarter}, {0xf0, 0x7e, 0x7f, 0x09, 0x01, 0xf7}}};
  return track;
}

media::MidiFile score() {
  media::MidiFile midi;
  midi.tempos = {{TickPosition{0}, 100.0}, {TickPosition{8 * kTicksPerQuarter}, 2'000.0}};
  midi.signatures = {{TickPosition{0}, 3, 4}};
  midi.tracks = {part("Piano", 0), part("", 9), part("Piano", 1)};
  return midi;
}

class MidiImportTest : public ::testing::Test {
 protected:
  MidiImport import(const media::MidiFile& midi) {
    MidiImport imported = import_midi(session, midi, "song");
    const auto applied = session::apply(session, imported.edit);
    EXPECT_TRUE(applied) << applied.error().message;
    return imported;
  }
  std::vector<const v1::Object*> instrument_tracks() const {
    auto tracks = session.children(kRootId, v1::Object::kTrack);
    std::erase_if(tracks, [](const v1::Object* track) { return track->track().kind() != v1::Track::INSTRUMENT; });
    return tracks;
  }
  const v1::Object& child(const v1::Object& parent, v1::Object::BodyCase kind) const {
    return *session.children(session::id_of(parent), kind).front();
  }

  Session session = Session::create({"Song", 48'000});
};

TEST_F(MidiImportTest, EachPartBecomesATrackWithItsNotes) {
  const MidiImport imported = import(score());
  EXPECT_EQ(imported.tracks, 3);
  EXPECT_EQ(imported.notes, 6);
  const auto tracks = instrument_tracks();
  ASSERT_EQ(tracks.size(), 3U);
  const v1::Object& clip = child(*tracks[0], v1::Object::kMidiClip);
  EXPECT_EQ(session.count_children(session::id_of(clip), v1::Object::kNote), 2U);
  EXPECT_EQ(session.count_children(session::id_of(clip), v1::Object::kController), 1U);
  const auto exclusives = session.children(session::id_of(clip), v1::Object::kSystemExclusive);
  ASSERT_EQ(exclusives.size(), 1U);
  EXPECT_EQ(exclusives[0]->system_exclusive().data(), "F07E7F0901F7");
  EXPECT_EQ(exclusives[0]->system_exclusive().position_ticks(), 6 * kTicksPerQuarter);
  EXPECT_GT(clip.midi_clip().length_ticks(), 6 * kTicksPerQuarter) << "the last message lies inside";
}

TEST_F(MidiImportTest, TheTenthChannelPlaysDrums) {
  import(score());
  const auto tracks = instrument_tracks();
  EXPECT_FALSE(child(*tracks[0], v1::Object::kInstrument).instrument().soundfont().drums());
  EXPECT_EQ(child(*tracks[0], v1::Object::kInstrument).instrument().soundfont().program(), 5U);
  EXPECT_TRUE(child(*tracks[1], v1::Object::kInstrument).instrument().soundfont().drums());
}

TEST_F(MidiImportTest, NamesAreUnique) {
  import(score());
  import(score());
  std::set<std::string> names;
  for (const v1::Object* track : session.children(kRootId, v1::Object::kTrack))
    EXPECT_TRUE(names.insert(track->track().name()).second) << track->track().name();
  for (const char* name : {"Piano", "Piano 2", "song", "Piano 3", "song 2", "Master"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST_F(MidiImportTest, TheTempoMapComesAlongWhereThereIsNone) {
  EXPECT_TRUE(import(score()).tempo_map);
  const auto tempos = session.children(kRootId, v1::Object::kTempo);
  ASSERT_EQ(tempos.size(), 2U);
  std::multiset<double> bpm;
  for (const v1::Object* tempo : tempos) bpm.insert(tempo->tempo().bpm());
  EXPECT_EQ(bpm, (std::multiset<double>{100.0, kTempoBpmMax})) << "held inside what the session takes";
  EXPECT_EQ(session.count_children(kRootId, v1::Object::kSignature), 1U);
}

TEST_F(MidiImportTest, AnExistingTempoMapStays) {
  import(score());
  media::MidiFile other = score();
  other.tempos = {{TickPosition{0}, 77.0}};
  EXPECT_FALSE(import(other).tempo_map);
  for (const v1::Object* tempo : session.children(kRootId, v1::Object::kTempo)) EXPECT_NE(tempo->tempo().bpm(), 77.0);
  EXPECT_EQ(session.count_children(kRootId, v1::Object::kSignature), 1U);
}

TEST_F(MidiImportTest, AScoreWithoutATempoMapTakesNoneOver) {
  media::MidiFile midi = score();
  midi.tempos.clear();
  midi.signatures.clear();
  EXPECT_FALSE(import(midi).tempo_map);
}

TEST_F(MidiImportTest, NamesOfOldCharacterSetsCanBeImported) {
  media::MidiFile midi = score();
  midi.tracks[0].name = "Klavier f\xFCr zwei";
  midi.tracks[1].name = std::string(300, 'n');
  midi.tracks[2].name = std::string("Bass\r\0", 6);
  const MidiImport imported = import(midi);
  EXPECT_TRUE(v1::Edit().ParseFromString(imported.edit.SerializeAsString()));
}

TEST_F(MidiImportTest, PartsStandBeforeTheMasterInTheirOrder) {
  import(score());
  std::vector<std::string> names;
  for (const v1::Object* track : session.children(kRootId, v1::Object::kTrack)) names.push_back(track->track().name());
  std::erase(names, "Master");
  EXPECT_EQ(names, (std::vector<std::string>{"Piano", "song", "Piano 2"}));
}

}  // namespace
}  // namespace talkback::project
