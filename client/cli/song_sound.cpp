#include "client/cli/song_sound.hpp"

#include "client/cli/heard_session.hpp"
#include "engine/graph/compile.hpp"

namespace talkback::cli {
namespace {

constexpr int kAheadSeconds = 2;

}  // namespace

Result<std::unique_ptr<SongSound>> SongSound::create(Context& context, const project::OpenProject& project,
                                                     const SoundOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  TALKBACK_ASSIGN(session::Session hearable, fetch_hearable(context, media, project));
  TALKBACK_ASSIGN(const session::Session session, project::heard_with(options.cue, std::move(hearable)));
  std::unique_ptr<SongSound> sound(new SongSound);
  sound->options_ = options;
  sound->library_ = std::make_unique<media::SourceLibrary>(media.lookup(), media.cache());
  TALKBACK_TRY(stretch_to_hear(context, session, options.rate, *sound->library_));
  const bool silent = graph::length_of(session, options.rate).count == 0;
  if (!silent) {
    graph::CompileOptions compile;
    compile.sample_rate_hz = options.rate.hz;
    TALKBACK_ASSIGN(sound->stream_, render::MixStream::create(session, compile, *sound->library_));
    sound->stream_->locate(options.start);
  }
  const std::int64_t song =
      silent ? 0 : std::max<std::int64_t>(0, sound->stream_->length().count - options.start.count);
  sound->length_ = options.length.value_or(Frames{song});
  sound->ahead_ = std::make_unique<realtime::ReadAhead>(
      2, kAheadSeconds * options.rate.hz, [raw = sound.get()](AudioBlock block) { return raw->make(block); });
  TALKBACK_TRY(sound->ahead_->wait_until_ready());
  return sound;
}

Result<int> SongSound::make(AudioBlock block) {
  const std::int64_t left = length_.count - made_.count;
  const int frames = static_cast<int>(std::min<std::int64_t>(left, block.frame_count()));
  if (frames <= 0) return 0;
  clear(block);
  if (stream_) TALKBACK_TRY(stream_->read(block.slice(0, frames)));
  made_ += Frames{frames};
  return frames;
}

}  // namespace talkback::cli
