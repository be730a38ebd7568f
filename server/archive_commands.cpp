// talkbackd archive create | restore: a project as one file, with a data folder that no server is using.
#include <iostream>

#include "server/archive/project_archive.hpp"
#include "server/commands.hpp"
#include "server/ops/data_folder.hpp"
#include "server/ops/system.hpp"
#include "server/storage/blobs/folder_blob_store.hpp"
#include "server/storage/sqlite/branch_store.hpp"
#include "server/storage/sqlite/edit_log.hpp"
#include "server/storage/sqlite/people_store.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "server/storage/sqlite/render_store.hpp"
#include "server/storage/sqlite/suggestion_store.hpp"
#include "server/storage/sqlite/version_store.hpp"

namespace talkback {
namespace {

struct OpenedStores {
  explicit OpenedStores(const std::filesystem::path& data)
      : folder(need(ops::DataFolder::open(data))),
        database(need(storage::Database::open(folder.database()))),
        blobs(need(storage::FolderBlobStore::open(*database, folder.blobs(), folder.uploads(), clock, random))) {}

  archive::Stores stores() {
    return {.people = people,
            .projects = projects,
            .branches = branches,
            .versions = versions,
            .suggestions = suggestions,
            .renders = renders,
            .log = log,
            .blobs = *blobs,
            .clock = clock};
  }

  ops::DataFolder folder;
  std::unique_ptr<storage::Database> database;
  ops::SystemClock clock;
  ops::SystemRandom random;
  std::unique_ptr<storage::FolderBlobStore> blobs;
  storage::SqlitePeopleStore people{*database};
  storage::SqliteProjectStore projects{*database};
  storage::SqliteBranchStore branches{*database};
  storage::SqliteVersionStore versions{*database};
  storage::SqliteSuggestionStore suggestions{*database};
  storage::SqliteRenderStore renders{*database};
  storage::SqliteEditLog log{*database};
};

void tell(const archive::Summary& summary, const std::string& what) {
  std::cout << what << " \"" << summary.name << "\" (" << summary.project << "): " << summary.edits << " edits, "
            << summary.blobs << " sounds and files of " << summary.blob_bytes / 1'000'000 << " MB\n";
}

}  // namespace

int create_archive(const std::filesystem::path& data, const std::string& project, const std::filesystem::path& file) {
  OpenedStores opened(data);
  tell(need(archive::write_project(opened.stores(), project, file)), "wrote");
  return 0;
}

int restore_archive(const std::filesystem::path& data, const std::filesystem::path& file) {
  OpenedStores opened(data);
  const archive::Summary summary = need(archive::read_project(opened.stores(), file));
  tell(summary, "restored");
  for (const std::string& name : summary.new_people)
    std::cout << name << " has no account here yet: talkbackd user password " << name << '\n';
  return 0;
}

}  // namespace talkback
