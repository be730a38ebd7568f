// Parameters of an instrument that are read in lines of kLineFrames.
//
// What is set is reached over the lines of one grid length (dsp/control_grid.hpp), a switch in the next line. Any
// division of the frames into blocks reads the same lines.
#pragma once

#include <algorithm>
#include <array>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/parameter_values.hpp"

namespace talkback::instruments {

inline constexpr int kLineFrames = 16;

template <int count>
class ParameterLines {
 public:
  // table: of `count` parameters, and outlives this.
  explicit ParameterLines(std::span<const dsp::ParameterInfo> table) : table_(table), values_(table) { reset(); }

  // Where the parameter stands.
  double operator[](int index) const noexcept { return lines_[static_cast<std::size_t>(index)].value; }

  void set(int index, double wanted, bool jumps) noexcept {
    if (!values_.set(index, wanted)) return;
    Line& line = lines_[static_cast<std::size_t>(index)];
    line.target = values_[index];
    line.left = jumps ? 1 : dsp::kControlFrames / kLineFrames;
  }
  // To the next line; true where anything moved.
  bool advance() noexcept {
    bool has_moved = false;
    for (Line& line : lines_) {
      if (line.left == 0) continue;
      line.value = line.left == 1 ? line.target : line.value + (line.target - line.value) / line.left;
      --line.left;
      has_moved = true;
    }
    return has_moved;
  }
  // Everything arrives.
  void reset() noexcept {
    for (int i = 0; i < count; ++i) lines_[static_cast<std::size_t>(i)] = {values_[i], values_[i], 0};
  }
  // A damaged archive leads to values inside their ranges.
  void archive(dsp::StateArchive& state) {
    state(values_, lines_);
    if (!state.is_loading()) return;
    for (int i = 0; i < count; ++i) {
      const dsp::ParameterInfo& info = table_[static_cast<std::size_t>(i)];
      Line& line = lines_[static_cast<std::size_t>(i)];
      if (!(line.value >= info.min && line.value <= info.max)) line.value = info.default_value;
      if (!(line.target >= info.min && line.target <= info.max)) line.target = info.default_value;
      line.left = std::clamp(line.left, 0, dsp::kControlFrames);
    }
  }

 private:
  struct Line {
    double value = 0.0;
    double target = 0.0;
    int left = 0;

    void archive(dsp::StateArchive& state) { state(value, target, left); }
  };

  std::span<const dsp::ParameterInfo> table_;
  dsp::ParameterValues values_;
  std::array<Line, static_cast<std::size_t>(count)> lines_;
};

// A value that moves evenly from line to line.
struct LineRamp {
  float value = 0.0F;
  float target = 0.0F;
  float step = 0.0F;

  void aim(double wanted, bool jumps) noexcept {
    value = jumps ? static_cast<float>(wanted) : target;
    target = static_cast<float>(wanted);
    step = (target - value) / kLineFrames;
  }
  float next() noexcept {
    const float now = value;
    value += step;
    return now;
  }
  bool is_silent() const noexcept { return value == 0.0F && target == 0.0F; }
  void archive(dsp::StateArchive& state) { state(value, target, step); }
};

}  // namespace talkback::instruments
