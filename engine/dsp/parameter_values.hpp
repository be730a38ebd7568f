// The parameters of an effect or instrument as a table, and their values.
//
// Parameters are numbers in the unit of their table, enumerations and switches included (off below 0.5).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

enum class Taper { linear, logarithmic };

// How a value may be changed while an effect sounds. What an automation lane may move glides or steps. (While
// instruments play they are never changed but for what their lanes move: the player crosses over to another one.)
enum class Motion {
  glides,  // it may be moved at every line of the control grid, and nothing clicks
  steps,   // one of some, never between them: the effect crosses over to it by itself, from the very frame on
  jumps,   // it counts at once, or from the next prepare() or reset() on: whoever changes it crosses over to another
           // effect
};

struct ParameterInfo {
  std::string_view name;  // the path below the effect's or instrument's name in the session: "threshold_db", "band_1.q"
  std::string_view unit;
  double min = 0.0;
  double max = 1.0;
  double default_value = 0.0;
  Taper taper = Taper::linear;
  Motion motion = Motion::glides;
};

// The values of a table's parameters, kept inside their ranges.
class ParameterValues {
 public:
  explicit ParameterValues(std::span<const ParameterInfo> table);

  double operator[](int index) const noexcept { return values_[static_cast<std::size_t>(index)]; }

  // True where the value changed. [audio-thread]
  bool set(int index, double value) noexcept;

  void archive(StateArchive& state) { state(values_); }

 private:
  std::span<const ParameterInfo> table_;
  std::vector<double> values_;
};

// -1 where the table has no parameter of that name.
int parameter_index(std::span<const ParameterInfo> table, std::string_view name) noexcept;

}  // namespace talkback::dsp
