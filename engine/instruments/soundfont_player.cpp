#include "engine/instruments/soundfont_player.hpp"

#include <fluidsynth.h>
#include <fmt/format.h>

#include <array>

namespace talkback::instruments {

namespace {

constexpr int kChannel = 0;
constexpr int kDrumBank = 128;
// Of FluidSynth: one voice at full velocity then stays well below full scale.
constexpr double kSynthGain = 0.5;

struct SettingsCloser {
  void operator()(fluid_settings_t* settings) const noexcept { delete_fluid_settings(settings); }
};
struct SynthCloser {
  void operator()(fluid_synth_t* synth) const noexcept { delete_fluid_synth(synth); }
};

void say_nothing(int, const char*, void*) {}

void silence_log() {
  static const bool done = [] {
    for (const int level : {FLUID_PANIC, FLUID_ERR, FLUID_WARN, FLUID_INFO, FLUID_DBG})
      fluid_set_log_function(level, say_nothing, nullptr);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

struct SoundFontPlayer::State {
  // The synth uses its settings until it is gone.
  std::unique_ptr<fluid_settings_t, SettingsCloser> settings;
  std::unique_ptr<fluid_synth_t, SynthCloser> synth;
  int font = 0;
  SoundFontProgram program;

  void select_program() noexcept {
    if (program.drums) fluid_synth_set_channel_type(synth.get(), kChannel, CHANNEL_TYPE_DRUM);
    const int bank = program.drums ? kDrumBank : program.bank;
    if (fluid_synth_program_select(synth.get(), kChannel, font, bank, program.program) == FLUID_OK) return;
    // The font lacks this variation: its main bank has the instrument.
    fluid_synth_program_select(synth.get(), kChannel, font, program.drums ? kDrumBank : 0,
                               program.drums ? 0 : program.program);
  }
};

Result<std::filesystem::path> default_soundfont() {
  constexpr std::array<const char*, 5> kPlaces = {
      "/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/default-GM.sf2",
      "/usr/share/soundfonts/default.sf2", "/usr/share/sounds/sf2/TimGM6mb.sf2",
      "/usr/share/sounds/sf3/default-GM.sf3"};
  for (const char* place : kPlaces) {
    std::error_code ignored;
    if (std::filesystem::exists(place, ignored)) return std::filesystem::path(place);
  }
  return Error{ErrorCode::not_found, "No General MIDI SoundFont is installed (Debian: fluid-soundfont-gm)."};
}

SoundFontPlayer::SoundFontPlayer(std::unique_ptr<State> state) : state_(std::move(state)) {}
SoundFontPlayer::~SoundFontPlayer() = default;
SoundFontPlayer::SoundFontPlayer(SoundFontPlayer&&) noexcept = default;
SoundFontPlayer& SoundFontPlayer::operator=(SoundFontPlayer&&) noexcept = default;

Result<SoundFontPlayer> SoundFontPlayer::create(const std::filesystem::path& soundfont, SampleRate rate,
                                                SoundFontProgram program) {
  constexpr int kRateHzMax = 96'000;
  if (rate.hz > kRateHzMax) {
    return Error{ErrorCode::invalid,
                 fmt::format("Instruments play at rates up to {} Hz, not {} Hz.", kRateHzMax, rate.hz)};
  }
  std::error_code code;
  if (!std::filesystem::is_regular_file(soundfont, code))
    return Error{ErrorCode::not_found, "The SoundFont is missing."};
  silence_log();
  auto state = std::make_unique<State>();
  state->settings.reset(new_fluid_settings());
  fluid_settings_t* settings = state->settings.get();
  fluid_settings_setnum(settings, "synth.sample-rate", rate.hz);
  fluid_settings_setnum(settings, "synth.gain", kSynthGain);
  fluid_settings_setint(settings, "synth.polyphony", kVoicesMax);
  fluid_settings_setint(settings, "synth.reverb.active", 0);
  fluid_settings_setint(settings, "synth.chorus.active", 0);
  fluid_settings_setint(settings, "synth.lock-memory", 0);
  fluid_settings_setint(settings, "synth.dynamic-sample-loading", 1);
  fluid_settings_setint(settings, "synth.threadsafe-api", 0);
  fluid_settings_setint(settings, "synth.cpu-cores", 1);
  state->synth.reset(new_fluid_synth(settings));
  if (!state->synth) return Error{ErrorCode::internal, "The synthesizer does not start."};
  state->font = fluid_synth_sfload(state->synth.get(), soundfont.c_str(), 0);
  if (state->font == FLUID_FAILED) return Error{ErrorCode::corrupt, "The SoundFont cannot be read."};
  state->program = program;
  state->select_program();
  return SoundFontPlayer(std::move(state));
}

void SoundFontPlayer::note_on(int pitch, int velocity) noexcept {
  fluid_synth_noteon(state_->synth.get(), kChannel, pitch, velocity);
}
void SoundFontPlayer::note_off(int pitch) noexcept { fluid_synth_noteoff(state_->synth.get(), kChannel, pitch); }
void SoundFontPlayer::control_change(int number, int value) noexcept {
  fluid_synth_cc(state_->synth.get(), kChannel, number, value);
}
void SoundFontPlayer::pitch_bend(int value) noexcept {
  fluid_synth_pitch_bend(state_->synth.get(), kChannel, value + 8192);
}
void SoundFontPlayer::channel_pressure(int value) noexcept {
  fluid_synth_channel_pressure(state_->synth.get(), kChannel, value);
}
void SoundFontPlayer::key_pressure(int pitch, int value) noexcept {
  fluid_synth_key_pressure(state_->synth.get(), kChannel, pitch, value);
}
void SoundFontPlayer::program_change(int program) noexcept {
  fluid_synth_program_change(state_->synth.get(), kChannel, program);
}
void SoundFontPlayer::all_notes_off() noexcept { fluid_synth_all_notes_off(state_->synth.get(), kChannel); }

void SoundFontPlayer::reset() noexcept {
  fluid_synth_all_sounds_off(state_->synth.get(), kChannel);
  fluid_synth_system_reset(state_->synth.get());
  state_->select_program();
}

void SoundFontPlayer::render(AudioBlock block) noexcept {
  TALKBACK_CHECK(block.channel_count() == 2 && block.frame_count() == kBlockFrames);
  fluid_synth_write_float(state_->synth.get(), kBlockFrames, block.channel(0).data(), 0, 1, block.channel(1).data(), 0,
                          1);
}

}  // namespace talkback::instruments
