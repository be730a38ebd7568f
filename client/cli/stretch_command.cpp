// talkback stretch: clips made to fit the song's tempo, and transposed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/offline_edit.hpp"
#include "client/cli/take_lanes.hpp"
#include "engine/editing/stretching.hpp"
#include "engine/session/source_frames.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

constexpr const char* kExamples =
    R"(Examples:
  talkback stretch Song --track Drums --from-bpm 92        # a loop of 92 bpm is made to fit the song
  talkback stretch Song --track Drums --clip break --to 9  # its end lies on bar 9
  talkback stretch Song --track Vocal --transpose -2       # two semitones lower, as long as before
  talkback stretch Song --track Drums --by 1               # as it was recorded)";

struct StretchOptions {
  std::string project;
  std::string track;
  std::string clip;
  std::optional<double> by;
  std::optional<double> from_bpm;
  std::string to;
  std::optional<double> transpose_st;
};

// By name, or by number on the track; all without either.
Result<std::vector<const v1::Object*>> find_clips(const session::Session& session, const std::string& track,
                                                  const std::string& text) {
  TALKBACK_ASSIGN(const v1::Object* object, find_audio_track(session, track));
  const auto clips = session.children(session::id_of(*object), v1::Object::kAudioClip);
  std::vector<const v1::Object*> found;
  std::string names;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const std::string& name = clips[i]->audio_clip().name();
    names += fmt::format("{}{} \"{}\"", names.empty() ? "" : ", ", i + 1, name);
    if (text.empty() || name == text) found.push_back(clips[i]);
  }
  if (clips.empty())
    return Error{ErrorCode::not_found, track + " has no audio clips; comps and takes are not stretched"};
  if (found.empty()) {
    for (std::size_t i = 0; i < clips.size(); ++i)
      if (std::to_string(i + 1) == text) found.push_back(clips[i]);
  }
  if (found.empty())
    return Error{ErrorCode::not_found, "there is no clip \"" + text + "\" on " + track + "; there are " + names};
  return found;
}

Result<editing::ClipStretch> wanted_from(const timeline::TempoMap& map, const StretchOptions& options) {
  editing::ClipStretch wanted{.target = std::nullopt, .transpose_st = options.transpose_st};
  if (options.by) wanted.target = editing::Ratio{*options.by};
  if (options.from_bpm) wanted.target = editing::RecordedTempo{*options.from_bpm};
  if (!options.to.empty()) {
    TALKBACK_ASSIGN(const TickPosition end, place_from(map, options.to));
    wanted.target = editing::ClipEnd{end};
  }
  if (!wanted.target && !wanted.transpose_st)
    return Error{ErrorCode::invalid, "say what shall become of it: --from-bpm, --to, --by or --transpose"};
  return wanted;
}

// "0.9388 times as long, 2 semitones lower, ends at 5"
std::string sound_text(const session::Session& session, const v1::AudioClip& clip) {
  std::string text = clip.has_stretch() && clip.stretch() != 1.0
                         ? fmt::format("{:.4g} times as long as recorded", clip.stretch())
                         : "as long as recorded";
  if (const double st = clip.transpose_st(); st != 0.0)
    text += fmt::format(", {:.4g} semitones {}", std::abs(st), st > 0.0 ? "higher" : "lower");
  const v1::Source* source = session::source_of(session, clip.source_id());
  if (source == nullptr) return text;
  const SampleRate rate{static_cast<int>(source->sample_rate_hz())};
  const timeline::TempoMap map = session::tempo_map(session, rate);
  const Frames length{session::heard_frames(clip.length_frames(), clip, *source, rate)};
  const TickPosition end = map.tick_at(map.frame_at(TickPosition{clip.position_ticks()}) + length);
  return text + ", ends at " + timeline::to_text(map, end);
}

Result<void> stretch(Context& context, const StretchOptions& options) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  const session::Session& session = editable.project->session();
  const timeline::TempoMap map = session::tempo_map(session);
  TALKBACK_ASSIGN(const auto clips, find_clips(session, options.track, options.clip));
  TALKBACK_ASSIGN(const editing::ClipStretch wanted, wanted_from(map, options));
  v1::Edit edit;
  std::vector<ObjectId> ids;
  for (const v1::Object* clip : clips) {
    ids.push_back(session::id_of(*clip));
    TALKBACK_ASSIGN(const v1::Edit one, editing::stretch(session, map, *clip, wanted));
    edit.MergeFrom(one);
  }
  const bool is_new = edit.operations_size() > 0;
  std::uint64_t revision = editable.project->sync().replica().revision();
  if (is_new) {
    edit.set_summary(options.track + ": " + (wanted.target ? "clips stretched" : "clips transposed"));
    TALKBACK_ASSIGN(const auto outcome, submit_edit(context, editable, std::move(edit)));
    revision = outcome.revision;
  }
  nlohmann::json json = nlohmann::json::array();
  for (const ObjectId id : ids) {
    const v1::Object* object = session.find(id);
    if (object == nullptr) continue;
    const v1::AudioClip& clip = object->audio_clip();
    context.terminal.line(options.track + ": \"" + clip.name() + "\" " + sound_text(session, clip) +
                          (is_new ? "." : "; nothing to change."));
    json.push_back(
        {{"clip", clip.name()}, {"stretch", session::stretch_of(clip)}, {"transpose_st", clip.transpose_st()}});
  }
  if (context.terminal.json)
    context.terminal.print_json(
        {{"revision", revision}, {"track", options.track}, {"changed", is_new}, {"clips", json}});
  return {};
}

}  // namespace

void add_stretch_command(Commands& commands) {
  auto options = std::make_shared<StretchOptions>();
  CLI::App* command = commands.add("stretch", "Make clips longer or shorter at their pitch, or transpose them");
  command->footer(kExamples);
  command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  command->add_option("--track", options->track, "The track")->required();
  command->add_option("--clip", options->clip, "Name or number of one clip (default: all of the track)");
  auto* target = command->add_option_group("target");
  target->add_option("--from-bpm", options->from_bpm, "The tempo it was played at; it is made to fit the song's");
  target->add_option("--to", options->to, "Where its end shall lie: a bar (9) or a bar and beat (9.3)");
  target->add_option("--by", options->by, "Length heard / length recorded, 0.25 to 4; 1: as it was recorded");
  target->require_option(0, 1);
  command->add_option("--transpose", options->transpose_st, "Semitones against the recording, -24 to 24; 0: none")
      ->check(CLI::Range(-24.0, 24.0));
  commands.run(command, [options](Context& context) { return stretch(context, *options); });
}

}  // namespace talkback::cli
