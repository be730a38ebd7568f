// Renders a session to files: mix, master or stems.
//
// The same session, options and kEngineVersion give the same bytes, whatever the threads, block size or state of the
// cache. Sound streams through segments to disk; memory does not grow with the length of the song.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/analysis/loudness.hpp"
#include "engine/graph/compile.hpp"
#include "engine/media/audio_writer.hpp"
#include "engine/render/engine_version.hpp"

namespace talkback::render {

enum class RenderKind {
  mix,     // mix.wav: what arrives at the master, before its inserts and fader
  master,  // master.wav: through the master, then (unless without_target) to the loudness under the true-peak ceiling
  stems,   // stems/<track>.wav: each track that feeds the master; they sum to the mix
};

// Where earlier renders of the project left segments of its sound, and this one leaves more.
struct SegmentOptions {
  std::filesystem::path folder = {};  // empty: none
  std::int64_t bytes_max = 0;         // 0: twice the session's audio
};

struct RenderOptions {
  RenderKind kind = RenderKind::mix;
  // Default: wav_float for mix and stems, wav_24 for masters.
  std::optional<media::AudioFormat> format = {};
  int sample_rate_hz = 0;  // 0: the session's
  // Default: the session's. Masters only.
  std::optional<double> target_lufs = {};
  std::optional<double> ceiling_dbtp = {};
  int threads = 0;  // 0: as many as the machine has
  int block_frames = 4096;
  std::filesystem::path default_soundfont = {};  // empty: the system's
  SegmentOptions segments = {};
  bool explain = false;
  // Masters only: through the master track and no further.
  bool without_target = false;
  // For the broadcast chunk; empty leaves them out, so that bytes do not depend on the day.
  std::string origination_date = {};
  std::string origination_time = {};
  // 0 to 1, never falling; called on the calling thread.
  std::function<void(double)> progress = {};
  std::stop_token stop = {};
};

struct RenderedFile {
  std::string name;  // below the output folder: "mix.wav", "stems/Vocal.wav"
  std::filesystem::path path;
  std::string sha256;  // lower-case hexadecimal
  std::int64_t size_bytes = 0;
  Frames length{};
  SampleRate rate{};
  analysis::Loudness loudness;  // stems: without true peak
};

// A step of the graph of which something was computed.
struct ComputedStep {
  std::string track;
  std::string what;
  int segments = 0;
  int computed = 0;
  std::string reason;  // for a person
};

struct RenderEffort {
  double seconds = 0.0;
  double song_seconds = 0.0;
  // Of all steps; 0 without a cache.
  std::int64_t segments = 0;
  std::int64_t segments_computed = 0;
  std::vector<ComputedStep> steps;  // where RenderOptions::explain
};

struct RenderResult {
  std::vector<RenderedFile> artifacts;
  std::vector<std::string> warnings;  // in words for a musician
  RenderEffort effort;
};

// output_folder exists. On failure it holds nothing new. Fails as graph::compile does, with exhausted on a full disk,
// and with unavailable when stopped.
Result<RenderResult> render(const session::Session& session, const RenderOptions& options,
                            media::SourceLibrary& library, const std::filesystem::path& output_folder);

// A file name from a track's name: what file systems or shells might mistake becomes '_'; never empty.
std::string safe_file_name(std::string_view name);

}  // namespace talkback::render
