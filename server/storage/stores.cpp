#include "server/storage/stores.hpp"

namespace talkback::storage {

Result<std::unique_ptr<Stores>> Stores::open(const Places& places, domain::Clock& clock, domain::Random& random) {
  TALKBACK_ASSIGN(auto database, Database::open(places.database));
  TALKBACK_ASSIGN(auto blobs, FolderBlobStore::open(*database, places.blobs, places.uploads, clock, random));
  return std::unique_ptr<Stores>(new Stores(std::move(database), std::move(blobs)));
}

}  // namespace talkback::storage
