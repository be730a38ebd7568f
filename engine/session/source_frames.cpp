#include "engine/session/source_frames.hpp"

#include <cmath>

namespace talkback::session {

const v1::Source* source_of(const Session& session, std::uint64_t source_id) {
  const v1::Object* object = session.find(ObjectId{source_id});
  return object != nullptr && object->has_source() ? &object->source() : nullptr;
}

std::int64_t at_session_rate(std::int64_t frames, const v1::Source& source, SampleRate rate) noexcept {
  const auto own = static_cast<std::int64_t>(source.sample_rate_hz());
  if (own == 0 || own == rate.hz) return frames;
  // Up to 1e12 frames times 192,000 stays within 64 bits.
  return (frames * rate.hz + own / 2) / own;
}

double stretch_of(const v1::AudioClip& clip) noexcept { return clip.has_stretch() ? clip.stretch() : 1.0; }

std::int64_t heard_frames(std::int64_t frames, const v1::AudioClip& clip, const v1::Source& source,
                          SampleRate rate) noexcept {
  if (stretch_of(clip) == 1.0) return at_session_rate(frames, source, rate);
  const double own = source.sample_rate_hz() > 0 ? static_cast<double>(source.sample_rate_hz()) : rate.hz;
  return std::llround(static_cast<double>(frames) * stretch_of(clip) * rate.hz / own);
}

}  // namespace talkback::session
