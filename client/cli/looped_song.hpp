// The song's sound for a recording in passes: a lead-in with its click, then a stretch of the song once or several
// times, made ahead on a thread; silent after it.
#pragma once

#include <memory>
#include <optional>

#include "client/cli/context.hpp"
#include "client/project/media_folder.hpp"
#include "client/recorder/click.hpp"
#include "client/recorder/midi_clock.hpp"
#include "engine/realtime/read_ahead.hpp"
#include "engine/render/mix_stream.hpp"

namespace talkback::cli {

class LoopedSong {
 public:
  // Fetches what is missing. A session with nothing to play is silent, not an error. click: its count-in is the span's
  // lead-in.
  static Result<std::unique_ptr<LoopedSong>> create(Context& context, const project::OpenProject& project,
                                                    SampleRate rate, const recorder::SongSpan& span,
                                                    recorder::Click click);

  realtime::ReadAhead& ahead() noexcept { return *ahead_; }
  media::SourceLibrary& library() noexcept { return *library_; }

 private:
  LoopedSong(const recorder::SongSpan& span, recorder::Click click) : span_(span), click_(std::move(click)) {}
  Result<int> make(AudioBlock block);
  int frames_to_border(int frames) const noexcept;

  std::unique_ptr<media::SourceLibrary> library_;
  std::optional<render::MixStream> stream_;
  recorder::SongSpan span_;
  recorder::Click click_;
  FramePosition made_{};                        // of lead-in and passes
  std::unique_ptr<realtime::ReadAhead> ahead_;  // last: its thread uses the others
};

}  // namespace talkback::cli
