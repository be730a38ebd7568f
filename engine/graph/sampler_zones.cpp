#include "engine/graph/sampler_zones.hpp"

#include <fmt/format.h>

#include <map>
#include <numbers>

#include "engine/dsp/portable_math.hpp"
#include "engine/graph/content_key.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/source_frames.hpp"

namespace talkback::graph {

namespace {

using instruments::SampleLoop;
using instruments::SamplerZone;
using instruments::SampleSound;
namespace portable = dsp::portable;

SampleLoop loop_of(v1::SamplerZone::Loop loop) noexcept {
  switch (loop) {
    case v1::SamplerZone::FORWARD:
      return SampleLoop::forward;
    case v1::SamplerZone::PING_PONG:
      return SampleLoop::ping_pong;
    case v1::SamplerZone::UNTIL_RELEASE:
      return SampleLoop::until_release;
    default:
      return SampleLoop::none;
  }
}

Result<std::shared_ptr<const SampleSound>> load_sound(const v1::Source& source, const InstrumentFiles& files) {
  TALKBACK_ASSIGN(const auto mapped, files.library.map_decoded(source.blob_sha256(), files.rate));
  if (mapped->channels() > 2)
    return Error{ErrorCode::invalid, fmt::format("\"{}\" has {} channels; samplers play mono and stereo.",
                                                 source.name(), mapped->channels())};
  return std::make_shared<const SampleSound>(
      SampleSound{mapped->floats(), mapped->channels(), mapped->length().count, mapped});
}

struct Sides {
  double left = 1.0;
  double right = 1.0;
};

// As dsp/pan.hpp has it at constant power, with the same bits on every machine.
Sides sides_of(double pan, int channels) noexcept {
  if (channels == 2 && pan == 0.0) return {};
  const double turns = (pan + 1.0) / 8.0;
  const double scale = channels == 2 ? std::numbers::sqrt2 : 1.0;
  return {scale * portable::cosine_of_turns(turns), scale * portable::sine_of_turns(turns)};
}

// zone: with defaults.
SamplerZone place_zone(const v1::SamplerZone& zone, const v1::Source& source, SampleRate rate,
                       std::shared_ptr<const SampleSound> sound) {
  const auto frames = [&](std::int64_t own) { return session::at_session_rate(own, source, rate); };
  SamplerZone result;
  result.sound = std::move(sound);
  result.root_pitch = static_cast<int>(zone.root_pitch());
  result.low_pitch = static_cast<int>(zone.low_pitch());
  result.high_pitch = static_cast<int>(zone.high_pitch());
  result.low_velocity = static_cast<int>(zone.low_velocity());
  result.high_velocity = static_cast<int>(zone.high_velocity());
  result.tune_cents = zone.tune_cents();
  const double gain = portable::gain_from_db(zone.gain_db());
  const Sides sides = sides_of(zone.pan(), result.sound->channels);
  result.left = gain * sides.left;
  result.right = gain * sides.right;
  result.start = frames(zone.offset_frames());
  result.end = zone.length_frames() == 0 ? result.sound->frames : frames(zone.offset_frames() + zone.length_frames());
  result.loop = loop_of(zone.loop());
  result.loop_start = frames(zone.loop_start_frames());
  result.loop_end = zone.loop_end_frames() == 0 ? result.end : frames(zone.loop_end_frames());
  result.crossfade = frames(zone.loop_crossfade_frames());
  result.is_one_shot = zone.one_shot();
  result.choke_group = static_cast<int>(zone.choke_group());
  result.round_robin_group = static_cast<int>(zone.round_robin_group());
  result.settle();
  return result;
}

void describe(const SamplerZone& zone, std::string_view blob_sha256, std::string& description) {
  description += blob_sha256;
  append_key(description, zone.root_pitch, zone.low_pitch, zone.high_pitch, zone.low_velocity, zone.high_velocity,
             zone.tune_cents, zone.left, zone.right, zone.start, zone.end, static_cast<int>(zone.loop), zone.loop_start,
             zone.loop_end, zone.crossfade, zone.is_one_shot, zone.choke_group, zone.round_robin_group);
}

}  // namespace

Result<std::vector<SamplerZone>> load_zones(const ParameterContext& context, const v1::Object& sampler,
                                            const InstrumentFiles& files, std::string& description) {
  std::vector<SamplerZone> zones;
  std::map<std::string, std::shared_ptr<const SampleSound>> sounds;
  for (const v1::Object* child : context.session.children(session::id_of(sampler), v1::Object::kSamplerZone)) {
    const v1::Object full = session::with_defaults(*child);
    const v1::Object* source = context.session.find(ObjectId{full.sampler_zone().source_id()});
    if (source == nullptr || !source->has_source()) continue;
    std::shared_ptr<const SampleSound>& sound = sounds[source->source().blob_sha256()];
    if (sound == nullptr) {
      auto loaded = load_sound(source->source(), files);
      if (!loaded) {
        const std::string& name = full.sampler_zone().name();
        Error error = loaded.error();
        error.message =
            fmt::format("sampler zone \"{}\": {}", name.empty() ? source->source().name() : name, error.message);
        return error;
      }
      sound = *loaded;
    }
    zones.push_back(place_zone(full.sampler_zone(), source->source(), files.rate, sound));
    describe(zones.back(), source->source().blob_sha256(), description);
  }
  return zones;
}

}  // namespace talkback::graph
