#include "engine/instruments/soundfont_player.hpp"

#include <fluidsynth.h>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <string_view>

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

// FluidSynth also tries other formats on what is no SoundFont, and their library writes to stderr.
bool is_soundfont(const std::filesystem::path& path) {
  std::array<char, 12> header{};
  std::ifstream file(path, std::ios::binary);
  file.read(header.data(), header.size());
  const std::string_view text(header.data(), header.size());
  return text.substr(0, 4) == "RIFF" && text.substr(8) == "sfbk";
}

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
  std::filesystem::path soundfont;
  SampleRate rate{};
  SoundFontProgram program;
  // The synth uses its settings until it is gone.
  std::unique_ptr<fluid_settings_t, SettingsCloser> settings;
  std::unique_ptr<fluid_synth_t, SynthCloser> synth;
  int font = 0;
  bool is_touched = false;

  fluid_synth_t* touch() noexcept {
    is_touched = true;
    return synth.get();
  }

  Result<void> start();

  void select_program() noexcept {
    if (program.drums) fluid_synth_set_channel_type(synth.get(), kChannel, CHANNEL_TYPE_DRUM);
    const int bank = program.drums ? kDrumBank : program.bank;
    if (fluid_synth_program_select(synth.get(), kChannel, font, bank, program.program) == FLUID_OK) return;
    // The font lacks this variation: its main bank has the instrument.
    fluid_synth_program_select(synth.get(), kChannel, font, program.drums ? kDrumBank : 0,
                               program.drums ? 0 : program.program);
  }
};

Result<void> SoundFontPlayer::State::start() {
  std::unique_ptr<fluid_settings_t, SettingsCloser> new_settings(new_fluid_settings());
  fluid_settings_t* s = new_settings.get();
  fluid_settings_setnum(s, "synth.sample-rate", rate.hz);
  fluid_settings_setnum(s, "synth.gain", kSynthGain);
  fluid_settings_setint(s, "synth.polyphony", kVoicesMax);
  fluid_settings_setint(s, "synth.reverb.active", 0);
  fluid_settings_setint(s, "synth.chorus.active", 0);
  fluid_settings_setint(s, "synth.lock-memory", 0);
  fluid_settings_setint(s, "synth.dynamic-sample-loading", 1);
  fluid_settings_setint(s, "synth.threadsafe-api", 0);
  fluid_settings_setint(s, "synth.cpu-cores", 1);
  std::unique_ptr<fluid_synth_t, SynthCloser> new_synth(new_fluid_synth(s));
  if (!new_synth) return Error{ErrorCode::internal, "The synthesizer does not start."};
  const int new_font = fluid_synth_sfload(new_synth.get(), soundfont.c_str(), 0);
  if (new_font == FLUID_FAILED) return Error{ErrorCode::corrupt, "The SoundFont cannot be read."};
  // The old synth lived until here, so that its samples stayed in FluidSynth's cache.
  synth = std::move(new_synth);
  settings = std::move(new_settings);
  font = new_font;
  is_touched = false;
  select_program();
  return {};
}

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
  if (!is_soundfont(soundfont)) return Error{ErrorCode::corrupt, "The file is no SoundFont."};
  silence_log();
  auto state = std::make_unique<State>();
  state->soundfont = soundfont;
  state->rate = rate;
  state->program = program;
  TALKBACK_TRY(state->start());
  return SoundFontPlayer(std::move(state));
}

void SoundFontPlayer::prepare(SampleRate rate) {
  TALKBACK_CHECK(rate.hz == state_->rate.hz);
  reset();
}

void SoundFontPlayer::note_on(int pitch, int velocity) noexcept {
  fluid_synth_noteon(state_->touch(), kChannel, pitch, velocity);
}
void SoundFontPlayer::note_off(int pitch) noexcept { fluid_synth_noteoff(state_->touch(), kChannel, pitch); }
void SoundFontPlayer::control_change(int number, int value) noexcept {
  fluid_synth_cc(state_->touch(), kChannel, number, value);
}
void SoundFontPlayer::pitch_bend(int value) noexcept {
  fluid_synth_pitch_bend(state_->touch(), kChannel, value + 8192);
}
void SoundFontPlayer::channel_pressure(int value) noexcept {
  fluid_synth_channel_pressure(state_->touch(), kChannel, value);
}
void SoundFontPlayer::key_pressure(int pitch, int value) noexcept {
  fluid_synth_key_pressure(state_->touch(), kChannel, pitch, value);
}
void SoundFontPlayer::program_change(int program) noexcept {
  fluid_synth_program_change(state_->touch(), kChannel, program);
}
void SoundFontPlayer::all_notes_off() noexcept { fluid_synth_all_notes_off(state_->touch(), kChannel); }

// A used synth keeps traces in its voices, which fluid_synth_system_reset leaves: only a new one sounds as new.
void SoundFontPlayer::reset() noexcept {
  if (!state_->is_touched) return;
  if (!state_->start()) {
    // The file is gone: as silent as can be.
    fluid_synth_system_reset(state_->synth.get());
    state_->select_program();
  }
}

void SoundFontPlayer::render(AudioBlock block) noexcept {
  TALKBACK_CHECK(block.channel_count() == 2 && block.frame_count() == kBlockFrames);
  fluid_synth_write_float(state_->touch(), kBlockFrames, block.channel(0).data(), 0, 1, block.channel(1).data(), 0, 1);
}

}  // namespace talkback::instruments
