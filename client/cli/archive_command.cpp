// talkback archive create: a project as one file, for safe keeping or another server.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/project/project_archive.hpp"

namespace talkback::cli {
namespace {

struct ArchiveOptions {
  std::string project;
  std::string file;
};

Result<void> create(Context& context, const ArchiveOptions& options) {
  if (std::filesystem::exists(options.file))
    return Error{ErrorCode::conflict, options.file + " is there already: give another name"};
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(options.project));
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  TALKBACK_ASSIGN(const project::ArchiveSummary written,
                  project::write_archive(api, media, project.id(), options.file, [&](double done) {
                    context.terminal.progress("fetching \"" + project.name() + "\"", done);
                  }));
  context.terminal.end_progress();
  context.terminal.line(options.file + ": " + std::to_string(written.edits) + " edits, " +
                        std::to_string(written.blobs) + " sounds and files of " +
                        std::to_string(written.blob_bytes / 1'000'000) + " MB, each compared by its hash.");
  context.terminal.note("An administrator brings it to another server with: talkbackd archive restore " + options.file);
  if (context.terminal.json)
    context.terminal.print_json({{"file", options.file},
                                 {"edits", written.edits},
                                 {"blobs", written.blobs},
                                 {"blob_bytes", written.blob_bytes}});
  return {};
}

}  // namespace

void add_archive_command(Commands& commands) {
  CLI::App* archive = commands.add("archive", "A project as one file");
  archive->require_subcommand(1);
  auto options = std::make_shared<ArchiveOptions>();
  CLI::App* command = commands.add("create", "Write a project with its history and sounds into a file", archive);
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("file", options->file, "A tar file; taken up again where a line broke")->required();
  commands.run(command, [options](Context& context) { return create(context, *options); });
}

}  // namespace talkback::cli
