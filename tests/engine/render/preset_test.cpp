// The presets of deploy/presets: each makes an instrument that sounds at a sane level.
#include <filesystem>
#include <fstream>

#include "engine/render/mix_stream.hpp"
#include "engine/session/apply.hpp"
#include "engine/session/edit_text.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::render {
namespace {

struct Measured {
  double peak_db = -200.0;
  double mean = 0.0;
  bool is_finite = true;
};

// Two seconds of notes at a velocity of 80 (mezzo forte), together.
Measured measure(const std::string& instrument, const std::filesystem::path& preset,
                 const std::vector<std::uint32_t>& pitches) {
  SessionBuilder builder;
  const ObjectId track = builder.track("Track", v1::Track::INSTRUMENT);
  std::string words;
  std::getline(std::ifstream(preset), words);
  v1::Edit edit;
  auto operation =
      session::operation_from_text(builder.session, "+Track." + instrument + " " + words, [] { return ObjectId{77}; });
  EXPECT_TRUE(operation) << preset;
  if (!operation) return {};
  *edit.add_operations() = *operation;
  const auto applied = session::apply(builder.session, edit);
  EXPECT_TRUE(applied) << preset << ": " << applied.error().message;
  const ObjectId clip =
      builder.add(track, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(builder.ticks(96'000)); });
  for (const std::uint32_t pitch : pitches) {
    builder.add(clip, [&](v1::Object& o) {
      o.mutable_note()->set_length_ticks(builder.ticks(48'000));
      o.mutable_note()->set_pitch(pitch);
      o.mutable_note()->set_velocity(80);
    });
  }
  auto stream = MixStream::create(builder.session, {}, builder.library, MixTap::mix);
  EXPECT_TRUE(stream);
  AudioBuffer sound(2, 96'000);
  EXPECT_TRUE(stream->read(sound.block()));
  Measured result;
  float peak = 0.0F;
  for (int c = 0; c < 2; ++c) {
    for (const float sample : sound.block().channel(c)) {
      result.is_finite = result.is_finite && std::isfinite(sample);
      peak = std::max(peak, std::abs(sample));
      result.mean += static_cast<double>(sample) / 192'000.0;
    }
  }
  result.peak_db = 20.0 * std::log10(static_cast<double>(peak));
  return result;
}

int check_presets(const std::string& instrument, const std::vector<std::vector<std::uint32_t>>& chords) {
  int found = 0;
  for (const auto& file : std::filesystem::directory_iterator(TALKBACK_SOURCE_DIR "/deploy/presets/" + instrument)) {
    ++found;
    for (const auto& chord : chords) {
      const Measured measured = measure(instrument, file.path(), chord);
      const std::string which = instrument + "/" + file.path().filename().string() + " " + std::to_string(chord[0]);
      EXPECT_TRUE(measured.is_finite) << which;
      EXPECT_GT(measured.peak_db, -18.0) << which;
      EXPECT_LT(measured.peak_db, -3.0) << which;
      EXPECT_LT(std::abs(measured.mean), 5e-4) << which;
    }
  }
  return found;
}

TEST(PresetTest, ElectricPianosSoundAtASaneLevel) { EXPECT_GE(check_presets("electric_piano", {{48}, {60}, {72}}), 4); }

TEST(PresetTest, DrumKitsSoundAtASaneLevel) {
  EXPECT_GE(check_presets("drum_machine", {{36}, {38}, {39}, {42}, {46}, {45}, {49}, {51}, {56}}), 3);
}

}  // namespace
}  // namespace talkback::render
