#include "engine/dsp/parameter_values.hpp"

#include <algorithm>
#include <cmath>

namespace talkback::dsp {

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

int parameter_index(std::span<const ParameterInfo> table, std::string_view name) noexcept {
  const auto found = std::ranges::find(table, name, &ParameterInfo::name);
  return found == table.end() ? -1 : static_cast<int>(found - table.begin());
}

}  // namespace talkback::dsp
