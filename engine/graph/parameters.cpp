#include "engine/graph/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/dsp/control_grid.hpp"
#include "engine/effects/convolution.hpp"
#include "engine/effects/delay.hpp"
#include "engine/graph/content_key.hpp"
#include "engine/graph/impulse_response.hpp"
#include "engine/session/defaults.hpp"

namespace talkback::graph {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

double number_of(const Message& holder, const FieldDescriptor& field) {
  const auto& reflection = *holder.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(holder, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(holder, &field) ? 1.0 : 0.0;
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnumValue(holder, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(holder, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(holder, &field);
    default:
      return 0.0;
  }
}

struct Leaf {
  const Message* holder = nullptr;
  const FieldDescriptor* field = nullptr;
};

Leaf find_leaf(const Message& body, std::string_view path) {
  const Message* holder = &body;
  for (;;) {
    const std::size_t dot = path.find('.');
    const FieldDescriptor* field = holder->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr) return {};
    if (dot == std::string_view::npos) return {holder, field};
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return {};
    holder = &holder->GetReflection()->GetMessage(*holder, field);
    path.remove_prefix(dot + 1);
  }
}

const v1::Object* find_lane(const session::Session& session, ObjectId parent, std::string_view field) {
  for (const v1::Object* lane : session.children(parent, v1::Object::kAutomation)) {
    if (lane->automation().field() == field && !lane->automation().bypassed()) return lane;
  }
  return nullptr;
}

CurveShape shape_of(v1::Breakpoint::Shape shape) noexcept {
  if (shape == v1::Breakpoint::HOLD) return CurveShape::hold;
  return shape == v1::Breakpoint::CURVE ? CurveShape::curve : CurveShape::linear;
}

MovingParameter moving(int index, AutomationCurve curve, dsp::Motion motion) {
  const auto shared = std::make_shared<const AutomationCurve>(std::move(curve));
  return {index, [shared](std::int64_t frame) { return shared->value_at(frame); },
          [shared](std::int64_t frame) { return shared->steady_until(frame); },
          [shared](std::int64_t begin, std::int64_t end, std::string& text) { shared->describe(begin, end, text); },
          motion == dsp::Motion::steps};
}

// What a length in quarters makes of a parameter, through the tempo at each place: a time, or how often it passes.
MovingParameter synced(const ParameterContext& context, int index, std::string_view name, double quarters) {
  const auto tempo = std::make_shared<const timeline::TempoMap>(context.tempo);
  const bool is_time = name == "time_ms";
  const auto value_at = [tempo, quarters, is_time](std::int64_t frame) {
    const double seconds = quarters * 60.0 / tempo->bpm_at(tempo->tick_at({frame}));
    return is_time ? seconds * 1e3 : 1.0 / seconds;
  };
  return {index, value_at, [](std::int64_t frame) { return frame; },
          [value_at](std::int64_t begin, std::int64_t end, std::string& text) {
            for (std::int64_t line = dsp::grid_line_before({begin}); line < end; line += dsp::kControlFrames)
              append_key(text, value_at(line));
          },
          false};
}

// 0 where the effect has no such field.
double sync_quarters_of(const v1::Object& insert, const std::string& effect) {
  const Leaf leaf = find_leaf(insert.insert(), effect + ".sync_quarters");
  return leaf.field == nullptr ? 0.0 : number_of(*leaf.holder, *leaf.field);
}

bool tempo_is_constant(const ParameterContext& context) {
  return context.session.count_children(kRootId, v1::Object::kTempo) == 0 ||
         (context.session.count_children(kRootId, v1::Object::kTempo) == 1 &&
          context.session.children(kRootId, v1::Object::kTempo).front()->tempo().position_ticks() == 0);
}

// A ramp of the tempo stays between its ends.
double slowest_bpm(const ParameterContext& context) {
  double bpm = context.tempo.bpm_at({});
  for (const v1::Object* change : context.session.children(kRootId, v1::Object::kTempo))
    bpm = std::min(bpm, session::with_defaults(*change).tempo().bpm());
  return bpm;
}

// No more memory, and no more to save, than the longest echo of this song takes.
std::unique_ptr<effects::Processor> make_delay(const ParameterContext& context, const v1::Object& insert,
                                               double sync_quarters) {
  const double time_ms_max = sync_quarters > 0.0 ? sync_quarters * 60'000.0 / slowest_bpm(context)
                                                 : parameter_curve(context, insert, "delay.time_ms").max();
  const double depth_ms_max = parameter_curve(context, insert, "delay.modulation_depth_ms").max();
  return std::make_unique<effects::Delay>(time_ms_max, depth_ms_max);
}

// What the processor is built with.
std::string made_for(const ParameterContext& context, const v1::Object& insert, const std::string& effect,
                     double sync_quarters) {
  if (effect != "delay") return effect;
  const double time_ms_max = sync_quarters > 0.0 ? sync_quarters * 60'000.0 / slowest_bpm(context)
                                                 : parameter_curve(context, insert, "delay.time_ms").max();
  return fmt::format("delay|{}|{}", time_ms_max, parameter_curve(context, insert, "delay.modulation_depth_ms").max());
}

}  // namespace

AutomationCurve parameter_curve(const ParameterContext& context, const v1::Object& parent, std::string_view field,
                                dsp::Motion motion) {
  const Leaf leaf = find_leaf(*session::body_of(parent), field);
  TALKBACK_CHECK(leaf.field != nullptr);
  const v1::Object* lane = find_lane(context.session, session::id_of(parent), field);
  const bool is_switch = leaf.field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
  std::vector<CurvePoint> points;
  if (lane != nullptr) {
    for (const v1::Object* object : context.session.children(session::id_of(*lane), v1::Object::kBreakpoint)) {
      const v1::Breakpoint& point = object->breakpoint();
      const FramePosition position = context.tempo.frame_at(TickPosition{point.position_ticks()});
      if (motion == dsp::Motion::steps) {
        points.push_back({position, point.value(), CurveShape::step, 0.0});
        continue;
      }
      points.push_back({position, is_switch ? (point.value() >= 0.5 ? 1.0 : 0.0) : point.value(),
                        is_switch ? CurveShape::hold : shape_of(point.shape()), point.tension()});
    }
  }
  if (points.empty()) return AutomationCurve(number_of(*leaf.holder, *leaf.field));
  return AutomationCurve(std::move(points));
}

std::string_view choice_of(const Message& body, const char* choice) {
  const FieldDescriptor* field =
      body.GetReflection()->GetOneofFieldDescriptor(body, body.GetDescriptor()->FindOneofByName(choice));
  return field == nullptr ? std::string_view() : std::string_view(field->name());
}

void keep_moving(int index, AutomationCurve curve, std::vector<MovingParameter>& kept, std::string& description,
                 dsp::Motion motion) {
  if (curve.is_constant()) return append_key(description, curve.value_at(0));
  description += "moves";
  kept.push_back(moving(index, std::move(curve), motion));
}

std::string_view effect_of(const v1::Object& insert) { return choice_of(insert.insert(), "effect"); }

Result<InsertSettings> insert_settings(const ParameterContext& context, const v1::Object& insert,
                                       media::SourceLibrary& library, SampleRate rate, std::string& description) {
  const std::string effect(effect_of(insert));
  InsertSettings settings;
  const double sync_quarters = sync_quarters_of(insert, effect);
  if (effect == "delay") {
    settings.processor = make_delay(context, insert, sync_quarters);
  } else if (effect == "convolution") {
    const std::string& blob = insert.insert().convolution().blob_sha256();
    TALKBACK_ASSIGN(auto response, load_impulse_response(library, blob, rate));
    settings.processor = std::make_unique<effects::Convolution>(std::move(response));
    description += blob + "|";
  } else {
    settings.processor = effects::make_effect(effect);
  }
  TALKBACK_CHECK(settings.processor != nullptr);
  description += effect;
  settings.made_for = made_for(context, insert, effect, sync_quarters);
  const auto table = settings.processor->parameters();
  for (int index = 0; index < static_cast<int>(table.size()); ++index) {
    const std::string_view name = table[static_cast<std::size_t>(index)].name;
    if (sync_quarters > 0.0 && (name == "time_ms" || name == "rate_hz")) {
      const MovingParameter parameter = synced(context, index, name, sync_quarters);
      settings.processor->set(index, parameter.value_at(0));
      settings.values.push_back(parameter.value_at(0));
      if (!tempo_is_constant(context)) settings.moving.push_back(parameter);
      append_key(description, sync_quarters, parameter.value_at(0));
      continue;
    }
    const dsp::Motion motion = table[static_cast<std::size_t>(index)].motion;
    AutomationCurve curve = parameter_curve(context, insert, effect + "." + std::string(name), motion);
    settings.processor->set(index, curve.value_at(0));
    settings.values.push_back(curve.value_at(0));
    if (motion == dsp::Motion::jumps) settings.made_for += fmt::format("|{}", curve.value_at(0));
    keep_moving(index, std::move(curve), settings.moving, description, motion);
  }
  if (effect == "convolution") settings.made_for.clear();
  settings.bypassed = parameter_curve(context, insert, "bypassed");
  return settings;
}

}  // namespace talkback::graph
