#include "engine/effects/processor.hpp"

#include <algorithm>
#include <cmath>

#include "engine/effects/compressor.hpp"
#include "engine/effects/de_esser.hpp"
#include "engine/effects/delay.hpp"
#include "engine/effects/equaliser.hpp"
#include "engine/effects/expander.hpp"
#include "engine/effects/gate.hpp"
#include "engine/effects/limiter.hpp"
#include "engine/effects/multiband_compressor.hpp"
#include "engine/effects/reverb.hpp"
#include "engine/effects/saturation.hpp"
#include "engine/effects/transient_shaper.hpp"

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
  if (name == "gate") return std::make_unique<Gate>();
  if (name == "expander") return std::make_unique<Expander>();
  if (name == "de_esser") return std::make_unique<DeEsser>();
  if (name == "transient_shaper") return std::make_unique<TransientShaper>();
  if (name == "multiband_compressor") return std::make_unique<MultibandCompressor>();
  if (name == "saturation") return std::make_unique<Saturation>();
  return nullptr;
}

int parameter_index(std::span<const ParameterInfo> table, std::string_view name) noexcept {
  const auto found = std::ranges::find(table, name, &ParameterInfo::name);
  return found == table.end() ? -1 : static_cast<int>(found - table.begin());
}

}  // namespace talkback::effects
