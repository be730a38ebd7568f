#include "engine/media/midi_file.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace talkback::media {
namespace {

std::string chunk(std::string_view type, const std::string& body) {
  const auto size = static_cast<std::uint32_t>(body.size());
  std::string result(type);
  for (int shift = 24; shift >= 0; shift -= 8) result.push_back(static_cast<char>(size >> shift & 0xff));
  return result + body;
}

using namespace std::string_literals;

TEST(MidiFileTest, ReadsNotesTempoSignatureAndClosesHangingNotes) {
  const TemporaryFolder folder;
  const std::string track = "\x00\xff\x03\x04Lead"s + "\x00\xff\x51\x03\x07\xa1\x20"s +
                            "\x00\xff\x58\x04\x03\x02\x18\x08"s + "\x00\xc0\x05"s + "\x00\x90\x3c\x40"s +
                            "\x60\x80\x3c\x00"s +                        // a quarter at division 96
                            "\x00\x90\x3e\x50"s + "\x30\x90\x3e\x00"s +  // an eighth, ended by velocity 0
                            "\x00\xe0\x00\x60"s + "\x00\x90\x40\x60"s + "\x60\xff\x2f\x00"s;
  const auto path = folder.write("a.mid", chunk("MThd", "\x00\x00\x00\x01\x00\x60"s) + chunk("MTrk", track));
  const auto file = read_midi_file(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->division, 96);
  ASSERT_EQ(file->tempos.size(), 1U);
  EXPECT_NEAR(file->tempos[0].bpm, 120.0, 1e-9);
  ASSERT_EQ(file->signatures.size(), 1U);
  EXPECT_EQ(file->signatures[0].numerator, 3);
  ASSERT_EQ(file->tracks.size(), 1U);
  const MidiTrack& lead = file->tracks[0];
  EXPECT_EQ(lead.name, "Lead");
  EXPECT_EQ(lead.program, 5);
  ASSERT_EQ(lead.notes.size(), 3U);
  EXPECT_EQ(lead.notes[0], (MidiNote{{0}, {kTicksPerQuarter}, 60, 64}));
  EXPECT_EQ(lead.notes[1], (MidiNote{{kTicksPerQuarter}, {kTicksPerQuarter / 2}, 62, 80}));
  EXPECT_EQ(lead.notes[2].pitch, 64);
  EXPECT_EQ(file->closed_notes, 1);
  ASSERT_EQ(lead.controllers.size(), 1U);
  EXPECT_EQ(lead.controllers[0].value, 4'096);
}

// Whole, in two pieces, an escape that is none, one of a track that plays nothing; then one that is cut short.
TEST(MidiFileTest, SystemExclusiveMessagesGoToWhatTheirTrackPlays) {
  const TemporaryFolder folder;
  const std::string first = "\x00\xf0\x02\x11\xf7"s;
  const std::string second =
      "\x60\xf0\x03\x7e\x01\x02\x00\xf7\x02\x03\xf7\x00\xf7\x01\xfe\x00\x91\x3c\x40\x30\x81\x3c\x00"s +
      "\x00\xf0\x01\x05"s;
  const auto path =
      folder.write("a.mid", chunk("MThd", "\x00\x01\x00\x02\x00\x60"s) + chunk("MTrk", first) + chunk("MTrk", second));
  const auto file = read_midi_file(path);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tracks.size(), 1U);
  EXPECT_EQ(file->tracks[0].exclusives,
            (std::vector<MidiSystemExclusive>{{{0}, {0xf0, 0x11, 0xf7}},
                                              {{kTicksPerQuarter}, {0xf0, 0x7e, 0x01, 0x02, 0x03, 0xf7}}}));
  EXPECT_EQ(file->tracks[0].notes.size(), 1U);
  EXPECT_EQ(file->lost_exclusives, 1);
}

TEST(MidiFileTest, SystemExclusiveThatIsTooLongOrNoneIsCounted) {
  const TemporaryFolder folder;
  const std::string note = "\x00\x90\x3c\x40\x60\x80\x3c\x00"s;
  const auto lost = [&](const std::string& events) {
    const auto file = read_midi_file(
        folder.write("a.mid", chunk("MThd", "\x00\x00\x00\x01\x00\x60"s) + chunk("MTrk", events + note)));
    EXPECT_TRUE(file && file->tracks.size() == 1 && file->tracks[0].notes.size() == 1);
    return file->lost_exclusives;
  };
  EXPECT_EQ(lost("\x00\xf0\xbf\x7f"s + std::string(8'190, '\x01') + "\xf7"), 0) << "8,192 bytes in all";
  EXPECT_EQ(lost("\x00\xf0\xc0\x00"s + std::string(8'191, '\x01') + "\xf7"), 1);
  EXPECT_EQ(lost("\x00\xf0\x03\x01\x90\xf7"s), 1) << "a status within";
  EXPECT_EQ(lost("\x00\xf0\x01\x01\x00\xf0\x02\x01\xf7"s), 1) << "another begins";
}

TEST(MidiFileTest, WhatIsNoMidiFileIsRefused) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_midi_file(folder / "none.mid").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_midi_file(folder.write("a.mid", "")).error().code, ErrorCode::corrupt);
  EXPECT_EQ(read_midi_file(folder.write("a.mid", std::string(500, 'x'))).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace talkback::media
