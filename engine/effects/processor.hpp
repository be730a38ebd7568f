// An effect: a processor of sound in place, with parameters, and a law in its own header.
//
// Parameters (dsp/parameter_values.hpp) are set at lines of the control grid only (dsp/control_grid.hpp) and glide from
// there: any division of a sound into blocks then gives the same samples. What steps may be set at any frame. reset()
// makes every glide and every crossing arrive and forgets the past. Not shared between threads.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/dsp/parameter_values.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::effects {

using dsp::Motion;
using dsp::parameter_index;
using dsp::ParameterInfo;
using dsp::ParameterValues;
using dsp::Taper;

class Processor {
 public:
  virtual ~Processor() = default;

  // In the order of set(). The same for every object of an effect.
  virtual std::span<const ParameterInfo> parameters() const noexcept = 0;

  // channels: 1 or 2. Allocates, and resets.
  virtual void prepare(SampleRate rate, int channels) = 0;

  // Aims parameter `index` at a value, clamped to its range; NaN is ignored. [audio-thread]
  virtual void set(int index, double value) noexcept = 0;

  // In place, any number of frames. [audio-thread]
  virtual void process(AudioBlock block) noexcept = 0;

  virtual void reset() noexcept = 0;

  // The same, steered by another sound (one or two channels, as many frames) where has_side_chain(). [audio-thread]
  virtual void process_keyed(AudioBlock block, ConstAudioBlock /*key*/) noexcept { process(block); }
  virtual bool has_side_chain() const noexcept { return false; }

  // Makes stereo out of a mono sound: a mono track is then given to it on two channels.
  virtual bool spreads() const noexcept { return false; }

  // Everything that the past decides about the future, parameter values included (dsp/state_archive.hpp). Called
  // between blocks, on a prepared processor.
  virtual void archive(dsp::StateArchive& state) = 0;

  // By how much the sound comes out late. Constant between prepare and the next prepare.
  virtual Frames latency() const noexcept { return {0}; }

  // How much a dynamics effect takes away now, in dB, 0 or above; of bands, the most. Infinite: silence. [audio-thread]
  virtual double gain_reduction_db() const noexcept { return 0.0; }

  // How long sound goes on after the input has ended, until it is 60 dB down.
  virtual Frames tail() const noexcept { return {0}; }
};

// nullopt-like: a null pointer for a name that is no effect. Names are those of Insert.effect in
// proto/talkback/v1/session.proto.
std::unique_ptr<Processor> make_effect(std::string_view name);

// All of them, kind by kind.
std::vector<std::string_view> effect_names();

}  // namespace talkback::effects
