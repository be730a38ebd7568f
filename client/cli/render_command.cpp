// talkback render: mix, master or stems, by the server or here.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/rendering.hpp"
#include "client/project/media_links.hpp"
#include "client/project/session_file.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

struct RenderOptions {
  std::string project;
  std::string kind;
  std::string out = ".";
  std::string format;
  std::vector<std::string> media;
  std::string at;
  int sample_rate_hz = 0;
  int threads = 0;
  std::optional<double> target_lufs;
  std::optional<double> ceiling_dbtp;
  bool local = false;
  bool no_cache = false;
  bool no_target = false;
  bool explain = false;
};

const std::map<std::string, v1::RenderSettings::Kind> kKinds{
    {"mix", v1::RenderSettings::MIX}, {"master", v1::RenderSettings::MASTER}, {"stems", v1::RenderSettings::STEMS}};
const std::map<std::string, v1::RenderSettings::Format> kFormats{
    {"", v1::RenderSettings::FORMAT_UNSPECIFIED}, {"wav-float", v1::RenderSettings::WAV_FLOAT},
    {"wav-24", v1::RenderSettings::WAV_24},       {"wav-16", v1::RenderSettings::WAV_16},
    {"flac-24", v1::RenderSettings::FLAC_24},     {"flac-16", v1::RenderSettings::FLAC_16}};

v1::RenderSettings settings_from(const RenderOptions& options) {
  v1::RenderSettings settings;
  settings.set_kind(kKinds.at(options.kind));
  settings.set_format(kFormats.at(options.format));
  settings.set_sample_rate_hz(options.sample_rate_hz);
  if (options.target_lufs) settings.set_target_lufs(*options.target_lufs);
  if (options.ceiling_dbtp) settings.set_ceiling_dbtp(*options.ceiling_dbtp);
  settings.set_without_target(options.no_target);
  settings.set_explain(options.explain);
  return settings;
}

LocalOptions local_options_from(const RenderOptions& options) {
  return {.out = options.out, .threads = options.threads, .no_cache = options.no_cache};
}

// Without a server: the sounds are links in a folder of the cache.
Result<Rendered> render_file_here(Context& context, const RenderOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  const std::filesystem::path file = std::filesystem::absolute(options.project);
  TALKBACK_ASSIGN(const v1::SessionState state, project::read_session_file(file));
  TALKBACK_ASSIGN(const session::Session session, session::from_state(state));
  const std::string name = "file-" + to_hex(sha256(file.string())).substr(0, 16);
  TALKBACK_ASSIGN(const BlobFolder blobs, BlobFolder::open(home->cache() / "media" / name));
  std::vector<std::filesystem::path> folders(options.media.begin(), options.media.end());
  if (folders.empty()) folders.push_back(file.parent_path());
  context.terminal.progress("Looking for the sounds", 0.0);
  TALKBACK_TRY(project::link_media(session, folders, blobs, {.threads = options.threads}));
  return render_here(context, {state, blobs.root(), name}, settings_from(options), local_options_from(options));
}

bool is_session_file(const RenderOptions& options) { return options.local && options.project.ends_with(".json"); }

Result<Rendered> render_anywhere(Context& context, const RenderOptions& options) {
  if (is_session_file(options)) return render_file_here(context, options);
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  v1::NewRender wanted;
  *wanted.mutable_settings() = settings_from(options);
  wanted.set_branch_id(place.branch.id());
  if (!options.at.empty()) {
    TALKBACK_ASSIGN(const v1::Moment moment, project::find_moment(api, place, options.at));
    wanted.set_branch_id(moment.branch_id());
    wanted.set_revision(moment.revision());
  }
  const std::string& project = place.project.id();
  if (options.local)
    return render_moment_here(context, api, {project, wanted.branch_id()}, wanted.revision(), wanted.settings(),
                              local_options_from(options));
  TALKBACK_ASSIGN(const v1::RenderStatus started, api.start_render(project, wanted));
  TALKBACK_ASSIGN(const v1::RenderStatus status, wait_for_render(context, api, project, started));
  return fetch_render(context, api, project, status, options.out);
}

std::string number(bool has, double value, const char* unit) {
  if (!has) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %s", value, unit);
  return text;
}

nlohmann::json json_of(const v1::Artifact& artifact, const std::filesystem::path& out) {
  const v1::LoudnessReport& loudness = artifact.loudness();
  nlohmann::json json{{"file", (out / artifact.name()).string()},
                      {"name", artifact.name()},
                      {"sha256", artifact.blob_sha256()},
                      {"seconds", static_cast<double>(artifact.length_frames()) / artifact.sample_rate_hz()},
                      {"sample_rate_hz", artifact.sample_rate_hz()},
                      {"integrated_lufs", nullptr},
                      {"range_lu", nullptr},
                      {"true_peak_dbtp", nullptr}};
  if (loudness.has_integrated_lufs()) json["integrated_lufs"] = loudness.integrated_lufs();
  if (loudness.has_range_lu()) json["range_lu"] = loudness.range_lu();
  if (loudness.has_true_peak_dbtp()) json["true_peak_dbtp"] = loudness.true_peak_dbtp();
  return json;
}

nlohmann::json json_of(const v1::RenderEffort& effort) {
  nlohmann::json json{{"seconds", effort.seconds()},
                      {"song_seconds", effort.song_seconds()},
                      {"segments", effort.segments()},
                      {"segments_computed", effort.segments_computed()}};
  for (const auto& step : effort.steps())
    json["steps"].push_back({{"track", step.track()},
                             {"what", step.what()},
                             {"segments", step.segments()},
                             {"computed", step.computed()},
                             {"reason", step.reason()}});
  return json;
}

// "180 s of song in 1.7 s: 106 x real time; 93 % from the cache".
std::string summary_of(const v1::RenderEffort& effort) {
  char text[120];
  const double speed = effort.song_seconds() / std::max(effort.seconds(), 1e-6);
  std::snprintf(text, sizeof text, "%.0f s of song in %.2f s: %.0f x real time", effort.song_seconds(),
                effort.seconds(), speed);
  std::string result = text;
  if (effort.segments() > 0) {
    const double found = 1.0 - static_cast<double>(effort.segments_computed()) / static_cast<double>(effort.segments());
    std::snprintf(text, sizeof text, "; %.0f %% from the cache", 100.0 * found);
    result += text;
  }
  return result;
}

void explain(Context& context, const v1::RenderEffort& effort) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& step : effort.steps())
    rows.push_back({step.track(), step.what(),
                    std::to_string(step.computed()) + " of " + std::to_string(step.segments()), step.reason()});
  context.terminal.table({"TRACK", "STEP", "COMPUTED", "WHY"}, rows);
}

Result<void> render(Context& context, const RenderOptions& options) {
  TALKBACK_ASSIGN(const Rendered rendered, render_anywhere(context, options));
  nlohmann::json json{{"revision", rendered.revision},
                      {"engine", rendered.engine_version},
                      {"warnings", rendered.warnings},
                      {"effort", json_of(rendered.effort)},
                      {"artifacts", nlohmann::json::array()}};
  std::vector<std::vector<std::string>> rows;
  for (const v1::Artifact& artifact : rendered.artifacts) {
    const v1::LoudnessReport& loudness = artifact.loudness();
    rows.push_back({(std::filesystem::path(options.out) / artifact.name()).string(),
                    duration_text(static_cast<double>(artifact.length_frames()) / artifact.sample_rate_hz()),
                    number(loudness.has_integrated_lufs(), loudness.integrated_lufs(), "LUFS"),
                    number(loudness.has_range_lu(), loudness.range_lu(), "LU"),
                    number(loudness.has_true_peak_dbtp(), loudness.true_peak_dbtp(), "dBTP")});
    json["artifacts"].push_back(json_of(artifact, std::filesystem::absolute(options.out)));
  }
  context.terminal.table({"FILE", "LENGTH", "LOUDNESS", "RANGE", "TRUE PEAK"}, rows);
  if (options.explain) explain(context, rendered.effort);
  context.terminal.note(summary_of(rendered.effort));
  for (const std::string& warning : rendered.warnings) context.terminal.warn(warning);
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

}  // namespace

void add_render_command(Commands& commands) {
  auto options = std::make_shared<RenderOptions>();
  CLI::App* command = commands.add("render", "Render a mix, a master or stems; the files are written here");
  command->add_option("kind", options->kind, "mix, master or stems")
      ->required()
      ->check(CLI::IsMember({"mix", "master", "stems"}));
  command->add_option("project", options->project, "Name or id; with --local also a session file (.json)")->required();
  command->add_option("--media", options->media,
                      "With a session file: folders with its sounds, by any name (default: the file's own)");
  command->add_option("--out", options->out, "Folder for the files (default: this one)");
  command
      ->add_option("--format", options->format,
                   "wav-float, wav-24, wav-16, flac-24 or flac-16 (default: wav-float; masters wav-24)")
      ->check(CLI::IsMember({"wav-float", "wav-24", "wav-16", "flac-24", "flac-16"}));
  command->add_option("--at,--revision", options->at, "A revision, version or branch (default: the newest state)");
  command->add_option("--sample-rate", options->sample_rate_hz, "Hz (default: the session's)")
      ->check(CLI::Range(8'000, 192'000));
  command->add_option("--lufs", options->target_lufs, "Loudness of the master (default: the session's target, -14)");
  command->add_option("--ceiling", options->ceiling_dbtp,
                      "True-peak ceiling of the master in dBTP (default: the session's, -1)");
  command->add_flag("--no-target", options->no_target, "A master through its track and no further: no loudness target");
  command->add_flag("--explain", options->explain, "Tell what was computed, and why");
  command->add_flag("--no-cache", options->no_cache, "With --local: compute everything, keep nothing");
  command->add_flag("--local", options->local, "Render on this machine: the same bytes as the server's");
  command->add_option("--threads", options->threads, "With --local: threads (default: all cores)")
      ->check(CLI::Range(0, 256));
  commands.run(command, [options](Context& context) { return render(context, *options); });
}

}  // namespace talkback::cli
