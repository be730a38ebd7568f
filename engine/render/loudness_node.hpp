// Measures an output while it is rendered (ITU-R BS.1770-4), and sends on what comes in.
//
// What it finds belongs to stretches of the song between two places where memories settle (segment_runner.hpp), and is
// part of the state at their end: where a stretch comes from a cache, loading that state is all of the measuring.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/analysis/loudness.hpp"
#include "engine/analysis/true_peak_meter.hpp"
#include "engine/analysis/weighted_power.hpp"
#include "engine/graph/graph.hpp"

namespace talkback::render {

class LoudnessNode final : public graph::Node {
 public:
  // length: of the song; what comes before or after is not measured.
  LoudnessNode(SampleRate rate, Frames length, analysis::TruePeak true_peak);

  std::string_view type() const noexcept override { return "loudness"; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override;
  graph::Memory memory() const noexcept override { return graph::Memory::archived; }
  void archive(dsp::StateArchive& state) override;
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const override;

  // After the song's end, when every stretch was heard or loaded.
  analysis::Loudness loudness() const;
  // Samples above full scale.
  std::int64_t clipped() const;

 private:
  // Of a stretch between two places where memories settle.
  struct Findings {
    std::int64_t begin = 0;     // frame of the song
    std::vector<double> steps;  // of WeightedPower
    float greatest = 0.0F;      // the true peak; of the stretch that is open still, peak_ knows it
    std::int64_t clipped = 0;

    void archive(dsp::StateArchive& state);
  };

  SampleRate rate_;
  Frames length_;
  analysis::TruePeak true_peak_;
  analysis::WeightedPower power_;
  analysis::TruePeakMeter peak_;
  std::int64_t measured_ = 0;  // frames of the song
  Findings current_;
  // Of the stretches before, by where they begin.
  std::map<std::int64_t, Findings> found_;
};

// Measures an entry of the graph, which is not joined by a session before yet. Returns the entry of the meter.
int add_loudness(graph::Graph& graph, int output, analysis::TruePeak true_peak);

}  // namespace talkback::render
