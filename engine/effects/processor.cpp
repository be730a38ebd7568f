#include "engine/effects/processor.hpp"

#include <algorithm>

#include "engine/effects/compressor.hpp"
#include "engine/effects/convolution.hpp"
#include "engine/effects/de_esser.hpp"
#include "engine/effects/delay.hpp"
#include "engine/effects/equaliser.hpp"
#include "engine/effects/expander.hpp"
#include "engine/effects/gate.hpp"
#include "engine/effects/limiter.hpp"
#include "engine/effects/modulated_delay.hpp"
#include "engine/effects/multiband_compressor.hpp"
#include "engine/effects/phaser.hpp"
#include "engine/effects/pitch_shifter.hpp"
#include "engine/effects/reverb.hpp"
#include "engine/effects/saturation.hpp"
#include "engine/effects/stereo_field.hpp"
#include "engine/effects/transient_shaper.hpp"
#include "engine/effects/tremolo.hpp"
#include "engine/effects/utility.hpp"

namespace talkback::effects {

namespace {

struct Effect {
  std::string_view name;
  std::unique_ptr<Processor> (*make)();
};

template <class Type>
std::unique_ptr<Processor> make() {
  return std::make_unique<Type>();
}
template <ModulatedDelay::Kind kind>
std::unique_ptr<Processor> make_modulated() {
  return std::make_unique<ModulatedDelay>(kind);
}

constexpr Effect kEffects[] = {
    {"equaliser", make<Equaliser>},
    {"compressor", make<Compressor>},
    {"multiband_compressor", make<MultibandCompressor>},
    {"gate", make<Gate>},
    {"expander", make<Expander>},
    {"de_esser", make<DeEsser>},
    {"transient_shaper", make<TransientShaper>},
    {"limiter", make<Limiter>},
    {"saturation", make<Saturation>},
    {"delay", make<Delay>},
    {"reverb", make<Reverb>},
    {"convolution", make<Convolution>},
    {"chorus", make_modulated<ModulatedDelay::Kind::chorus>},
    {"flanger", make_modulated<ModulatedDelay::Kind::flanger>},
    {"phaser", make<Phaser>},
    {"tremolo", make<Tremolo>},
    {"pitch_shifter", make<PitchShifter>},
    {"stereo_field", make<StereoField>},
    {"utility", make<Utility>},
};

}  // namespace

std::unique_ptr<Processor> make_effect(std::string_view name) {
  const auto* found = std::ranges::find(kEffects, name, &Effect::name);
  return found == std::end(kEffects) ? nullptr : found->make();
}

std::vector<std::string_view> effect_names() {
  std::vector<std::string_view> names;
  for (const Effect& effect : kEffects) names.push_back(effect.name);
  return names;
}

}  // namespace talkback::effects
