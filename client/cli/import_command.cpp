// talkback import: audio files become tracks aligned at a bar, MIDI files become instrument tracks with their tempo
// map.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/audio_upload.hpp"
#include "client/cli/commands.hpp"
#include "client/project/audio_import.hpp"
#include "client/project/midi_import.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/order_key.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

struct ImportOptions {
  std::string project;
  std::vector<std::string> paths;
  std::int64_t bar = 1;
  double bpm = 0.0;
  std::string key;
};

// The tempo comes first: the bar at which clips are placed depends on it.
Result<void> set_tempo_and_key(project::OpenProject& project, const ImportOptions& options) {
  v1::Edit edit;
  edit.set_summary("Tempo and key");
  const auto type = [&](const std::string& text) -> Result<void> {
    TALKBACK_ASSIGN(*edit.add_operations(),
                    session::operation_from_text(project.session(), text, &replica::new_object_id));
    return {};
  };
  if (options.bpm > 0.0) {
    const auto tempos = project.session().children(kRootId, v1::Object::kTempo);
    const std::string bpm = std::to_string(options.bpm);
    TALKBACK_TRY(type(tempos.empty() ? "+session.tempo_change bpm=" + bpm : "session.tempo_change[1].bpm=" + bpm));
  }
  if (!options.key.empty()) TALKBACK_TRY(type("session.key=\"" + options.key + "\""));
  if (edit.operations_size() == 0) return {};
  TALKBACK_TRY(project.submit_and_wait(std::move(edit)));
  return {};
}

Result<void> import(Context& context, const ImportOptions& options) {
  TALKBACK_ASSIGN(const FoundFiles files, find_files(options.paths));
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  std::vector<media::MidiFile> scores;
  for (const auto& file : files.midi) {
    TALKBACK_ASSIGN(media::MidiFile score, media::read_midi_file(file));
    scores.push_back(std::move(score));
  }
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const auto audio, read_and_upload(context, api, *project, media, files.audio));
  TALKBACK_TRY(set_tempo_and_key(*project, options));
  nlohmann::json json = nlohmann::json::array();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    project::MidiImport imported = project::import_midi(project->session(), scores[i], files.midi[i].stem().string());
    imported.edit.set_summary("Imported " + files.midi[i].filename().string());
    if (scores[i].closed_notes > 0)
      context.terminal.warn(std::to_string(scores[i].closed_notes) + " notes never ended in the file and end with it");
    if (scores[i].lost_exclusives > 0)
      context.terminal.warn(std::to_string(scores[i].lost_exclusives) +
                            " system exclusive messages of the file are damaged or too long; they are left out");
    TALKBACK_TRY(project->submit_and_wait(std::move(imported.edit)));
    context.terminal.line(files.midi[i].filename().string() + ": " + std::to_string(imported.tracks) + " tracks, " +
                          std::to_string(imported.notes) + " notes" +
                          (imported.tempo_map ? ", with its tempo map" : ""));
    json.push_back(
        {{"file", files.midi[i].filename().string()}, {"tracks", imported.tracks}, {"notes", imported.notes}});
  }
  if (!audio.empty()) {
    const timeline::TempoMap map = session::tempo_map(project->session());
    const TickPosition position = timeline::tick_of_bar(map, options.bar);
    v1::Edit edit;
    edit.set_summary("Imported " + std::to_string(audio.size()) + " audio files");
    std::string order = session::last_order(project->session(), kRootId, v1::Object::kTrack);
    const std::string& master_order = project->session().find(session::kMasterId)->order();
    for (const project::ImportedAudio& file : audio) {
      project::add_audio_track(edit, project->session(), file, position, order);
      order = session::order_between(order, order < master_order ? master_order : "");
      const double seconds = seconds_of(file.length, SampleRate{file.sample_rate_hz});
      context.terminal.line(file.file_name + ": track \"" + file.name + "\", " + duration_text(seconds) + ", " +
                            std::to_string(file.channels) + " ch, " + std::to_string(file.sample_rate_hz) + " Hz");
      json.push_back({{"file", file.file_name},
                      {"track", file.name},
                      {"seconds", seconds},
                      {"sha256", file.blob.sha256},
                      {"warnings", file.warnings}});
    }
    TALKBACK_TRY(project->submit_and_wait(std::move(edit)));
  }
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

}  // namespace

void add_import_command(Commands& commands) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = commands.add("import", "Bring audio files, folders of them, and MIDI files into a project");
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("files", options->paths, "Audio files, folders of audio files, MIDI files")->required();
  command->add_option("--bar", options->bar, "Bar at which audio starts (default 1)")->check(CLI::Range(1, 100'000));
  command->add_option("--bpm", options->bpm, "Tempo of the song")->check(CLI::Range(10.0, 960.0));
  command->add_option("--key", options->key, "Key of the song, like \"G minor\"");
  commands.run(command, [options](Context& context) { return import(context, *options); });
}

}  // namespace talkback::cli
