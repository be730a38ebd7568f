#include "engine/graph/insert_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/pan.hpp"

namespace talkback::graph {

InsertNode::InsertNode(InsertSettings settings, SampleRate rate, int input_channels, int channels)
    : settings_(std::move(settings)), input_channels_(input_channels), channels_(channels) {
  settings_.processor->prepare(rate, channels);
  values_before_.resize(settings_.values.size());
  if (settings_.bypassed.is_constant()) return;
  dry_lines_.resize(static_cast<std::size_t>(channels));
  for (dsp::DelayLine& line : dry_lines_) line.prepare(settings_.processor->latency().count, kChunkFrames);
  dry_.resize(channels, kChunkFrames);
}

void InsertNode::reset() noexcept {
  has_started_ = false;
  if (std::exchange(lines_left_, 0) > 0) {
    for (std::size_t i = 0; i < settings_.values.size(); ++i)
      settings_.processor->set(static_cast<int>(i), settings_.values[i]);
  }
  settings_.processor->reset();
  for (dsp::DelayLine& line : dry_lines_) line.reset();
}

void InsertNode::archive(dsp::StateArchive& state) {
  state(has_started_);
  // Which line was visited last depends on the blocks. To set a line's values once more changes nothing.
  if (state.is_loading()) grid_line_ = std::numeric_limits<std::int64_t>::min();
  settings_.processor->archive(state);
  for (dsp::DelayLine& line : dry_lines_) line.archive(state, latency().count);
}

// Parameters are aimed at their values a grid length ahead; what is bypassed is as late as the effect.
void InsertNode::describe(std::int64_t begin, std::int64_t end, std::string& text) const {
  constexpr std::int64_t kAhead = 2 * dsp::kControlFrames;
  for (const MovingParameter& parameter : settings_.moving) parameter.describe(begin - kAhead, end + kAhead, text);
  settings_.bypassed.describe(begin - kAhead - latency().count, end + kAhead, text);
}

void InsertNode::start_at(std::int64_t frame) noexcept {
  grid_line_ = dsp::grid_line_before({frame});
  for (const MovingParameter& parameter : settings_.moving)
    settings_.processor->set(parameter.index, parameter.value_at(parameter.steps ? frame : grid_line_));
  settings_.processor->reset();
  has_started_ = true;
  --grid_line_;
  move_parameters(frame);
}

void InsertNode::take_steps(std::int64_t frame) noexcept {
  for (const MovingParameter& parameter : settings_.moving) {
    if (!parameter.steps) continue;
    const double value = parameter.value_at(frame);
    if (!settings_.values.empty()) settings_.values[static_cast<std::size_t>(parameter.index)] = value;
    settings_.processor->set(parameter.index, value);
  }
}

void InsertNode::move_parameters(std::int64_t frame) noexcept {
  take_steps(frame);
  const std::int64_t line = dsp::grid_line_before({frame});
  if (line == grid_line_) return;
  grid_line_ = line;
  for (const MovingParameter& parameter : settings_.moving) {
    if (parameter.steps) continue;
    const double value = parameter.value_at(line + dsp::kControlFrames);
    if (!settings_.values.empty()) settings_.values[static_cast<std::size_t>(parameter.index)] = value;
    if (lines_left_ == 0) settings_.processor->set(parameter.index, value);
  }
  if (lines_left_ > 0) glide_from_before();
}

// In the taper's own measure, so that a frequency moves by equal intervals.
void InsertNode::glide_from_before() noexcept {
  --lines_left_;
  const double part = 1.0 - static_cast<double>(lines_left_) / kTakeOverLines;
  const auto table = settings_.processor->parameters();
  for (std::size_t i = 0; i < settings_.values.size(); ++i) {
    const double from = values_before_[i];
    const double to = settings_.values[i];
    if (table[i].motion == dsp::Motion::steps) {
      settings_.processor->set(static_cast<int>(i), to);
      continue;
    }
    double value = from + (to - from) * part;
    if (table[i].taper == dsp::Taper::logarithmic && from > 0.0 && to > 0.0) value = from * std::pow(to / from, part);
    settings_.processor->set(static_cast<int>(i), lines_left_ == 0 ? to : value);
  }
}

std::string InsertNode::take_over_key() const {
  if (settings_.made_for.empty()) return {};
  return fmt::format("insert|{}|{}|{}|{}|{}", settings_.made_for, input_channels_, channels_, latency().count,
                     dry_lines_.empty());
}

void InsertNode::take_over(Node& before) noexcept {
  auto& other = static_cast<InsertNode&>(before);
  std::swap(settings_.processor, other.settings_.processor);
  std::swap(dry_lines_, other.dry_lines_);
  has_started_ = other.has_started_;
  grid_line_ = other.grid_line_;
  std::ranges::copy(other.settings_.values, values_before_.begin());
  // Where the node before was still on its way, it goes on from where it is.
  if (other.lines_left_ > 0) {
    const double part = 1.0 - static_cast<double>(other.lines_left_) / kTakeOverLines;
    for (std::size_t i = 0; i < values_before_.size(); ++i)
      values_before_[i] = other.values_before_[i] + (values_before_[i] - other.values_before_[i]) * part;
  }
  lines_left_ = kTakeOverLines;
}

std::int64_t InsertNode::steady_until(std::int64_t frame) const noexcept {
  std::int64_t end = AutomationCurve::kForever;
  for (const MovingParameter& parameter : settings_.moving) {
    if (!parameter.steps) end = std::min(end, parameter.steady_until(frame));
  }
  return end;
}

std::int64_t InsertNode::next_step(std::int64_t frame) const noexcept {
  std::int64_t next = AutomationCurve::kForever;
  for (const MovingParameter& parameter : settings_.moving) {
    if (parameter.steps) next = std::min(next, parameter.steady_until(frame));
  }
  return next;
}

void InsertNode::process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept {
  copy_input(inputs[0], output);
  if (input_channels_ == 1 && channels_ == 2) {
    for (int c = 0; c < 2; ++c) {
      for (float& sample : output.channel(c)) sample *= static_cast<float>(dsp::kMonoSpreadGain);
    }
  }
  if (!has_started_) start_at(position.count);
  const ConstAudioBlock key = inputs.size() > 1 ? inputs[1] : ConstAudioBlock();
  if (settings_.moving.empty() && lines_left_ == 0) return process_steady(output, key, position.count);
  for (int done = 0; done < output.frame_count();) {
    const std::int64_t frame = position.count + done;
    move_parameters(frame);
    // Where nothing moves for long, the lines in between would set what is set already.
    const std::int64_t next_line = grid_line_ + dsp::kControlFrames;
    const std::int64_t steady_line = dsp::grid_line_before({steady_until(next_line)}) - dsp::kControlFrames;
    const std::int64_t moves = lines_left_ > 0 ? next_line : std::max(next_line, steady_line);
    const std::int64_t end = std::min(moves, next_step(frame));
    const auto frames = static_cast<int>(std::min<std::int64_t>(end - frame, output.frame_count() - done));
    process_steady(output.slice(done, frames), key.empty() ? key : key.slice(done, frames), frame);
    done += frames;
  }
}

void InsertNode::apply(AudioBlock block, ConstAudioBlock key) noexcept {
  key.empty() ? settings_.processor->process(block) : settings_.processor->process_keyed(block, key);
}

void InsertNode::process_steady(AudioBlock block, ConstAudioBlock key, std::int64_t frame) noexcept {
  if (dry_lines_.empty()) return apply(block, key);
  for (int first = 0; first < block.frame_count(); first += kChunkFrames) {
    const AudioBlock part = block.slice(first, std::min(kChunkFrames, block.frame_count() - first));
    for (int c = 0; c < channels_; ++c) {
      dsp::DelayLine& line = dry_lines_[static_cast<std::size_t>(c)];
      line.write(part.channel(c));
      line.read(latency().count, dry_.block().channel(c).first(static_cast<std::size_t>(part.frame_count())));
    }
    apply(part, key.empty() ? key : key.slice(first, part.frame_count()));
    // Both sounds are late by the latency, and so is the song.
    for (int n = 0; n < part.frame_count(); ++n) {
      const auto bypass = static_cast<float>(settings_.bypassed.value_at(frame + first + n - latency().count));
      const auto k = static_cast<std::size_t>(n);
      for (int c = 0; c < channels_; ++c) {
        float& sample = part.channel(c)[k];
        const float dry = dry_.block().channel(c)[k];
        sample = bypass == 1.0F ? dry : sample + (dry - sample) * bypass;
      }
    }
  }
}

}  // namespace talkback::graph
