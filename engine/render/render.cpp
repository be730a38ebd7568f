#include "engine/render/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <future>
#include <map>
#include <set>

#include "engine/mastering/loudness_target.hpp"
#include "engine/render/artifact_cache.hpp"
#include "engine/render/effort.hpp"
#include "engine/render/file_digest.hpp"
#include "engine/render/loudness_node.hpp"
#include "engine/render/prepare_sounds.hpp"
#include "engine/render/render_sink.hpp"
#include "engine/render/session_before.hpp"
#include "engine/render/song_run.hpp"
#include "engine/render/write_behind.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::render {

namespace {

// The part of the progress that the graph takes in a master; the passes over the result take the rest.
constexpr double kMasterGraphPart = 0.6;

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
    TALKBACK_TRY(prepare());
    TALKBACK_ASSIGN(graph_, graph::compile(session_, compile_options(), library_));
    if (take_kept_file()) {
      finish_effort();
      return std::move(result_);
    }
    result_.warnings = graph_.warnings;
    if (has_target()) {
      TALKBACK_TRY(render_master());
    } else {
      TALKBACK_TRY(render_direct());
    }
    add_warnings();
    keep_session();
    finish_effort();
    return std::move(result_);
  }

 private:
  bool has_target() const { return options_.kind == RenderKind::master && !options_.without_target; }

  graph::CompileOptions compile_options() const { return {options_.sample_rate_hz, options_.default_soundfont}; }

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

  void add_sink(const graph::GraphOutput& output, const std::string& name, const media::WriterOptions& writer,
                analysis::TruePeak true_peak) {
    const Frames latency = graph_.entries[static_cast<std::size_t>(output.entry)].latency;
    outputs_.push_back({output, latency, graph_.length, name, writer});
    meters_.push_back(add_loudness(graph_, output.entry, true_peak));
    made_.push_back(folder_ / name);
  }

  const LoudnessNode& meter(std::size_t sink) const {
    return static_cast<const LoudnessNode&>(*graph_.entries[static_cast<std::size_t>(meters_[sink])].node);
  }

  // Streams the graph into the sinks.
  Result<void> run_graph(double progress_part) {
    open_cache();
    auto done = run_graph_once(progress_part);
    if (!done && done.error().code == ErrorCode::corrupt && cache_) {
      cache_.reset();
      drop_cache(options_.segments.folder);
      graph_.reset();
      done = run_graph_once(progress_part);
    }
    return done;
  }

  Result<void> run_graph_once(double progress_part) {
    sinks_.clear();
    digests_.clear();
    digests_.resize(outputs_.size());
    std::vector<int> entries;
    Frames length = graph_.length;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const SinkOptions& output = outputs_[i];
      // What the target is made from does not stay.
      TALKBACK_ASSIGN(RenderSink sink, RenderSink::create(output, folder_, has_target() ? nullptr : &digests_[i]));
      sinks_.push_back(std::move(sink));
      entries.push_back(output.output.entry);
      length = std::max(length, graph_.length + output.latency);
    }
    WriteBehind writer(sinks_, SegmentRunner::kStretchFrames);
    const auto visit = [&](const SegmentRunner& runner, FramePosition position, int) -> Result<void> {
      for (std::size_t i = 0; i < sinks_.size(); ++i)
        TALKBACK_TRY(writer.write(i, runner.output(sinks_[i].entry()), position));
      tell(progress_part * static_cast<double>(position.count) / static_cast<double>(length.count));
      return {};
    };
    SongRunOptions run;
    run.runner.threads = options_.threads;
    run.runner.block_frames = options_.block_frames;
    run.cache = cache_ ? &*cache_ : nullptr;
    run.keeps_sums = is_base_outlived_;
    run.stop = options_.stop;
    TALKBACK_ASSIGN(report_, run_song(graph_, entries, length, run, visit));
    TALKBACK_TRY(writer.finish());
    for (RenderSink& sink : sinks_) TALKBACK_TRY(sink.finish());
    return {};
  }

  // Half of the progress, where there is anything to stretch.
  Result<void> prepare() {
    const SampleRate rate =
        options_.sample_rate_hz > 0 ? SampleRate{options_.sample_rate_hz} : session::sample_rate_of(session_);
    PrepareOptions prepare{.rate = rate, .threads = options_.threads, .stop = options_.stop};
    prepare.progress = [this](double part) {
      prepared_part_ = 0.5;
      if (options_.progress) options_.progress(told_ = std::max(told_, prepared_part_ * part));
    };
    return prepare_sounds(session_, prepare, library_);
  }

  // Of what comes after the preparation. Never falls, also where a render starts anew.
  void tell(double progress) {
    told_ = std::max(told_, prepared_part_ + (1.0 - prepared_part_) * progress);
    if (options_.progress) options_.progress(told_);
  }

  void finish_effort() {
    result_.effort.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    result_.effort.song_seconds = static_cast<double>(graph_.length.count) / graph_.rate.hz;
    count_effort(graph_, report_.uses, options_.explain, result_.effort);
    tell(1.0);
    is_done_ = true;
  }

  // Without one the render is slower and no other.
  void open_cache() {
    if (options_.segments.folder.empty()) return;
    // Half of it is for whole files. Its packs are read while the session before is compiled.
    auto opening = std::async(std::launch::async,
                              [&] { return SegmentCache::open(options_.segments.folder, kept_bytes_max() / 2); });
    if (const auto before = load_session_before(options_.segments.folder)) {
      graph::add_session_before(*before, compile_options(), library_, graph_);
      edited_ = edited_since_base(graph_);
      const std::set<std::string> last = load_edited(options_.segments.folder);
      is_base_outlived_ = is_base_outlived(last, edited_);
    }
    auto cache = opening.get();
    if (!cache) return;
    cache_.emplace(std::move(*cache));
    if (options_.kind == RenderKind::stems) return;  // no file of theirs is kept
    making_room_ =
        std::async(std::launch::async, [folder = options_.segments.folder, bytes_max = kept_bytes_max() / 2] {
          ArtifactCache(folder).make_room(bytes_max);
        });
  }

  std::int64_t kept_bytes_max() const { return cache_bytes_max(session_, options_.segments.bytes_max); }

  void keep_session() {
    if (!cache_) return;
    cache_->flush();
    keep_session_before(options_.segments.folder, session_, report_.sum_base, edited_);
    making_room_ = {};
    if (result_.artifacts.size() == 1 && options_.kind != RenderKind::stems)
      ArtifactCache(options_.segments.folder)
          .keep(file_key(), {result_.artifacts[0], result_.warnings, check_}, kept_bytes_max() / 2);
  }

  // Everything that decides about the bytes of a mix or master.
  graph::ContentKey file_key() const {
    const int entry = options_.kind == RenderKind::mix ? graph_.mix.entry : graph_.master.entry;
    std::string text(kEngineVersion);
    graph::append_key(text, graph_.entries[static_cast<std::size_t>(entry)].key);
    const media::AudioFormat format = options_.format.value_or(media::AudioFormat::wav_float);
    graph::append_key(text, static_cast<int>(options_.kind), options_.format.has_value(), static_cast<int>(format),
                      graph_.rate.hz, graph_.length.count, options_.without_target,
                      options_.target_lufs.value_or(settings_.target_lufs()),
                      options_.ceiling_dbtp.value_or(settings_.ceiling_dbtp()));
    for (const std::string& part : {settings_.title(), options_.origination_date, options_.origination_time})
      text += part + '\0';
    return sha256(text);
  }

  bool take_kept_file() {
    if (options_.segments.folder.empty() || options_.kind == RenderKind::stems) return false;
    auto kept = ArtifactCache(options_.segments.folder).copy_to(folder_, file_key());
    if (!kept) return false;
    result_.artifacts.push_back(std::move(kept->file));
    result_.warnings = std::move(kept->warnings);
    result_.effort.segments = 1;
    return true;
  }

  void add_artifact(const std::string& name, const Sha256Digest& digest, const analysis::Loudness& loudness) {
    RenderedFile file;
    file.name = name;
    file.path = folder_ / name;
    file.sha256 = to_hex(digest);
    std::error_code code;
    file.size_bytes = static_cast<std::int64_t>(std::filesystem::file_size(file.path, code));
    file.length = graph_.length;
    file.rate = graph_.rate;
    file.loudness = loudness;
    result_.artifacts.push_back(std::move(file));
  }

  Result<void> render_direct() {
    const bool is_master = options_.kind == RenderKind::master;
    const media::AudioFormat format =
        options_.format.value_or(is_master ? media::AudioFormat::wav_24 : media::AudioFormat::wav_float);
    const std::string extension(media::extension_of(format));
    if (is_master) {
      add_sink(graph_.master, "master" + extension, writer_options(format, titled("master")), analysis::TruePeak::on);
    } else if (options_.kind == RenderKind::mix) {
      add_sink(graph_.mix, "mix" + extension, writer_options(format, titled("mix")), analysis::TruePeak::on);
    } else {
      std::error_code code;
      std::filesystem::create_directory(folder_ / "stems", code);
      std::set<std::string> taken;
      for (const graph::GraphOutput& stem : graph_.stems) {
        const std::string name = "stems/" + unique_name(safe_file_name(stem.name), taken) + extension;
        add_sink(stem, name, writer_options(format, titled(stem.name)), analysis::TruePeak::off);
      }
      if (graph_.stems.empty()) result_.warnings.push_back("No track sounds: there are no stems.");
    }
    TALKBACK_TRY(run_graph(1.0));
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
      add_artifact(outputs_[i].name, digests_[i].sha256(), meter(i).loudness());
      check_ = digests_[i].check();
      if (format != media::AudioFormat::wav_float && meter(i).clipped() > 0) {
        result_.warnings.push_back(
            fmt::format("{}: {} samples were above full scale and are clipped; a 32-bit float file keeps them.",
                        outputs_[i].name, meter(i).clipped()));
      }
    }
    return {};
  }

  Result<void> render_master() {
    const media::AudioFormat format = options_.format.value_or(media::AudioFormat::wav_24);
    const std::string name = "master" + std::string(media::extension_of(format));
    const std::string between = ".master-before-limiting.wav";
    add_sink(graph_.master, between, writer_options(media::AudioFormat::wav_float, ""), analysis::TruePeak::on);
    TALKBACK_TRY(run_graph(kMasterGraphPart));
    made_.push_back(folder_ / name);
    mastering::MasteringJob job;
    job.input = folder_ / between;
    job.measured = meter(0).loudness();
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
      tell(reached);
    };
    auto mastered = mastering::master_to_target(job);
    std::error_code ignored;
    std::filesystem::remove(job.input, ignored);
    TALKBACK_TRY(mastered);
    TALKBACK_ASSIGN(const Sha256Digest digest, sha256_of_file(folder_ / name));
    add_artifact(name, digest, mastered->loudness);
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

  void add_warnings() {
    std::map<std::string, std::int64_t> counts;
    for (std::size_t i = 0; i < graph_.entries.size(); ++i) {
      const graph::GraphEntry& entry = graph_.entries[i];
      counts[fmt::format("{} ({})", entry.track, entry.label)] += report_.not_finite[i];
    }
    for (const auto& [what, count] : counts) {
      if (count > 0)
        result_.warnings.push_back(fmt::format("{}: {} samples were not numbers and were silenced.", what, count));
    }
  }

  const session::Session& session_;
  const RenderOptions& options_;
  media::SourceLibrary& library_;
  std::filesystem::path folder_;
  v1::Settings settings_;
  graph::Graph graph_;
  std::optional<SegmentCache> cache_;
  std::set<std::string> edited_;   // since the session before
  bool is_base_outlived_ = false;  // than the last one
  std::vector<SinkOptions> outputs_;
  std::vector<int> meters_;  // of the outputs: entries
  std::vector<RenderSink> sinks_;
  std::vector<FileDigest> digests_;     // of the sinks
  std::optional<std::uint64_t> check_;  // of the only artifact
  SongRunReport report_;
  double prepared_part_ = 0.0;  // of the progress: the preparation
  double told_ = 0.0;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<std::filesystem::path> made_;
  RenderResult result_;
  bool is_done_ = false;
  std::future<void> making_room_;  // for the file to be kept; waited for before anything above goes
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
