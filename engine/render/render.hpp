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
  master,  // master.wav: through the master, then to the loudness target under the true-peak ceiling
  stems,   // stems/<track>.wav: each track that feeds the master; they sum to the mix
};

// Where earlier renders of the project left segments of its sound, and this one leaves more.
struct SegmentOptions {
  std::filesystem::path folder = {};  // empty: none
  std::int64_t bytes_max = 0;         // 0: twice the session's audio
  int frames = 65'536;                // of a segment; another length finds nothing of this one
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
  int block_frames = 2048;
  std::filesystem::path default_soundfont = {};  // empty: the system's
  SegmentOptions segments = {};
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

struct RenderResult {
  std::vector<RenderedFile> artifacts;
  std::vector<std::string> warnings;  // in words for a musician
};

// output_folder exists. On failure it holds nothing new. Fails as graph::compile does, with exhausted on a full disk,
// and with unavailable when stopped.
Result<RenderResult> render(const session::Session& session, const RenderOptions& options,
                            media::SourceLibrary& library, const std::filesystem::path& output_folder);

// A file name from a track's name: what file systems or shells might mistake becomes '_'; never empty.
std::string safe_file_name(std::string_view name);

}  // namespace talkback::render
