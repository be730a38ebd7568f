// A keyboard that plays to what it hears, over a JACK server without hardware: what it plays must lie where it heard
// it.
#include <signal.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

constexpr double kBpm = 97.0;
constexpr std::int64_t kTicksPerBeat = 1'612'800;
constexpr double kFramesPerBeat = 48'000 * 60 / kBpm;
constexpr int kMillisecond = 48;  // frames

struct Setting {
  int period = 256;
  int delay = 500;
  int key_frames = 0;
};

std::string name_of(const ::testing::TestParamInfo<Setting>& info) {
  return "Period" + std::to_string(info.param.period) + "Delay" + std::to_string(info.param.delay) + "Key" +
         std::to_string(info.param.key_frames);
}

class MidiTest : public ClientTest {
 protected:
  void set_up(const Setting& setting, const std::string& instrument = "electric_piano") {
    card.emplace(folder, setting.period, setting.delay);
    setting_ = setting;
    create_song();
    anna.environment.insert(card->environment().begin(), card->environment().end());
    anna.succeed({"edit", "Song", "session.tail_s=0", "+session.tempo position=1 bpm=97",
                  "+session.track name=Piano kind=instrument", "+Piano." + instrument});
  }

  // The card's own way and a period, three fifths of it behind the loudspeaker (virtual_card.cpp).
  int loudspeaker_frames() const {
    const int whole = setting_.delay + setting_.period;
    return whole - whole * 2 / 5;
  }

  Program keyboard(std::vector<std::string> more = {}) {
    std::vector<std::string> words{TALKBACK_BINARY_DIR "/talkback-virtual-keyboard", "--server",
                                   card->environment().at("JACK_DEFAULT_SERVER"), "--latency",
                                   std::to_string(setting_.key_frames)};
    words.insert(words.end(), more.begin(), more.end());
    Program program(words, card->environment(), folder / ("keyboard" + std::to_string(++keyboards_)));
    EXPECT_TRUE(program.says("ready"));
    return program;
  }
  Program keyboard_that_listens(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--listen-to", "talkback:out_0", "--loudspeaker", std::to_string(loudspeaker_frames())});
    return keyboard(more);
  }
  static void end(Program& program) {
    program.signal(SIGTERM);
    static_cast<void>(program.wait());
  }

  struct Played {
    nlohmann::json clip;
    std::vector<nlohmann::json> notes;
    std::vector<nlohmann::json> controllers;
    std::vector<nlohmann::json> exclusives;
  };
  // The clips of the track in their order, with what they play in the order of time.
  std::vector<Played> played() {
    const auto objects = anna.ask({"session", "show", "Song"})["objects"];
    std::vector<Played> clips;
    for (const auto& object : objects) {
      if (!object.contains("midi_clip")) continue;
      Played one{object["midi_clip"], {}, {}, {}};
      for (const auto& child : objects) {
        if (child.value("parent_id", "") != object["id"]) continue;
        if (child.contains("note")) one.notes.push_back(child["note"]);
        if (child.contains("controller")) one.controllers.push_back(child["controller"]);
        if (child.contains("system_exclusive")) one.exclusives.push_back(child["system_exclusive"]);
      }
      for (auto* list : {&one.notes, &one.controllers}) std::ranges::stable_sort(*list, {}, &ticks);
      clips.push_back(std::move(one));
    }
    std::ranges::sort(clips, {}, [](const Played& clip) { return clip.clip["name"].get<std::string>(); });
    return clips;
  }
  static std::int64_t ticks(const nlohmann::json& object) { return number(object, "position_ticks"); }
  // 64-bit integers are texts in JSON; 0 is left out.
  static std::int64_t number(const nlohmann::json& object, const char* name) {
    if (!object.contains(name)) return 0;
    return object[name].is_string() ? std::stoll(object[name].get<std::string>()) : object[name].get<std::int64_t>();
  }

  std::optional<SoundCard> card;

 private:
  Setting setting_;
  int keyboards_ = 0;
};

class MidiRecordTest : public MidiTest, public ::testing::WithParamInterface<Setting> {};

// The promise is a millisecond; where JACK gives the times it is the frame, but for the rounding of beats to frames.
TEST_P(MidiRecordTest, NotesPlayedToTheClickLieOnTheBeats) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up(GetParam());
  Program keys = keyboard_that_listens({"--controllers", "--exclusive", "300"});
  const auto recorded = anna.ask({"midi", "record", "Song", "--track", "Piano", "--input", "keyboard:out", "--device",
                                  "virtual-card", "--from", "2", "--to", "4", "--count-in", "1", "--click"});
  end(keys);
  EXPECT_EQ(recorded["latency_frames"], loudspeaker_frames() + GetParam().key_frames);
  EXPECT_EQ(recorded["lost_messages"], 0);
  const auto clips = played();
  ASSERT_EQ(clips.size(), 1U);
  const Played& take = clips[0];
  EXPECT_EQ(take.clip["performer"], "anna");
  EXPECT_EQ(take.clip["device"], "keyboard:out");
  EXPECT_EQ(number(take.clip, "latency_frames"), loudspeaker_frames() + GetParam().key_frames);
  EXPECT_EQ(number(take.clip, "length_ticks"), 8 * kTicksPerBeat);
  EXPECT_EQ(ticks(take.clip), 4 * kTicksPerBeat);
  ASSERT_EQ(take.notes.size(), 8U);
  double worst = 0.0;
  for (std::size_t n = 0; n < 8; ++n) {
    const double beats = static_cast<double>(ticks(take.notes[n])) / static_cast<double>(kTicksPerBeat);
    worst = std::max(worst, std::abs(beats - static_cast<double>(n)) * kFramesPerBeat);
  }
  std::cout << "worst distance of a note from its beat: " << worst << " frames\n";
  RecordProperty("worst_frames", std::to_string(worst));
  EXPECT_LE(worst, 1.0) << "frames; a millisecond is " << kMillisecond;
  for (const auto& note : take.notes)
    EXPECT_NEAR(static_cast<double>(number(note, "length_ticks")) / static_cast<double>(kTicksPerBeat) * kFramesPerBeat,
                4'800, 1.0);
  // Wheel, bend and two pressures a note; what was set in the count-in holds at the start.
  EXPECT_GE(take.controllers.size(), 32U);
  ASSERT_EQ(take.exclusives.size(), 1U);
  EXPECT_EQ(take.exclusives[0]["data"].get<std::string>().size(), 600U);
}

INSTANTIATE_TEST_SUITE_P(Cards, MidiRecordTest,
                         ::testing::Values(Setting{256, 500, 0}, Setting{64, 0, 37}, Setting{1'024, 500, 0}), name_of);

TEST_F(MidiTest, EveryPassOfALoopIsAClipAndTheLastSounds) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({64, 0, 0});
  Program keys = keyboard_that_listens();
  const auto recorded = anna.ask({"midi", "record", "Song", "--track", "Piano", "--input", "keyboard", "--device",
                                  "virtual-card", "--to", "2", "--count-in", "1", "--click", "--loop", "3"});
  end(keys);
  EXPECT_EQ(recorded["clips"], 3);
  const auto clips = played();
  ASSERT_EQ(clips.size(), 3U);
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(clips[n].clip.value("mute", false), n < 2);
    ASSERT_EQ(clips[n].notes.size(), 4U) << n;
    for (std::size_t beat = 0; beat < 4; ++beat)
      EXPECT_NEAR(
          static_cast<double>(ticks(clips[n].notes[beat])) / static_cast<double>(kTicksPerBeat) * kFramesPerBeat,
          static_cast<double>(beat) * kFramesPerBeat, 1.0);
  }
}

TEST_F(MidiTest, APulledCableEndsItsNotesAndWhatComesAfterIsHeard) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({256, 0, 0});
  // The fourth strike, the last of the count-in, and those after it are held; after the sixth the port goes and comes.
  Program keys = keyboard_that_listens({"--hold-from", "5", "--pull-after", "6", "--plug-in-again"});
  const auto recorded = anna.ask({"midi", "record", "Song", "--track", "Piano", "--input", "keyboard", "--device",
                                  "virtual-card", "--to", "3", "--count-in", "1", "--click", "--monitor", "off"});
  end(keys);
  EXPECT_GE(recorded["losses"], 1);
  const auto clips = played();
  ASSERT_EQ(clips.size(), 1U);
  const auto& notes = clips[0].notes;
  ASSERT_GE(notes.size(), 6U);
  const double second_end =
      static_cast<double>(ticks(notes[1]) + number(notes[1], "length_ticks")) / static_cast<double>(kTicksPerBeat);
  EXPECT_LT(second_end, 2.0) << "it ends where the cable was pulled, not with the clip";
  EXPECT_GT(second_end, 1.0);
  EXPECT_EQ(ticks(notes[0]) + number(notes[0], "length_ticks"), ticks(notes[1]) + number(notes[1], "length_ticks"));
}

// Killed while it records: everything up to 250 ms before is there, and becomes a clip once.
TEST_F(MidiTest, AKilledRecordingIsRecovered) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({256, 0, 0});
  Program keys = keyboard_that_listens();
  Program recording = anna.start(
      {"midi", "record", "Song", "--track", "Piano", "--input", "keyboard", "--device", "virtual-card", "--click"});
  ASSERT_TRUE(recording.says("Recording keyboard:out", ".err"));
  while (bytes_of(folder / "keyboard1.out").find("strike") == std::string::npos) std::this_thread::yield();
  for (int strikes = 0; strikes < 5;
       strikes = static_cast<int>(std::ranges::count(bytes_of(folder / "keyboard1.out"), '\n')))
    std::this_thread::yield();
  EXPECT_EQ(anna.ask({"midi", "recover"}).size(), 0U) << "it is being written";
  recording.signal(SIGKILL);
  EXPECT_EQ(recording.wait().code, 128 + SIGKILL);
  end(keys);
  const auto left = anna.ask({"midi", "recover"});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0]["track"], "Piano");
  EXPECT_GE(left[0]["notes"], 3);
  const auto recovered = anna.ask({"midi", "recover", "Song"});
  ASSERT_EQ(recovered.size(), 1U);
  EXPECT_EQ(recovered[0]["clips"], 1);
  EXPECT_EQ(anna.ask({"midi", "recover", "Song"}).size(), 0U);
  const auto clips = played();
  ASSERT_EQ(clips.size(), 1U);
  ASSERT_GE(clips[0].notes.size(), 3U);
  for (std::size_t n = 0; n < clips[0].notes.size(); ++n)
    EXPECT_NEAR(static_cast<double>(ticks(clips[0].notes[n])) / static_cast<double>(kTicksPerBeat) * kFramesPerBeat,
                static_cast<double>(n) * kFramesPerBeat, 1.0);
}

// Strikes at distances of 24,000 frames, which nobody records; they come into the song with those distances.
TEST_F(MidiTest, WhatWasJustPlayedIsCaptured) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({256, 0, 0});
  EXPECT_EQ(anna.run({"midi", "capture", "Song", "--track", "Piano"}).code, 3);
  Program listening_later = keyboard({"--every", "24000", "--strikes", "6", "--exclusive", "300"});
  Program listening = anna.start({"midi", "listen", "--input", "keyboard", "--json"});
  ASSERT_TRUE(listening.says("Listening to keyboard:out", ".err"));
  while (std::ranges::count(bytes_of(folder / "keyboard1.out"), '\n') < 7) std::this_thread::yield();
  // While it goes on: once the last note has been released.
  while (anna.run({"midi", "capture", "Song", "--track", "Piano", "--at", "3"}).out.find("ended with") !=
         std::string::npos)
    anna.succeed({"undo", "Song"});
  listening.signal(SIGINT);
  const Outcome outcome = listening.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GE(outcome.json()["notes"], 1);
  end(listening_later);
  const auto clips = played();
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_EQ(ticks(clips[0].clip), 8 * kTicksPerBeat);
  EXPECT_EQ(clips[0].clip["device"], "keyboard:out");
  const auto& notes = clips[0].notes;
  ASSERT_GE(notes.size(), 2U);
  for (std::size_t n = 0; n < notes.size(); ++n) {
    EXPECT_NEAR(static_cast<double>(ticks(notes[n])) / static_cast<double>(kTicksPerBeat) * kFramesPerBeat,
                static_cast<double>(n) * 24'000, 1.0);
    EXPECT_NEAR(
        static_cast<double>(number(notes[n], "length_ticks")) / static_cast<double>(kTicksPerBeat) * kFramesPerBeat,
        4'800, 1.0);
  }
  // Again, but only what came last.
  EXPECT_EQ(anna.ask({"midi", "capture", "Song", "--track", "Piano", "--last", "0.2"})["notes"], 1);
}

// Played along with the song, it lies where the song was then.
TEST_F(MidiTest, WhatWasPlayedAlongIsCapturedWhereTheSongWas) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({256, 500, 0});
  // A pulse at every beat of four bars, which the keyboard plays to.
  std::vector<float> pulses(16 * 30'000);
  for (int beat = 0; beat < 16; ++beat) std::fill_n(pulses.begin() + std::lround(beat * kFramesPerBeat), 100, 0.9F);
  anna.succeed({"import", "Song", write_wav("pulses.wav", pulses)});
  Program keys = keyboard_that_listens();
  anna.succeed({"play", "Song", "--midi", "keyboard", "--from", "2", "--to", "4", "--device", "virtual-card"});
  end(keys);
  const auto captured = anna.ask({"midi", "capture", "Song", "--track", "Piano"});
  EXPECT_EQ(captured["with_song"], true);
  EXPECT_EQ(captured["position"], "2");
  const auto clips = played();
  const auto taken = std::ranges::find_if(clips, [](const Played& clip) { return !clip.notes.empty(); });
  ASSERT_NE(taken, clips.end());
  EXPECT_EQ(ticks(taken->clip), 4 * kTicksPerBeat);
  ASSERT_GE(taken->notes.size(), 6U);
  double worst = 0.0;
  for (const auto& note : taken->notes) {
    const double beats = static_cast<double>(ticks(note)) / static_cast<double>(kTicksPerBeat);
    // The first is faded in, or was missed.
    if (beats > 0.5) worst = std::max(worst, std::abs(beats - std::round(beats)) * kFramesPerBeat);
  }
  std::cout << "worst distance of a note from its beat: " << worst << " frames\n";
  EXPECT_LE(worst, 1.0) << "frames";
}

// The keyboard sounds through the track though the song is silent, each note as long after its key as any other.
TEST_F(MidiTest, AKeyboardIsHeardThroughItsTrackWithoutJitter) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({256, 0, 0}, "drum_machine");
  anna.succeed({"edit", "Song", "Piano.drum_machine.gain_db=6"});
  // At distances that fall anywhere in a period.
  Program keys = keyboard({"--every", "24037", "--pitch", "38", "--hold", "1000"});
  Program ear = keyboard_that_listens({"--name", "ear"});
  Program listening = anna.start(
      {"midi", "listen", "Song", "--track", "Piano", "--input", "keyboard:out", "--device", "virtual-card", "--json"});
  ASSERT_TRUE(listening.says("Listening to keyboard:out", ".err"));
  const auto strikes = [&](int program) {
    std::vector<std::int64_t> frames;
    std::istringstream lines(bytes_of(folder / ("keyboard" + std::to_string(program) + ".out")));
    for (std::string word; lines >> word;)
      if (word == "strike" && lines >> word) frames.push_back(std::stoll(word));
    return frames;
  };
  while (strikes(2).size() < 8) std::this_thread::yield();
  listening.signal(SIGINT);
  const Outcome outcome = listening.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GE(outcome.json()["notes"], 8);
  end(keys);
  end(ear);
  const auto struck = strikes(1);
  std::vector<std::int64_t> delays;
  for (const std::int64_t heard : strikes(2)) {
    const auto after = std::ranges::upper_bound(struck, heard);
    if (after != struck.begin()) delays.push_back(heard - *(after - 1));
  }
  ASSERT_GE(delays.size(), 8U);
  // The first sound may have been met in its midst.
  const auto [least, most] = std::minmax_element(delays.begin() + 1, delays.end());
  std::cout << "from the key to the ear " << *least << " to " << *most << " frames\n";
  EXPECT_LE(*most - *least, kMillisecond);
  EXPECT_LE(*most, 3 * 256 + kMillisecond);
}

// The JACK server dies, and with it card and keyboard: what was played is stored, and nobody waits.
TEST_F(MidiTest, AServerOfSoundThatDiesTakesNothingAlong) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({256, 0, 0});
  const Environment environment = card->environment();
  card.reset();
  Program jack = SoundCard::start_server(folder, 256);
  const std::string jack_name = environment.at("JACK_DEFAULT_SERVER");
  Program hardware({TALKBACK_BINARY_DIR "/talkback-virtual-card", "--server", jack_name, "--delay", "0"}, environment,
                   folder / "hardware");
  ASSERT_TRUE(hardware.says("ready"));
  Program keys({TALKBACK_BINARY_DIR "/talkback-virtual-keyboard", "--server", jack_name, "--every", "12000"},
               environment, folder / "keys");
  ASSERT_TRUE(keys.says("ready"));
  Program recording = anna.start({"midi", "record", "Song", "--track", "Piano", "--device", "virtual-card", "--json"});
  ASSERT_TRUE(recording.says("Recording keyboard:out", ".err"));
  const auto strikes = [&] { return std::ranges::count(bytes_of(folder / "keys.out"), '\n'); };
  const auto before = strikes();
  while (strikes() < before + 6) std::this_thread::yield();
  jack.signal(SIGKILL);
  const Outcome outcome = recording.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("the sound card stopped"), std::string::npos) << outcome.err;
  EXPECT_GE(outcome.json()["notes"], 3);
  EXPECT_EQ(played().size(), 1U);
}

TEST_F(MidiTest, MistakesAreToldWithWhatToDo) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  set_up({256, 0, 0});
  const auto fails = [&](std::vector<std::string> words, int code, const std::string& says) {
    words.insert(words.begin(), {"midi", "record", "Song"});
    const Outcome outcome = anna.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
  };
  fails({"--track", "Piano"}, 3, "MIDI input");
  fails({"--track", "Flute"}, 3, "there are Piano");
  fails({"--track", "Piano", "--loop", "2"}, 4, "--to");
  fails({"--track", "Piano", "--from", "4", "--to", "2"}, 4, "--to");
  Program one = keyboard({"--every", "48000"});
  fails({"--track", "Piano", "--input", "organ"}, 3, "keyboard:out");
  fails({"--track", "Piano", "--device", "none"}, 3, "virtual-card");
  Program two = keyboard({"--every", "48000", "--name", "second"});
  fails({"--track", "Piano"}, 4, "--input");
  const auto ports = anna.ask({"midi", "devices"});
  EXPECT_EQ(ports["ports"].size(), 2U);
  end(one);
  end(two);
  EXPECT_FALSE(std::filesystem::exists(anna.home() / "takes")) << "nothing was recorded";
}

}  // namespace
}  // namespace talkback::test
