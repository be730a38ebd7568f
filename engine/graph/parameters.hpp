// Fields and automation lanes of session objects, as values over the song.
#pragma once

#include <string_view>

#include "engine/graph/automation_curve.hpp"
#include "engine/graph/insert_node.hpp"
#include "engine/graph/instrument_node.hpp"
#include "engine/media/source_library.hpp"
#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::graph {

struct ParameterContext {
  const session::Session& session;
  const timeline::TempoMap& tempo;
};

// The field's lane where it has one, else its value. parent: a track, insert, send or instrument with defaults; field:
// the path inside its body. Switches hold between breakpoints and are 0 or 1.
AutomationCurve parameter_curve(const ParameterContext& context, const v1::Object& parent, std::string_view field);

// insert: with defaults and an effect. description: what does not move and decides about the sound, appended. Fails
// where a sound that the effect plays is missing.
Result<InsertSettings> insert_settings(const ParameterContext& context, const v1::Object& insert,
                                       media::SourceLibrary& library, SampleRate rate, std::string& description);

// The name of the set effect ("compressor"); empty without one.
std::string_view effect_of(const v1::Object& insert);

// The same of an instrument ("soundfont").
std::string_view instrument_of(const v1::Object& instrument);

// Gives the instrument its parameters, and the settings what moves. object: with defaults; description: appended.
void set_instrument(const ParameterContext& context, const v1::Object& object, InstrumentSettings& settings,
                    std::string& description);

}  // namespace talkback::graph
