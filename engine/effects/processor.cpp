#include "engine/effects/processor.hpp"

#include <algorithm>
#include <cmath>

#include "engine/effects/compressor.hpp"
#include "engine/effects/convolution.hpp"
#include "engine/effects/delay.hpp"
#include "engine/effects/equaliser.hpp"
#include "engine/effects/limiter.hpp"
#include "engine/effects/modulated_delay.hpp"
#include "engine/effects/phaser.hpp"
#include "engine/effects/pitch_shifter.hpp"
#include "engine/effects/reverb.hpp"
#include "engine/effects/stereo_field.hpp"
#include "engine/effects/tremolo.hpp"
#include "engine/effects/utility.hpp"

namespace talkback::effects {

ParameterValues::ParameterValues(std::span<const ParameterInfo> table) : table_(table) {
  for (const ParameterInfo& parameter : table) values_.push_back(parameter.default_value);
}

bool ParameterValues::set(int index, double value) noexcept {
  if (index < 0 || static_cast<std::size_t>(index) >= values_.size() || std::isnan(value)) return false;
  const ParameterInfo& parameter = table_[static_cast<std::size_t>(index)];
  value = std::clamp(value, parameter.min, parameter.max);
  if (values_[static_cast<std::size_t>(index)] == value) return false;
  values_[static_cast<std::size_t>(index)] = value;
  return true;
}

std::unique_ptr<Processor> make_effect(std::string_view name) {
  if (name == "equaliser") return std::make_unique<Equaliser>();
  if (name == "compressor") return std::make_unique<Compressor>();
  if (name == "delay") return std::make_unique<Delay>();
  if (name == "reverb") return std::make_unique<Reverb>();
  if (name == "limiter") return std::make_unique<Limiter>();
  if (name == "chorus") return std::make_unique<ModulatedDelay>(ModulatedDelay::Kind::chorus);
  if (name == "flanger") return std::make_unique<ModulatedDelay>(ModulatedDelay::Kind::flanger);
  if (name == "phaser") return std::make_unique<Phaser>();
  if (name == "pitch_shifter") return std::make_unique<PitchShifter>();
  if (name == "tremolo") return std::make_unique<Tremolo>();
  if (name == "convolution") return std::make_unique<Convolution>();
  if (name == "stereo_field") return std::make_unique<StereoField>();
  if (name == "utility") return std::make_unique<Utility>();
  return nullptr;
}

int parameter_index(std::span<const ParameterInfo> table, std::string_view name) noexcept {
  const auto found = std::ranges::find(table, name, &ParameterInfo::name);
  return found == table.end() ? -1 : static_cast<int>(found - table.begin());
}

}  // namespace talkback::effects
