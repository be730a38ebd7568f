// The song's sound for `play --read-ahead`: fetched, compiled and made ahead on a thread.
#pragma once

#include <memory>
#include <optional>

#include "client/cli/context.hpp"
#include "client/project/cue_mix.hpp"
#include "client/project/media_folder.hpp"
#include "engine/realtime/read_ahead.hpp"
#include "engine/render/mix_stream.hpp"

namespace talkback::cli {

struct SoundOptions {
  FramePosition start{};         // in the song
  std::optional<Frames> length;  // of the song from there; nullopt: to its end
  SampleRate rate{};
  project::CueMix cue = {};
};

class SongSound {
 public:
  // Fetches what is missing. A session with nothing to play is silent, not an error.
  static Result<std::unique_ptr<SongSound>> create(Context& context, const project::OpenProject& project,
                                                   const SoundOptions& options);

  realtime::ReadAhead& ahead() noexcept { return *ahead_; }
  // To be played in all; 0 for a session without clips.
  Frames length() const noexcept { return length_; }

 private:
  SongSound() = default;
  Result<int> make(AudioBlock block);

  std::unique_ptr<media::SourceLibrary> library_;
  std::optional<render::MixStream> stream_;
  SoundOptions options_;
  Frames length_{};
  FramePosition made_{};                        // of the song
  std::unique_ptr<realtime::ReadAhead> ahead_;  // last: its thread uses the others
};

}  // namespace talkback::cli
