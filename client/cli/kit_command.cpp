// talkback kit: a sampler from audio files, mapped to keys by their names.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/audio_upload.hpp"
#include "client/cli/commands.hpp"
#include "client/project/instrument_track.hpp"
#include "client/project/kit.hpp"

namespace talkback::cli {
namespace {

constexpr const char* kExamples =
    "What file names say:\n"
    "  \"Piano C#3.wav\"            a note (C3 is middle C); between notes, keys go to the nearer\n"
    "  \"snare_01.wav\"             a drum, on its General MIDI key\n"
    "  \"kick_vel80\", \"kick mf\"    how hard it was played; also ppp to fff, soft, hard, and layers v1, v2 …\n"
    "  \"snare_rr2\"                one of several that take turns\n"
    "Others lie on free keys from C1 on. Files of one key whose levels differ become layers.\n"
    "A track that is not there is made.\n";

struct KitOptions {
  std::string project;
  std::string track;
  std::vector<std::string> paths;
  int middle_c_octave = project::kMiddleCOctave;
  bool replace = false;
};

Result<std::vector<project::KitZone>> map_files(const std::vector<project::ImportedAudio>& audio, int middle_c_octave) {
  std::vector<project::KitFile> files;
  for (const project::ImportedAudio& file : audio) {
    if (file.channels > 2)
      return Error{ErrorCode::invalid, file.file_name + ": it has " + std::to_string(file.channels) +
                                           " channels; samplers play mono and stereo"};
    TALKBACK_ASSIGN(const double level_db, project::level_of(file.file));
    files.push_back({file.name, level_db});
  }
  return project::map_kit(files, middle_c_octave);
}

// The track's sampler, a new one where it has no instrument. With --replace, its zones go.
Result<ObjectId> find_or_make_sampler(v1::Edit& edit, const session::Session& session, const KitOptions& options,
                                      bool has_layers) {
  TALKBACK_ASSIGN(const auto track, project::find_or_add_instrument_track(edit, session, options.track));
  const auto instruments = session.children(track.id, v1::Object::kInstrument);
  if (!instruments.empty()) {
    const v1::Object& instrument = *instruments.front();
    if (!instrument.instrument().has_sampler())
      return Error{ErrorCode::conflict, "the track " + options.track +
                                            " has another instrument; delete it first (talkback edit PROJECT \"-" +
                                            options.track + ".instrument\"), or give another track"};
    const auto zones = session.children(session::id_of(instrument), v1::Object::kSamplerZone);
    if (!zones.empty() && !options.replace)
      return Error{ErrorCode::conflict, "the sampler of " + options.track + " has " + std::to_string(zones.size()) +
                                            " zones already; --replace puts the files in their place"};
    for (const v1::Object* zone : zones) edit.add_operations()->set_delete_id(zone->id());
    return session::id_of(instrument);
  }
  v1::Object& instrument = project::add_instrument(edit, track.id);
  v1::Sampler& sampler = *instrument.mutable_instrument()->mutable_sampler();
  if (has_layers) sampler.set_velocity_percent(project::kLayeredVelocityPercent);
  return session::id_of(instrument);
}

std::string range_text(int low, int high, const std::function<std::string(int)>& text) {
  return low == high ? text(low) : text(low) + " to " + text(high);
}

void show(Context& context, const std::vector<project::ImportedAudio>& audio,
          const std::vector<project::KitZone>& zones, const KitOptions& options) {
  const auto key = [&](int pitch) { return project::note_name(pitch, options.middle_c_octave); };
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const project::KitZone& zone : zones) {
    const project::ImportedAudio& file = audio[zone.file];
    const std::string drum(zone.one_shot ? project::drum_name(zone.root_pitch) : "");
    rows.push_back({file.file_name, key(zone.root_pitch) + " (" + std::to_string(zone.root_pitch) + ")", drum,
                    range_text(zone.low_pitch, zone.high_pitch, key),
                    range_text(zone.low_velocity, zone.high_velocity, [](int v) { return std::to_string(v); }),
                    zone.round_robin_group > 0 ? "yes" : ""});
    json.push_back({{"file", file.file_name},
                    {"sha256", file.blob.sha256},
                    {"root", zone.root_pitch},
                    {"drum", drum},
                    {"low_pitch", zone.low_pitch},
                    {"high_pitch", zone.high_pitch},
                    {"low_velocity", zone.low_velocity},
                    {"high_velocity", zone.high_velocity},
                    {"takes_turns", zone.round_robin_group > 0}});
  }
  if (context.terminal.json) {
    context.terminal.print_json({{"track", options.track}, {"zones", json}});
  } else {
    context.terminal.table({"FILE", "KEY", "DRUM", "KEYS", "VELOCITY", "TURNS"}, rows);
  }
}

Result<void> kit(Context& context, const KitOptions& options) {
  TALKBACK_ASSIGN(const FoundFiles files, find_files(options.paths));
  if (!files.midi.empty())
    return Error{ErrorCode::invalid, files.midi.front().filename().string() + ": a kit is made of audio files"};
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  // What cannot be is said before anything is sent.
  v1::Edit trial;
  TALKBACK_TRY(find_or_make_sampler(trial, project->session(), options, false));
  TALKBACK_ASSIGN(const auto audio, read_and_upload(context, api, *project, media, files.audio));
  TALKBACK_ASSIGN(const auto zones, map_files(audio, options.middle_c_octave));
  const bool has_layers =
      std::ranges::any_of(zones, [](const project::KitZone& zone) { return zone.high_velocity < 127; });
  v1::Edit edit;
  edit.set_summary("Kit on " + options.track);
  TALKBACK_ASSIGN(const ObjectId sampler, find_or_make_sampler(edit, project->session(), options, has_layers));
  project::add_zones(edit, project->session(), sampler, audio, zones);
  TALKBACK_TRY(project->submit_and_wait(std::move(edit)));
  show(context, audio, zones, options);
  return {};
}

}  // namespace

void add_kit_command(Commands& commands) {
  auto options = std::make_shared<KitOptions>();
  CLI::App* command = commands.add("kit", "Make a sampler of audio files, mapped to keys by their names");
  command->footer(kExamples);
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("files", options->paths, "Audio files, folders of audio files")->required();
  command->add_option("--track", options->track, "Name of the track")->required();
  command->add_option("--middle-c", options->middle_c_octave, "Octave of middle C in file names: 3 (default) or 4")
      ->check(CLI::Range(3, 4));
  command->add_flag("--replace", options->replace, "Put the files in the place of the sampler's zones");
  commands.run(command, [options](Context& context) { return kit(context, *options); });
}

}  // namespace talkback::cli
