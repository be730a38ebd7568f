// What the engine sounds like: energies of a song, kept in a file. Whoever changes them changes the sound of
// everybody's songs, raises kEngineVersion and writes the file anew: TALKBACK_WRITE_GOLDEN=1 render_test
// --gtest_filter='Golden*'.
//
// Not hashes: the mathematical functions of the system differ in last bits between processors. Compared within 1e-6.
#include <cstdlib>
#include <fstream>

#include "engine/render/engine_version.hpp"
#include "engine/render/mix_stream.hpp"
#include "tests/engine/render/render_support.hpp"

namespace talkback::render {
namespace {

constexpr int kBlockFrames = 4'000;

std::vector<double> energies(SessionBuilder& builder, MixTap tap) {
  auto stream = MixStream::create(builder.session, {}, builder.library, tap);
  EXPECT_TRUE(stream);
  std::vector<double> result;
  AudioBuffer block(2, kBlockFrames);
  while (stream->position().count < stream->length().count) {
    EXPECT_TRUE(stream->read(block.block()));
    for (int c = 0; c < 2; ++c) {
      double energy = 0.0;
      for (const float sample : block.block().channel(c))
        energy += static_cast<double>(sample) * static_cast<double>(sample);
      result.push_back(energy);
    }
  }
  return result;
}

TEST(GoldenTest, TheSongSoundsAsItDid) {
  SessionBuilder builder;
  fill_song(builder);
  // SoundFonts are the system's, and may change with it.
  for (const v1::Object* track : builder.session.children(kRootId, v1::Object::kTrack)) {
    if (track->track().kind() == v1::Track::INSTRUMENT)
      builder.change_track(session::id_of(*track), [](v1::Track& t) { t.set_mute(true); });
  }
  std::vector<double> now = energies(builder, MixTap::mix);
  for (const double energy : energies(builder, MixTap::master)) now.push_back(energy);
  for (const auto& fill : {fill_electric_piano, fill_drum_machine, fill_sampler}) {
    SessionBuilder song;
    fill(song);
    for (const double energy : energies(song, MixTap::mix)) now.push_back(energy);
  }

  const std::string place = TALKBACK_SOURCE_DIR "/tests/engine/render/golden_song.txt";
  if (std::getenv("TALKBACK_WRITE_GOLDEN") != nullptr) {
    std::ofstream file(place, std::ios::trunc);
    file.precision(12);
    file << kEngineVersion << "\n";
    for (const double energy : now) file << energy << "\n";
  }
  std::ifstream file(place);
  std::string version;
  std::getline(file, version);
  EXPECT_EQ(version, kEngineVersion);
  std::vector<double> golden;
  for (double energy = 0.0; file >> energy;) golden.push_back(energy);
  ASSERT_EQ(now.size(), golden.size());
  for (std::size_t i = 0; i < now.size(); ++i)
    EXPECT_NEAR(now[i], golden[i], 1e-6 * (1.0 + golden[i])) << "block " << i;
}

}  // namespace
}  // namespace talkback::render
