// A server's stores in a folder of a test's.
#pragma once

#include "server/storage/stores.hpp"

namespace talkback::test {

inline std::unique_ptr<storage::Stores> open_stores(const std::filesystem::path& folder, domain::Clock& clock,
                                                    domain::Random& random) {
  return std::move(storage::Stores::open(
                       {.database = folder / "test.sqlite", .blobs = folder / "blobs", .uploads = folder / "uploads"},
                       clock, random))
      .value();
}

}  // namespace talkback::test
