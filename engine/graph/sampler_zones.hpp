// The zones below a sampler, with their sounds.
#pragma once

#include <vector>

#include "engine/graph/instrument_settings.hpp"
#include "engine/instruments/sampler_zone.hpp"

namespace talkback::graph {

// sampler: an instrument object with defaults. Frames, which count the source's own rate, are rounded to the nearest of
// the session's. description: all that decides about the zones' sound, appended. Fails where a sound is missing,
// unreadable or has more than two channels, naming the zone.
Result<std::vector<instruments::SamplerZone>> load_zones(const ParameterContext& context, const v1::Object& sampler,
                                                         const InstrumentFiles& files, std::string& description);

}  // namespace talkback::graph
