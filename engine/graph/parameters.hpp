// Fields and automation lanes of session objects, as values over the song.
#pragma once

#include <string_view>

#include "engine/graph/automation_curve.hpp"
#include "engine/graph/insert_node.hpp"
#include "engine/media/source_library.hpp"
#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::graph {

struct ParameterContext {
  const session::Session& session;
  const timeline::TempoMap& tempo;
};

// The field's lane where it has one, else its value. parent: a track, insert, send or instrument with defaults; field:
// the path inside its body. Switches hold between breakpoints and are 0 or 1; what steps holds as well.
AutomationCurve parameter_curve(const ParameterContext& context, const v1::Object& parent, std::string_view field,
                                dsp::Motion motion = dsp::Motion::glides);

// insert: with defaults and an effect. description: what does not move and decides about the sound, appended. Fails
// where a sound that the effect plays is missing.
Result<InsertSettings> insert_settings(const ParameterContext& context, const v1::Object& insert,
                                       media::SourceLibrary& library, SampleRate rate, std::string& description);

// The name of the member that is set of a choice of the body ("effect", "instrument"); empty without one.
std::string_view choice_of(const google::protobuf::Message& body, const char* choice);

// Describes a curve that does not move; keeps one that does, for a parameter by its index.
void keep_moving(int index, AutomationCurve curve, std::vector<MovingParameter>& kept, std::string& description,
                 dsp::Motion motion = dsp::Motion::glides);

// The name of the set effect ("compressor"); empty without one.
std::string_view effect_of(const v1::Object& insert);

}  // namespace talkback::graph
