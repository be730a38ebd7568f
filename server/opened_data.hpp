// A data folder that no server is using, opened for one command.
#pragma once

#include "server/commands.hpp"
#include "server/ops/data_folder.hpp"
#include "server/ops/system.hpp"
#include "server/storage/stores.hpp"

namespace talkback {

inline storage::Stores::Places places_in(const ops::DataFolder& folder) {
  return {.database = folder.database(), .blobs = folder.blobs(), .uploads = folder.uploads()};
}

struct OpenedData {
  explicit OpenedData(const std::filesystem::path& data)
      : folder(need(ops::DataFolder::open(data))),
        stores(need(storage::Stores::open(places_in(folder), clock, random))) {}

  const ops::DataFolder folder;
  ops::SystemClock clock;
  ops::SystemRandom random;
  const std::unique_ptr<storage::Stores> stores;
};

}  // namespace talkback
