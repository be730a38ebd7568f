// All stores of one server, over one database and one folder of blobs. Each is as it says of itself. [any-thread]
#pragma once

#include <filesystem>
#include <memory>

#include "server/storage/blobs/folder_blob_store.hpp"
#include "server/storage/sqlite/branch_store.hpp"
#include "server/storage/sqlite/edit_log.hpp"
#include "server/storage/sqlite/link_store.hpp"
#include "server/storage/sqlite/people_store.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "server/storage/sqlite/render_store.hpp"
#include "server/storage/sqlite/suggestion_store.hpp"
#include "server/storage/sqlite/version_store.hpp"

namespace talkback::storage {

struct Stores {
  struct Places {
    std::filesystem::path database;  // a file
    std::filesystem::path blobs;     // folders, made where they are missing
    std::filesystem::path uploads;
  };
  // Migrates the database. Errors as of Database::open and FolderBlobStore::open. Clock and randomness outlive it.
  static Result<std::unique_ptr<Stores>> open(const Places& places, domain::Clock& clock, domain::Random& random);

  const std::unique_ptr<Database> database;  // closed last
  const std::unique_ptr<FolderBlobStore> blobs;
  SqlitePeopleStore people{*database};
  SqliteProjectStore projects{*database};
  SqliteBranchStore branches{*database};
  SqliteVersionStore versions{*database};
  SqliteSuggestionStore suggestions{*database};
  SqliteLinkStore links{*database};
  SqliteRenderStore renders{*database};
  SqliteEditLog log{*database};

 private:
  Stores(std::unique_ptr<Database> opened, std::unique_ptr<FolderBlobStore> opened_blobs)
      : database(std::move(opened)), blobs(std::move(opened_blobs)) {}
};

}  // namespace talkback::storage
