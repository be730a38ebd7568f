#include "engine/render/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "engine/mastering/loudness_target.hpp"
#include "engine/render/segment_runner.hpp"
#include "engine/session/defaults.hpp"

namespace talkback::render {

namespace {

// The part of the progress that the graph takes in a master; the passes over the result take the rest.
constexpr double kMasterGraphPart = 0.6;

Error cancelled() { return {ErrorCode::unavailable, "The render was cancelled."}; }

// Takes one output's segments off the runner, and writes and measures them beside the next segment.
class Sink {
 public:
  static Result<Sink> create(const graph::GraphOutput& output, Frames latency, Frames length, SampleRate rate,
                             const std::filesystem::path& path, media::WriterOptions writer,
                             analysis::TruePeak true_peak) {
    TALKBACK_ASSIGN(media::AudioWriter file, media::AudioWriter::create(path, std::move(writer)));
    TALKBACK_ASSIGN(analysis::LoudnessMeter meter, analysis::LoudnessMeter::create(rate, 2, true_peak));
    return Sink(output, latency, length, std::move(file), std::move(meter));
  }

  // Copies what belongs to the song from a segment that starts at stream frame `position`.
  void take(ConstAudioBlock segment, FramePosition position) {
    const std::int64_t song = position.count - latency_.count;
    const std::int64_t first = std::clamp<std::int64_t>(-song, 0, segment.frame_count());
    const std::int64_t last = std::clamp<std::int64_t>(length_.count - song, first, segment.frame_count());
    held_frames_ = static_cast<int>(last - first);
    for (int c = 0; c < 2; ++c) {
      std::ranges::copy(
          segment.channel(c).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(held_frames_)),
          held_.block().channel(c).begin());
    }
  }

  void write() {
    if (held_frames_ == 0 || !outcome_) return;
    const ConstAudioBlock block = held_.block().slice(0, held_frames_);
    for (int c = 0; c < 2; ++c) {
      for (const float sample : block.channel(c)) clipped_ += std::abs(sample) > 1.0F ? 1 : 0;
    }
    meter_.process(block);
    outcome_ = writer_.write(block);
    held_frames_ = 0;
  }

  Result<void> finish() {
    write();
    TALKBACK_TRY(outcome_);
    return writer_.finish();
  }

  const graph::GraphOutput& output() const noexcept { return output_; }
  const Result<void>& outcome() const noexcept { return outcome_; }
  analysis::Loudness loudness() const { return meter_.loudness(); }
  std::int64_t clipped() const noexcept { return clipped_; }

 private:
  Sink(graph::GraphOutput output, Frames latency, Frames length, media::AudioWriter writer,
       analysis::LoudnessMeter meter)
      : output_(std::move(output)),
        latency_(latency),
        length_(length),
        writer_(std::move(writer)),
        meter_(std::move(meter)),
        held_(2, SegmentRunner::kSegmentFrames) {}

  graph::GraphOutput output_;
  Frames latency_;
  Frames length_;
  media::AudioWriter writer_;
  analysis::LoudnessMeter meter_;
  AudioBuffer held_;
  int held_frames_ = 0;
  std::int64_t clipped_ = 0;
  Result<void> outcome_;
};

class Renderer {
 public:
  Renderer(const session::Session& session, const RenderOptions& options, media::SourceLibrary& library,
           std::filesystem::path folder)
      : session_(session),
        options_(options),
        library_(library),
        folder_(std::move(folder)),
        settings_(session::with_defaults(session.settings())) {}

  ~Renderer() {
    if (is_done_) return;
    // Their unfinished files go first, so that the folder of stems is empty.
    sinks_.clear();
    std::error_code ignored;
    for (const std::filesystem::path& path : made_) std::filesystem::remove(path, ignored);
    if (options_.kind == RenderKind::stems) std::filesystem::remove(folder_ / "stems", ignored);
  }
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  Result<RenderResult> run() {
    TALKBACK_ASSIGN(graph_, graph::compile(session_, {options_.sample_rate_hz, options_.default_soundfont}, library_));
    if (options_.kind == RenderKind::master) {
      TALKBACK_TRY(render_master());
    } else {
      TALKBACK_TRY(render_direct());
    }
    add_source_warnings();
    is_done_ = true;
    return std::move(result_);
  }

 private:
  media::WriterOptions writer_options(media::AudioFormat format, std::string description) const {
    media::BroadcastInfo broadcast;
    broadcast.description = std::move(description);
    broadcast.origination_date = options_.origination_date;
    broadcast.origination_time = options_.origination_time;
    return {.format = format,
            .rate = graph_.rate,
            .channels = 2,
            .length_expected = graph_.length,
            .dither_seed = 0,
            .broadcast = std::move(broadcast)};
  }

  std::string titled(std::string_view what) const {
    return settings_.title().empty() ? std::string(what) : fmt::format("{}: {}", settings_.title(), what);
  }

  Result<void> add_sink(const graph::GraphOutput& output, const std::string& name, const media::WriterOptions& writer,
                        analysis::TruePeak true_peak) {
    const Frames latency = graph_.entries[static_cast<std::size_t>(output.entry)].latency;
    TALKBACK_ASSIGN(Sink sink,
                    Sink::create(output, latency, graph_.length, graph_.rate, folder_ / name, writer, true_peak));
    names_.push_back(name);
    sinks_.push_back(std::move(sink));
    made_.push_back(folder_ / name);
    return {};
  }

  // Streams the graph into the sinks.
  Result<void> run_graph(double progress_part) {
    std::vector<int> outputs;
    Frames latency{};
    for (const Sink& sink : sinks_) {
      outputs.push_back(sink.output().entry);
      latency = std::max(latency, graph_.entries[static_cast<std::size_t>(sink.output().entry)].latency);
    }
    SegmentRunner runner(graph_, outputs, {options_.threads, options_.block_frames});
    const Frames length = graph_.length + latency;
    const auto write_all = [this] {
      for (Sink& sink : sinks_) sink.write();
    };
    for (FramePosition position{0}; position.count < length.count; position += Frames{SegmentRunner::kSegmentFrames}) {
      if (options_.stop.stop_requested()) return cancelled();
      const auto frames =
          static_cast<int>(std::min<std::int64_t>(SegmentRunner::kSegmentFrames, length.count - position.count));
      TALKBACK_TRY(runner.run(position, frames, write_all));
      for (Sink& sink : sinks_) {
        TALKBACK_TRY(sink.outcome());
        sink.take(runner.output(sink.output().entry), position);
      }
      if (options_.progress)
        options_.progress(progress_part * static_cast<double>(position.count) / static_cast<double>(length.count));
    }
    for (Sink& sink : sinks_) TALKBACK_TRY(sink.finish());
    return {};
  }

  Result<void> add_artifact(const std::string& name, const analysis::Loudness& loudness) {
    RenderedFile file;
    file.name = name;
    file.path = folder_ / name;
    TALKBACK_ASSIGN(const Sha256Digest digest, sha256_of_file(file.path));
    file.sha256 = to_hex(digest);
    std::error_code code;
    file.size_bytes = static_cast<std::int64_t>(std::filesystem::file_size(file.path, code));
    file.length = graph_.length;
    file.rate = graph_.rate;
    file.loudness = loudness;
    result_.artifacts.push_back(std::move(file));
    return {};
  }

  Result<void> render_direct() {
    const media::AudioFormat format = options_.format.value_or(media::AudioFormat::wav_float);
    const std::string extension(media::extension_of(format));
    if (options_.kind == RenderKind::mix) {
      TALKBACK_TRY(
          add_sink(graph_.mix, "mix" + extension, writer_options(format, titled("mix")), analysis::TruePeak::on));
    } else {
      std::error_code code;
      std::filesystem::create_directory(folder_ / "stems", code);
      std::set<std::string> taken;
      for (const graph::GraphOutput& stem : graph_.stems) {
        const std::string name = "stems/" + unique_name(safe_file_name(stem.name), taken) + extension;
        TALKBACK_TRY(add_sink(stem, name, writer_options(format, titled(stem.name)), analysis::TruePeak::off));
      }
      if (graph_.stems.empty()) result_.warnings.push_back("No track sounds: there are no stems.");
    }
    TALKBACK_TRY(run_graph(1.0));
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
      TALKBACK_TRY(add_artifact(names_[i], sinks_[i].loudness()));
      if (format != media::AudioFormat::wav_float && sinks_[i].clipped() > 0) {
        result_.warnings.push_back(
            fmt::format("{}: {} samples were above full scale and are clipped; a 32-bit float file keeps them.",
                        names_[i], sinks_[i].clipped()));
      }
    }
    return {};
  }

  Result<void> render_master() {
    const media::AudioFormat format = options_.format.value_or(media::AudioFormat::wav_24);
    const std::string name = "master" + std::string(media::extension_of(format));
    const std::string between = ".master-before-limiting.wav";
    TALKBACK_TRY(
        add_sink(graph_.master, between, writer_options(media::AudioFormat::wav_float, ""), analysis::TruePeak::on));
    TALKBACK_TRY(run_graph(kMasterGraphPart));
    made_.push_back(folder_ / name);
    mastering::MasteringJob job;
    job.input = folder_ / between;
    job.measured = sinks_[0].loudness();
    job.output = folder_ / name;
    job.writer = writer_options(format, titled("master"));
    job.target = {options_.target_lufs.value_or(settings_.target_lufs()),
                  options_.ceiling_dbtp.value_or(settings_.ceiling_dbtp())};
    job.stop = options_.stop;
    double reached = kMasterGraphPart;
    // How many passes there will be is not known: each takes half of what is left.
    double before_pass = reached;
    job.progress = [&](double part) {
      if (part == 0.0) before_pass = reached;
      reached = before_pass + (1.0 - before_pass) * 0.5 * part;
      if (options_.progress) options_.progress(reached);
    };
    auto mastered = mastering::master_to_target(job);
    std::error_code ignored;
    std::filesystem::remove(job.input, ignored);
    TALKBACK_TRY(mastered);
    TALKBACK_TRY(add_artifact(name, mastered->loudness));
    std::ranges::copy(mastered->warnings, std::back_inserter(result_.warnings));
    return {};
  }

  static std::string unique_name(const std::string& name, std::set<std::string>& taken) {
    // File systems of musicians do not tell "Vocal" from "vocal".
    const auto folded = [](std::string text) {
      std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      return text;
    };
    std::string result = name;
    for (int number = 2; !taken.insert(folded(result)).second; ++number) result = fmt::format("{} {}", name, number);
    return result;
  }

  void add_source_warnings() {
    std::map<std::string, std::int64_t> counts;
    for (const graph::GraphEntry& entry : graph_.entries) counts[entry.track] += entry.node->not_finite();
    for (const auto& [track, count] : counts) {
      if (count > 0)
        result_.warnings.push_back(fmt::format("{}: {} samples were not numbers and were silenced.", track, count));
    }
    if (options_.progress) options_.progress(1.0);
  }

  const session::Session& session_;
  const RenderOptions& options_;
  media::SourceLibrary& library_;
  std::filesystem::path folder_;
  v1::Settings settings_;
  graph::Graph graph_;
  std::vector<Sink> sinks_;
  std::vector<std::string> names_;
  std::vector<std::filesystem::path> made_;
  RenderResult result_;
  bool is_done_ = false;
};

}  // namespace

std::string safe_file_name(std::string_view name) {
  // Most file systems end at 255 bytes; numbers and an extension follow.
  constexpr std::size_t kBytesMax = 120;
  constexpr std::string_view kMistakable = "/\\:*?\"<>|";
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    result.push_back(byte < 0x20 || byte == 0x7f || kMistakable.find(c) != std::string_view::npos ? '_' : c);
  }
  if (result.size() > kBytesMax) {
    // Not within a character of UTF-8.
    std::size_t end = kBytesMax;
    while (end > 0 && (static_cast<unsigned char>(result[end]) & 0xc0) == 0x80) --end;
    result.resize(end);
  }
  while (!result.empty() && (result.back() == ' ' || result.back() == '.')) result.pop_back();
  while (!result.empty() && (result.front() == ' ' || result.front() == '.')) result.erase(result.begin());
  return result.empty() ? "track" : result;
}

Result<RenderResult> render(const session::Session& session, const RenderOptions& options,
                            media::SourceLibrary& library, const std::filesystem::path& output_folder) {
  return Renderer(session, options, library, output_folder).run();
}

}  // namespace talkback::render
