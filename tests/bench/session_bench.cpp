// Renders the reference session from a folder of WAVs, track-01.wav and on, to master.wav in another folder: through
// the master chain without a loudness target, nothing kept of earlier renders. For tests/bench/peers.
//   session_bench SOUNDS OUTPUT [threads]     (2)
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "engine/media/audio_file.hpp"
#include "engine/render/render.hpp"
#include "tests/bench/reference_session.hpp"

namespace talkback {
namespace {

// The session reads the file where it lies.
bool add_clip(SessionBuilder& builder, ObjectId track, const std::filesystem::path& file) {
  const auto info = media::inspect(file);
  if (!info) return false;
  const std::string name = file.filename().string();
  std::filesystem::create_symlink(std::filesystem::absolute(file), builder.folder / name);
  const ObjectId source = builder.add(kRootId, [&](v1::Object& o) {
    o.mutable_source()->set_name(name);
    o.mutable_source()->set_blob_sha256(name);
    o.mutable_source()->set_sample_rate_hz(static_cast<std::uint32_t>(info->sample_rate_hz));
    o.mutable_source()->set_channels(static_cast<std::uint32_t>(info->channels));
    o.mutable_source()->set_length_frames(info->length.count);
  });
  builder.clip(track, source, 0, info->length.count);
  return true;
}

int run(const std::filesystem::path& sounds, const std::filesystem::path& output, int threads) {
  SessionBuilder builder(bench::kRate);
  const bench::Buses buses = bench::add_buses(builder);
  int tracks = 0;
  for (;; ++tracks) {
    const std::filesystem::path file = sounds / fmt::format("track-{:02}.wav", tracks + 1);
    if (!std::filesystem::exists(file)) break;
    if (!add_clip(builder, bench::add_track(builder, tracks, buses), file)) {
      std::fprintf(stderr, "%s: not readable\n", file.c_str());
      return 1;
    }
  }
  bench::fill_master(builder);

  render::RenderOptions options;
  options.kind = render::RenderKind::master;
  options.without_target = true;
  options.threads = threads;
  const auto result = render::render(builder.session, options, builder.library, output);
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    return 1;
  }
  const analysis::Loudness& loudness = result->artifacts.front().loudness;
  std::printf("%d tracks, %.1f s: %.1f LUFS, %.1f dBTP\n", tracks, result->effort.song_seconds,
              loudness.integrated_lufs.value_or(-99.0), loudness.true_peak_dbtp.value_or(-99.0));
  return 0;
}

}  // namespace
}  // namespace talkback

int main(int count, char** arguments) {
  if (count < 3) {
    std::fputs("session_bench SOUNDS OUTPUT [threads]\n", stderr);
    return 2;
  }
  return talkback::run(arguments[1], arguments[2], count > 3 ? std::atoi(arguments[3]) : 2);
}
