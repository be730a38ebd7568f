#include "client/cli/looped_song.hpp"

#include <algorithm>

#include "client/cli/heard_session.hpp"

namespace talkback::cli {
namespace {

constexpr int kAheadSeconds = 2;

}  // namespace

Result<std::unique_ptr<LoopedSong>> LoopedSong::create(Context& context, const project::OpenProject& project,
                                                       SampleRate rate, const recorder::SongSpan& span,
                                                       recorder::Click click) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  TALKBACK_ASSIGN(const session::Session session, fetch_hearable(context, media, project));
  std::unique_ptr<LoopedSong> song(new LoopedSong(span, std::move(click)));
  song->library_ = std::make_unique<media::SourceLibrary>(media.lookup(), media.cache());
  TALKBACK_TRY(stretch_to_hear(context, session, rate, *song->library_));
  if (graph::length_of(session, rate).count > 0) {
    graph::CompileOptions compile;
    compile.sample_rate_hz = rate.hz;
    TALKBACK_ASSIGN(song->stream_, render::MixStream::create(session, compile, *song->library_));
  }
  song->ahead_ = std::make_unique<realtime::ReadAhead>(
      2, kAheadSeconds * rate.hz, [raw = song.get()](AudioBlock block) { return raw->make(block); });
  TALKBACK_TRY(song->ahead_->wait_until_ready());
  return song;
}

// How much of the block belongs to one pass, or to the lead-in.
int LoopedSong::frames_to_border(int frames) const noexcept {
  const std::int64_t into = made_.count - span_.lead_in.count;
  if (into < 0) return static_cast<int>(std::min<std::int64_t>(frames, -into));
  if (!span_.length) return frames;
  return static_cast<int>(std::min(std::int64_t{frames}, span_.length->count - into % span_.length->count));
}

Result<int> LoopedSong::make(AudioBlock block) {
  clear(block);
  for (int done = 0; done < block.frame_count();) {
    const int frames = frames_to_border(block.frame_count() - done);
    const AudioBlock part = block.slice(done, frames);
    const Frames into = made_ - FramePosition{0} - span_.lead_in;
    const bool is_over = span_.length && into.count >= span_.length->count * span_.passes;
    const Frames in_pass = span_.length && into.count >= 0 ? Frames{into.count % span_.length->count} : into;
    if (stream_ && into.count >= 0 && !is_over) {
      stream_->locate(span_.start + in_pass);
      TALKBACK_TRY(stream_->read(part));
    }
    if (!is_over) click_.add(FramePosition{0} + span_.lead_in + in_pass, part);
    made_ += Frames{frames};
    done += frames;
  }
  return block.frame_count();
}

}  // namespace talkback::cli
