#include "engine/render/render_order.hpp"

#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/blob_folder.hpp"
#include "engine/render/render.hpp"
#include "engine/session/state.hpp"

namespace talkback::render {
namespace {

Result<RenderKind> kind_of(v1::RenderSettings::Kind kind) {
  switch (kind) {
    case v1::RenderSettings::MIX:
      return RenderKind::mix;
    case v1::RenderSettings::MASTER:
      return RenderKind::master;
    case v1::RenderSettings::STEMS:
      return RenderKind::stems;
    default:
      return Error{ErrorCode::invalid, "a render is a MIX, a MASTER or STEMS"};
  }
}

Result<std::optional<media::AudioFormat>> format_of(v1::RenderSettings::Format format) {
  switch (format) {
    case v1::RenderSettings::FORMAT_UNSPECIFIED:
      return std::optional<media::AudioFormat>();
    case v1::RenderSettings::WAV_FLOAT:
      return std::optional(media::AudioFormat::wav_float);
    case v1::RenderSettings::WAV_24:
      return std::optional(media::AudioFormat::wav_24);
    case v1::RenderSettings::WAV_16:
      return std::optional(media::AudioFormat::wav_16);
    case v1::RenderSettings::FLAC_24:
      return std::optional(media::AudioFormat::flac_24);
    case v1::RenderSettings::FLAC_16:
      return std::optional(media::AudioFormat::flac_16);
    default:
      return Error{ErrorCode::invalid, "that file format is newer than this version; please update Talkback"};
  }
}

Result<RenderOptions> options_of(const v1::RenderOrder& order) {
  const v1::RenderSettings& settings = order.settings();
  RenderOptions options;
  TALKBACK_ASSIGN(options.kind, kind_of(settings.kind()));
  TALKBACK_ASSIGN(options.format, format_of(settings.format()));
  options.sample_rate_hz = settings.sample_rate_hz();
  if (settings.has_target_lufs()) options.target_lufs = settings.target_lufs();
  if (settings.has_ceiling_dbtp()) options.ceiling_dbtp = settings.ceiling_dbtp();
  options.threads = order.threads();
  options.segments.folder = order.segment_folder();
  options.explain = settings.explain();
  options.without_target = settings.without_target();
  return options;
}

media::BlobLookup lookup_in(const BlobFolder& blobs) {
  return [&blobs](std::string_view name) -> Result<std::filesystem::path> {
    const auto sha256 = sha256_from_hex(name);
    if (!sha256 || !blobs.contains(*sha256))
      return Error{ErrorCode::not_found,
                   "the sound " + std::string(name) + " is not here; whoever recorded it is to upload it"};
    return blobs.path_of(*sha256);
  };
}

v1::Artifact wire_of(const RenderedFile& file) {
  v1::Artifact artifact;
  artifact.set_name(file.name);
  artifact.set_blob_sha256(file.sha256);
  artifact.set_size_bytes(file.size_bytes);
  artifact.set_length_frames(file.length.count);
  artifact.set_sample_rate_hz(file.rate.hz);
  v1::LoudnessReport& loudness = *artifact.mutable_loudness();
  if (file.loudness.integrated_lufs) loudness.set_integrated_lufs(*file.loudness.integrated_lufs);
  if (file.loudness.range_lu) loudness.set_range_lu(*file.loudness.range_lu);
  if (file.loudness.true_peak_dbtp) loudness.set_true_peak_dbtp(*file.loudness.true_peak_dbtp);
  return artifact;
}

v1::RenderEffort wire_of(const RenderEffort& effort) {
  v1::RenderEffort result;
  result.set_seconds(effort.seconds);
  result.set_song_seconds(effort.song_seconds);
  result.set_segments(effort.segments);
  result.set_segments_computed(effort.segments_computed);
  for (const ComputedStep& step : effort.steps) {
    v1::RenderEffort::Step& wire = *result.add_steps();
    wire.set_track(step.track);
    wire.set_what(step.what);
    wire.set_segments(step.segments);
    wire.set_computed(step.computed);
    wire.set_reason(step.reason);
  }
  return result;
}

}  // namespace

Result<v1::RenderReport::Done> carry_out(const v1::RenderOrder& order, const std::function<void(double)>& progress,
                                         std::stop_token stop) {
  TALKBACK_ASSIGN(const session::Session session, session::from_state(order.state()));
  TALKBACK_ASSIGN(RenderOptions options, options_of(order));
  options.progress = progress;
  options.stop = std::move(stop);
  const BlobFolder blobs(order.blob_folder());
  media::SourceLibrary library(lookup_in(blobs), order.cache_folder());
  TALKBACK_ASSIGN(const RenderResult rendered, render(session, options, library, order.output_folder()));

  v1::RenderReport::Done done;
  for (const RenderedFile& file : rendered.artifacts) *done.add_artifacts() = wire_of(file);
  for (const std::string& warning : rendered.warnings) done.add_warnings(warning);
  *done.mutable_effort() = wire_of(rendered.effort);
  done.set_engine_version(std::string(kEngineVersion));
  return done;
}

}  // namespace talkback::render
