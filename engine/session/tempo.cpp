#include "engine/session/tempo.hpp"

#include "engine/session/defaults.hpp"

namespace talkback::session {

SampleRate sample_rate_of(const Session& session) {
  return SampleRate{with_defaults(session.settings()).sample_rate_hz()};
}

timeline::TempoMap tempo_map(const Session& session) { return tempo_map(session, sample_rate_of(session)); }

timeline::TempoMap tempo_map(const Session& session, SampleRate rate) {
  std::vector<timeline::TempoPoint> tempos;
  for (const v1::Object* object : session.children(kRootId, v1::Object::kTempo)) {
    const v1::Object full = with_defaults(*object);
    tempos.push_back({TickPosition{full.tempo().position_ticks()}, full.tempo().bpm(), full.tempo().ramp()});
  }
  std::vector<timeline::SignaturePoint> signatures;
  for (const v1::Object* object : session.children(kRootId, v1::Object::kSignature)) {
    const v1::Object full = with_defaults(*object);
    signatures.push_back({TickPosition{full.signature().position_ticks()},
                          static_cast<int>(full.signature().numerator()),
                          static_cast<int>(full.signature().denominator())});
  }
  return timeline::TempoMap::create(rate, std::move(tempos), std::move(signatures)).value();
}

}  // namespace talkback::session
