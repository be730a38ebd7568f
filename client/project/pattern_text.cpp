#include "client/project/pattern_text.hpp"

#include <charconv>

#include "client/replica/sync.hpp"

namespace talkback::project {
namespace {

constexpr int kStepsMax = 64;

Error invalid(std::string message) { return Error{ErrorCode::invalid, std::move(message)}; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Result<int> pitch_from(std::string_view name, int middle_c_octave) {
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc{} && end == name.data() + name.size()) {
    if (number >= 0 && number <= 127) return number;
    return invalid("there is no key " + std::string(name) + "; keys are 0 to 127");
  }
  if (const auto drum = pitch_from_drum(name)) return *drum;
  if (const auto pitch = pitch_from_note(name, middle_c_octave)) return *pitch;
  return invalid("\"" + std::string(name) + "\" is no drum, note or key number; the drums are " + drum_names());
}

// nullopt for a rest.
Result<std::optional<PatternHit>> hit_from(char character, std::string_view name) {
  PatternHit hit;
  switch (character) {
    case '.':
    case '-':
      return std::optional<PatternHit>();
    case 'x':
      return std::optional(hit);
    case 'X':
    case '>':
      hit.velocity = kAccentVelocity;
      return std::optional(hit);
    case 'o':
      hit.velocity = kSoftVelocity;
      return std::optional(hit);
    default:
      if (character < '2' || character > '8')
        return invalid(std::string("\"") + character + "\" in the line for " + std::string(name) +
                       " is no step; write x (a hit), X (an accent), o (a soft one), 2 to 8 (so many in the step), or"
                       " . (a rest)");
      hit.repeats = character - '0';
      return std::optional(hit);
  }
}

Result<void> read_line(const std::string& line, int middle_c_octave, Pattern& pattern) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos)
    return invalid("\"" + line + "\" should be a drum, a colon and its steps, like \"kick: x...x...\"");
  const std::string_view name = trimmed(std::string_view(line).substr(0, colon));
  TALKBACK_ASSIGN(const int pitch, pitch_from(name, middle_c_octave));
  int steps = 0;
  for (const char character : std::string_view(line).substr(colon + 1)) {
    if (character == ' ' || character == '|') continue;
    ++steps;
    TALKBACK_ASSIGN(std::optional<PatternHit> hit, hit_from(character, name));
    if (!hit) continue;
    hit->step = steps;
    hit->pitch = pitch;
    pattern.hits.push_back(*hit);
  }
  if (steps == 0) return invalid("the line for " + std::string(name) + " has no steps");
  if (steps > kStepsMax)
    return invalid("the line for " + std::string(name) + " has " + std::to_string(steps) +
                   " steps; a pattern has at most " + std::to_string(kStepsMax));
  if (pattern.steps != 0 && steps != pattern.steps)
    return invalid("the line for " + std::string(name) + " has " + std::to_string(steps) + " steps, the first line " +
                   std::to_string(pattern.steps) + "; give all lines the same number");
  pattern.steps = steps;
  return {};
}

v1::Object& create(v1::Edit& edit, ObjectId parent) {
  v1::Object& object = *edit.add_operations()->mutable_create();
  object.set_id(replica::new_object_id().value);
  object.set_parent_id(parent.value);
  return object;
}

}  // namespace

Result<Pattern> read_pattern(const std::vector<std::string>& lines, int middle_c_octave) {
  Pattern pattern;
  for (const std::string& line : lines) TALKBACK_TRY(read_line(line, middle_c_octave, pattern));
  if (pattern.hits.empty()) return invalid("the pattern has no hits; write x where a drum sounds");
  return pattern;
}

void add_pattern(v1::Edit& edit, ObjectId track, const std::string& order, const Pattern& pattern,
                 const PatternPlace& place) {
  v1::Object& clip = create(edit, track);
  const ObjectId id = session::id_of(clip);
  clip.set_order(order);
  v1::PatternClip& settings = *clip.mutable_pattern_clip();
  settings.set_name(place.name);
  settings.set_position_ticks(place.position.count);
  settings.set_length_ticks(place.length.count);
  settings.set_steps(static_cast<std::uint32_t>(pattern.steps));
  settings.set_step_ticks(place.step.count);
  settings.set_swing_percent(place.swing_percent);
  for (const PatternHit& hit : pattern.hits) {
    v1::PatternStep& step = *create(edit, id).mutable_pattern_step();
    step.set_step(static_cast<std::uint32_t>(hit.step));
    step.set_pitch(static_cast<std::uint32_t>(hit.pitch));
    step.set_velocity(static_cast<std::uint32_t>(hit.velocity));
    if (hit.repeats > 1) step.set_repeats(static_cast<std::uint32_t>(hit.repeats));
  }
}

}  // namespace talkback::project
