// A server, its members at their machines, and sounds for them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/media/audio_file.hpp"
#include "tests/support/card_samples.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/wav_bytes.hpp"

namespace talkback::test {

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    for (const char* name : {"anna", "bert"}) add_user(data, name);
    server.emplace(data);
  }

  void create_song() {
    anna.sign_in(server->port());
    anna.succeed({"project", "create", "Song"});
  }
  void add_bert(const std::string& role) {
    anna.succeed({"project", "members", "Song", "--add", "bert", "--role", role});
    bert.sign_in(server->port());
  }
  std::string digest(Member& member) { return member.ask({"session", "show", "Song"})["digest"]; }
  // The bodies of the song's objects of a kind: "take", "audio_clip".
  std::vector<nlohmann::json> session_objects(const std::string& kind) {
    const nlohmann::json session = anna.ask({"session", "show", "Song"});
    std::vector<nlohmann::json> found;
    for (const auto& object : session["objects"])
      if (object.contains(kind)) found.push_back(object[kind]);
    return found;
  }
  std::string revision(Member& member) { return member.ask({"session", "show", "Song"})["revision"]; }

  // White noise at about -20 dBFS RMS.
  static std::vector<float> noise(int frames, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::vector<float> samples;
    for (int f = 0; f < frames; ++f)
      samples.push_back(0.25F * (static_cast<float>(random() % 65'536) / 32'768.0F - 1.0F));
    return samples;
  }
  // The same as a sound card gives it.
  static std::vector<float> card_noise(int frames, unsigned seed = 1) {
    std::vector<float> samples = noise(frames, seed);
    round_to_24_bits(samples);
    return samples;
  }
  std::string write_wav(const std::string& name, const std::vector<float>& samples) {
    return folder.write(name, float_wav(samples)).string();
  }
  static AudioBuffer read_sound(const std::filesystem::path& file) {
    auto reader = media::open_audio_file(file);
    EXPECT_TRUE(reader) << file;
    if (!reader) return {};
    AudioBuffer sound((*reader)->channels(), static_cast<int>((*reader)->length().count));
    EXPECT_TRUE((*reader)->read(FramePosition{0}, sound.block()));
    return sound;
  }

  TemporaryFolder folder;
  std::filesystem::path data = folder / "data";
  std::optional<ServerProcess> server;
  Member anna{folder, "anna"};
  Member bert{folder, "bert"};
};

}  // namespace talkback::test
