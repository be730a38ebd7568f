// An instrument: a source of sound on two channels that plays notes, with parameters, and a law in its own header.
//
// What arrives takes effect at the next frame that is rendered; the caller cuts its blocks there. Parameters are set at
// lines of the control grid only (dsp/control_grid.hpp) and glide from there. Any division into blocks then gives the
// same samples. Level and transposition are the caller's. Not shared between threads.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/dsp/parameter_values.hpp"

namespace talkback::instruments {

using dsp::ParameterInfo;
using dsp::ParameterValues;
using dsp::Taper;

class Instrument {
 public:
  virtual ~Instrument() = default;

  // Raised with every change that gives other samples.
  virtual int version() const noexcept { return 1; }

  // In the order of set(). The same for every object of an instrument.
  virtual std::span<const ParameterInfo> parameters() const noexcept { return {}; }

  // Above 0: render() takes blocks of this length only, and events wait for the next of them.
  virtual int block_frames() const noexcept { return 0; }

  // False: the past cannot be saved, only played again.
  virtual bool is_archivable() const noexcept { return true; }

  // Allocates, and resets.
  virtual void prepare(SampleRate rate) = 0;

  // pitch, number: 0 to 127; velocity: 1 to 127; value: 0 to 127, of a pitch bend -8192 to 8191. What an instrument
  // cannot do it ignores. [audio-thread]
  virtual void note_on(int pitch, int velocity) noexcept = 0;
  virtual void note_off(int pitch) noexcept = 0;
  virtual void control_change(int /*number*/, int /*value*/) noexcept {}
  virtual void pitch_bend(int /*value*/) noexcept {}
  virtual void channel_pressure(int /*value*/) noexcept {}
  virtual void key_pressure(int /*pitch*/, int /*value*/) noexcept {}
  virtual void program_change(int /*program*/) noexcept {}
  // Releases every note, held by a pedal or not. [audio-thread]
  virtual void all_notes_off() noexcept = 0;

  // Aims parameter `index` at a value, clamped to its range; NaN is ignored. [audio-thread]
  virtual void set(int /*index*/, double /*value*/) noexcept {}

  // block: two channels; replaced. [audio-thread]
  virtual void render(AudioBlock block) noexcept = 0;

  // Silent, controllers and all as prepared; every glide arrives.
  virtual void reset() noexcept = 0;

  // Everything that the past decides about the future, parameter values included, where is_archivable(). Called between
  // blocks, on a prepared instrument. Equal sounds are to give equal bytes: what has ended leaves no trace.
  virtual void archive(dsp::StateArchive& /*state*/) {}
};

// A null pointer for a name that is none, and for the SoundFont player, which needs a file; a sampler without zones.
// Names are those of Instrument.instrument in proto/talkback/v1/session.proto.
std::unique_ptr<Instrument> make_instrument(std::string_view name);

// Those that make_instrument makes.
std::vector<std::string_view> instrument_names();

}  // namespace talkback::instruments
