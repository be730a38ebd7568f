#include "client/project/audio_import.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "engine/media/audio_file.hpp"
#include "engine/session/apply.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wav_bytes.hpp"

namespace talkback::project {
namespace {

using session::Session;
using test::float_wav;

class AudioImportTest : public ::testing::Test {
 protected:
  Result<ImportedAudio> import(std::string_view name, std::string_view bytes) {
    return read_audio(media, folder.write(name, bytes));
  }
  static const v1::Object* child(const Session& session, ObjectId parent, v1::Object::BodyCase kind) {
    const auto found = session.children(parent, kind);
    return found.empty() ? nullptr : found.front();
  }

  TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  const MediaFolder media = *MediaFolder::open(home);
  const std::vector<float> tone = std::vector<float>(4'800, 0.25F);
};

TEST_F(AudioImportTest, AFileIsKeptByteForByte) {
  const std::string bytes = float_wav(tone, 2, 44'100);
  const auto audio = import("Lead Vocal.WAV", bytes);
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_EQ(audio->name, "Lead Vocal");
  EXPECT_EQ(audio->file_name, "Lead Vocal.WAV");
  EXPECT_EQ(audio->channels, 2);
  EXPECT_EQ(audio->sample_rate_hz, 44'100);
  EXPECT_EQ(audio->length, Frames{2'400});
  EXPECT_TRUE(audio->warnings.empty());
  EXPECT_EQ(bytes_of(audio->file), bytes);
}

TEST_F(AudioImportTest, SamplesThatAreNotNumbersAreSilencedInACopy) {
  std::vector<float> damaged = tone;
  damaged[100] = std::numeric_limits<float>::quiet_NaN();
  damaged[200] = std::numeric_limits<float>::infinity();
  const std::string bytes = float_wav(damaged);
  const auto audio = import("damaged.wav", bytes);
  ASSERT_TRUE(audio) << audio.error().message;
  ASSERT_EQ(audio->warnings.size(), 1U);
  EXPECT_NE(audio->warnings[0].find("2 samples"), std::string::npos) << audio->warnings[0];
  EXPECT_EQ(bytes_of(folder / "damaged.wav"), bytes) << "the member's own file stays as it is";
  EXPECT_EQ(audio->length, Frames{4'800});
  auto reader = media::open_audio_file(audio->file);
  ASSERT_TRUE(reader);
  AudioBuffer sound(1, 4'800);
  ASSERT_TRUE((*reader)->read(FramePosition{0}, sound.block()));
  EXPECT_EQ((*reader)->not_finite(), 0);
  for (std::size_t f = 0; f < 4'800; ++f) ASSERT_EQ(sound.block().channel(0)[f], f == 100 || f == 200 ? 0.0F : 0.25F);
}

TEST_F(AudioImportTest, ACleanedCopyLeavesNothingInTheTemporaryFolder) {
  std::vector<float> damaged = tone;
  damaged[0] = std::numeric_limits<float>::quiet_NaN();
  const auto count = [] {
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
      found += entry.path().filename().string().starts_with("talkback-cleaned-" + std::to_string(::getpid())) ? 1 : 0;
    return found;
  };
  ASSERT_TRUE(import("damaged.wav", float_wav(damaged)));
  EXPECT_EQ(count(), 0);
}

TEST_F(AudioImportTest, BadFilesAreRefusedByTheirName) {
  const std::string good = float_wav(tone);
  const std::vector<std::pair<std::string, std::string>> bad{
      {"empty.wav", ""},
      {"header cut.wav", good.substr(0, 30)},
      {"no samples.wav", good.substr(0, 44)},
      {"text.wav", "Dear producer, the vocals follow tomorrow.\n"},
      {"page.flac", "<!DOCTYPE html><html>404</html>"},
      {"zeros.wav", std::string(10'000, '\0')},
  };
  for (const auto& [name, bytes] : bad) {
    const auto audio = import(name, bytes);
    ASSERT_FALSE(audio) << name;
    EXPECT_TRUE(audio.error().code == ErrorCode::corrupt || audio.error().code == ErrorCode::invalid) << name;
    EXPECT_NE(audio.error().message.find(name), std::string::npos) << audio.error().message;
  }
  const auto missing = read_audio(media, folder / "missing.wav");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("missing.wav"), std::string::npos);
}

TEST_F(AudioImportTest, AFileCutShortIsTakenWithAWarning) {
  const std::string good = float_wav(tone);
  const auto audio = import("cut.wav", good.substr(0, good.size() / 2));
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_FALSE(audio->warnings.empty());
  EXPECT_LT(audio->length, Frames{4'800});
  EXPECT_GT(audio->length, Frames{2'000});
}

TEST_F(AudioImportTest, TheEditPlacesSourceTrackAndClip) {
  const auto audio = import("Bass.wav", float_wav(tone));
  ASSERT_TRUE(audio);
  Session session = Session::create({"Song", 48'000});
  v1::Edit edit;
  add_audio_track(edit, session, *audio, TickPosition{4 * kTicksPerQuarter}, "B");
  ASSERT_TRUE(session::apply(session, edit));
  const v1::Object* source = child(session, kRootId, v1::Object::kSource);
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->source().blob_sha256(), audio->blob.sha256);
  EXPECT_EQ(source->source().length_frames(), 4'800);
  const v1::Object* track = session.children(kRootId, v1::Object::kTrack).front();
  EXPECT_EQ(track->track().name(), "Bass");
  const v1::Object* clip = child(session, ObjectId{track->id()}, v1::Object::kAudioClip);
  ASSERT_NE(clip, nullptr);
  EXPECT_EQ(clip->audio_clip().source_id(), source->id());
  EXPECT_EQ(clip->audio_clip().position_ticks(), 4 * kTicksPerQuarter);
}

TEST_F(AudioImportTest, TracksOfOneNameAreNumbered) {
  const Session session = Session::create({"Song", 48'000});
  const auto audio = import("Bass.wav", float_wav(tone));
  ASSERT_TRUE(audio);
  v1::Edit edit;
  add_audio_track(edit, session, *audio, TickPosition{0}, "B");
  EXPECT_EQ(unused_track_name(session, edit, "Bass"), "Bass 2");
  EXPECT_EQ(unused_track_name(session, edit, "Master"), "Master 2");
  EXPECT_EQ(unused_track_name(session, edit, "Drums"), "Drums");
  EXPECT_EQ(unused_track_name(session, {}, ""), "Track");
  v1::Edit nameless;
  nameless.add_operations()->mutable_create()->mutable_track()->set_name("Track");
  EXPECT_EQ(unused_track_name(session, nameless, ""), "Track 2");
}

// File systems allow what the session does not: long names, and bytes that are no UTF-8.
TEST_F(AudioImportTest, AnyFileNameCanBeImported) {
  std::string umlauts;
  while (umlauts.size() < 248) umlauts += "\xC3\xBC";
  for (const std::string& name : {std::string(250, 'n'), umlauts, "a" + umlauts, std::string("Gitarre \xFC\xFF"),
                                  std::string("tab\tand\nline")}) {
    const auto audio = import(name + ".wav", float_wav(tone));
    ASSERT_TRUE(audio) << audio.error().message;
    Session session = Session::create({"Song", 48'000});
    v1::Edit edit;
    add_audio_track(edit, session, *audio, TickPosition{0}, "B");
    const auto applied = session::apply(session, edit);
    EXPECT_TRUE(applied) << name << ": " << applied.error().message;
    EXPECT_TRUE(v1::Edit().ParseFromString(edit.SerializeAsString())) << name;
  }
}

TEST_F(AudioImportTest, EndingsAreReadWithoutTheirCase) {
  EXPECT_TRUE(looks_like_audio("a/B.WAV"));
  EXPECT_TRUE(looks_like_audio("take.Flac"));
  EXPECT_FALSE(looks_like_audio("notes.txt"));
  EXPECT_FALSE(looks_like_audio("wav"));
  EXPECT_TRUE(looks_like_midi("song.MID"));
  EXPECT_FALSE(looks_like_midi("song.wav"));
}

}  // namespace
}  // namespace talkback::project
