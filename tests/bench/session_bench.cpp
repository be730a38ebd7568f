// Renders the reference session from a folder of WAVs, track-01.wav and on, to master.wav in another folder: through
// the master chain without a loudness target, nothing kept of earlier renders. For tests/bench/peers.
//   session_bench SOUNDS OUTPUT [threads]     (2)
//   session_bench SOUNDS SESSION.json         writes that session for `talkback render --local` instead
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "engine/media/audio_file.hpp"
#include "engine/render/render.hpp"
#include "engine/session/message_json.hpp"
#include "engine/session/state.hpp"
#include "tests/bench/reference_session.hpp"

namespace talkback {
namespace {

// The session reads the file where it lies, under its name: what files are called is no matter to the engine. In a
// session file they have to be called by their hash.
enum class Naming { by_name, by_hash };

bool add_clip(SessionBuilder& builder, ObjectId track, const std::filesystem::path& file, Naming naming) {
  const auto info = media::inspect(file);
  if (!info) return false;
  std::string name = file.filename().string();
  if (naming == Naming::by_hash) {
    const auto sha256 = sha256_of_file(file);
    if (!sha256) return false;
    name = to_hex(*sha256);
  }
  std::filesystem::create_symlink(std::filesystem::absolute(file), builder.folder / name);
  const ObjectId source = builder.add(kRootId, [&](v1::Object& o) {
    o.mutable_source()->set_name(file.filename().string());
    o.mutable_source()->set_blob_sha256(name);
    o.mutable_source()->set_sample_rate_hz(static_cast<std::uint32_t>(info->sample_rate_hz));
    o.mutable_source()->set_channels(static_cast<std::uint32_t>(info->channels));
    o.mutable_source()->set_length_frames(info->length.count);
  });
  builder.clip(track, source, 0, info->length.count);
  return true;
}

int write_session(const session::Session& session, const std::filesystem::path& file) {
  std::ofstream stream(file);
  stream << session::to_json(session::to_state(session, 1)) << '\n';
  stream.close();
  if (stream) return 0;
  std::fprintf(stderr, "%s: not writable\n", file.c_str());
  return 1;
}

int run(const std::filesystem::path& sounds, const std::filesystem::path& output, int threads) {
  const bool as_file = output.extension() == ".json";
  SessionBuilder builder(bench::kRate);
  const bench::Buses buses = bench::add_buses(builder);
  int tracks = 0;
  for (;; ++tracks) {
    const std::filesystem::path file = sounds / fmt::format("track-{:02}.wav", tracks + 1);
    if (!std::filesystem::exists(file)) break;
    if (!add_clip(builder, bench::add_track(builder, tracks, buses), file,
                  as_file ? Naming::by_hash : Naming::by_name)) {
      std::fprintf(stderr, "%s: not readable\n", file.c_str());
      return 1;
    }
  }
  bench::fill_master(builder);
  if (as_file) return write_session(builder.session, output);

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
    std::fputs("session_bench SOUNDS OUTPUT [threads]\nsession_bench SOUNDS SESSION.json\n", stderr);
    return 2;
  }
  return talkback::run(arguments[1], arguments[2], count > 3 ? std::atoi(arguments[3]) : 2);
}
