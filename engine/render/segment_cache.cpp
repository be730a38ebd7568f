#include "engine/render/segment_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/render/pack_format.hpp"
#include "engine/render/pack_writer.hpp"

namespace talkback::render {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".segments";
// Handed to the writer together.
constexpr std::size_t kHandedBytes = 4 << 20;

struct KeyHash {
  using is_avalanching = void;  // keys are hashes
  std::size_t operator()(const ContentKey& key) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, key.data(), sizeof value);
    return value;
  }
};

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const noexcept { return value_; }

 private:
  int value_ = -1;
};

struct Pack {
  fs::path path;
  Descriptor file;
  std::int64_t size = 0;
  std::int64_t used = 0;  // nanoseconds since 1970; the one being written is the newest
  bool is_used_now = false;
};

struct Place {
  int pack = -1;
  std::int64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t check = 0;
};

using Places = boost::unordered_flat_map<ContentKey, Place, KeyHash>;

}  // namespace

struct SegmentCache::State {
  fs::path folder;
  Descriptor lock;
  std::int64_t bytes_max = 0;
  std::int64_t size = 0;
  std::vector<Pack> packs;
  int current = -1;  // the pack being written
  bool is_full = false;

  struct Known {
    Record record;
    int pack = -1;
  };
  boost::unordered_flat_map<ContentKey, Known, KeyHash> records;
  Places states;
  Places sounds;
  Places tables;

  // Of the current pack, not handed to the writer yet.
  std::vector<std::vector<std::byte>> pieces;
  std::size_t pieces_bytes = 0;
  PackIndex index;
  // The last to be made and the first to go: it writes to packs.
  PackWriter writer;

  void read_packs();
  void scan(int pack);
  void add(int pack, const PackEntryHeader& header, std::int64_t offset, std::span<const std::byte> record);
  void remove_pack(int pack);
  bool make_room(std::int64_t bytes);
  bool start_pack();
  void put(PackEntryKind kind, const ContentKey& key, std::vector<std::byte> payload, std::uint64_t check);
  void put(PackEntryKind kind, const ContentKey& key, std::vector<std::byte> payload);
  void put_index();
  void hand_over();
  void give_up();
  // What is found must stay until the render ends.
  bool touch(const Places& places, const ContentKey& key);
  bool load(Places& places, const ContentKey& key, std::span<std::byte> bytes);
};

void SegmentCache::State::read_packs() {
  std::error_code code;
  for (const auto& file : fs::directory_iterator(folder, code)) {
    if (file.path().extension() != kExtension) continue;
    struct stat status {};
    Descriptor descriptor(::open(file.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) continue;
    packs.push_back({file.path(), std::move(descriptor), status.st_size,
                     status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec, false});
    size += status.st_size;
  }
  std::ranges::sort(packs, {}, &Pack::used);
  for (int i = 0; i < static_cast<int>(packs.size()); ++i) {
    if (size > bytes_max) {
      remove_pack(i);
    } else {
      scan(i);
    }
  }
}

// The rest is looked at when it is needed.
void SegmentCache::State::scan(int pack) {
  const Pack& found = packs[static_cast<std::size_t>(pack)];
  read_pack(found.file.get(), found.size,
            [&](const PackEntryHeader& header, std::int64_t offset, std::span<const std::byte> record) {
              add(pack, header, offset, record);
            });
}

void SegmentCache::State::add(int pack, const PackEntryHeader& header, std::int64_t offset,
                              std::span<const std::byte> record) {
  const Place place{pack, offset, header.size, header.payload_check};
  if (header.kind == PackEntryKind::state) states.insert_or_assign(header.key, place);
  if (header.kind == PackEntryKind::sound) sounds.insert_or_assign(header.key, place);
  if (header.kind == PackEntryKind::table) tables.insert_or_assign(header.key, place);
  if (header.kind == PackEntryKind::record && record.size() == sizeof(Record)) {
    Known known{.record = {}, .pack = pack};
    std::memcpy(&known.record, record.data(), sizeof(Record));
    records.insert_or_assign(header.key, known);
  }
}

void SegmentCache::State::remove_pack(int pack) {
  Pack& gone = packs[static_cast<std::size_t>(pack)];
  std::error_code ignored;
  fs::remove(gone.path, ignored);
  size -= gone.size;
  gone.size = 0;
  gone.file = {};
  boost::unordered::erase_if(records, [&](const auto& item) { return item.second.pack == pack; });
  for (Places* places : {&states, &sounds, &tables})
    boost::unordered::erase_if(*places, [&](const auto& item) { return item.second.pack == pack; });
}

// Packs that this render has used stay.
bool SegmentCache::State::make_room(std::int64_t bytes) {
  for (int i = 0; i < static_cast<int>(packs.size()) && size + bytes > bytes_max; ++i) {
    const Pack& pack = packs[static_cast<std::size_t>(i)];
    if (pack.size > 0 && !pack.is_used_now) remove_pack(i);
  }
  return size + bytes <= bytes_max;
}

bool SegmentCache::State::start_pack() {
  for (int number = 0; number < 1'000'000; ++number) {
    fs::path path = folder / fmt::format("{:06}{}", number, kExtension);
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    if (file.get() < 0 && errno == EEXIST) continue;
    if (file.get() < 0) return false;
    current = static_cast<int>(packs.size());
    packs.push_back({std::move(path), std::move(file), 0, 0, true});
    return true;
  }
  return false;
}

void SegmentCache::State::put(PackEntryKind kind, const ContentKey& key, std::vector<std::byte> payload) {
  const std::uint64_t check = check_of(payload);
  put(kind, key, std::move(payload), check);
}

void SegmentCache::State::put(PackEntryKind kind, const ContentKey& key, std::vector<std::byte> payload,
                              std::uint64_t check) {
  const auto bytes = static_cast<std::int64_t>(sizeof(PackEntryHeader) + payload.size());
  if (is_full || (current < 0 && !start_pack())) return;
  if (writer.has_failed()) return give_up();
  if (!make_room(bytes)) {
    // Small entries may still fit; once a record does not, nothing will.
    is_full = kind != PackEntryKind::sound;
    return;
  }
  const PackEntryHeader header = pack_entry_header(kind, key, payload.size(), check);
  Pack& pack = packs[static_cast<std::size_t>(current)];
  add(current, header, pack.size + static_cast<std::int64_t>(sizeof header), payload);
  index.add(header, payload);
  pack.size += bytes;
  size += bytes;
  const auto header_bytes = std::as_bytes(std::span(&header, 1));
  pieces.emplace_back(header_bytes.begin(), header_bytes.end());
  pieces_bytes += header_bytes.size() + payload.size();
  pieces.push_back(std::move(payload));
  if (pieces_bytes >= kHandedBytes) hand_over();
}

void SegmentCache::State::put_index() {
  if (index.is_whole()) return;
  put(PackEntryKind::index, {}, index.payload(packs[static_cast<std::size_t>(current)].size));
}

void SegmentCache::State::hand_over() {
  if (pieces.empty()) return;
  writer.append(packs[static_cast<std::size_t>(current)].file.get(), std::exchange(pieces, {}));
  pieces_bytes = 0;
}

// What was promised is not there: nothing of this pack may be found.
void SegmentCache::State::give_up() {
  pieces.clear();
  remove_pack(current);
  is_full = true;
}

bool SegmentCache::State::touch(const Places& places, const ContentKey& key) {
  const auto found = places.find(key);
  if (found == places.end()) return false;
  packs[static_cast<std::size_t>(found->second.pack)].is_used_now = true;
  return true;
}

bool SegmentCache::State::load(Places& places, const ContentKey& key, std::span<std::byte> bytes) {
  const auto found = places.find(key);
  if (found == places.end()) return false;
  const Place place = found->second;
  if (place.pack == current) {
    hand_over();
    if (!writer.wait_for(place.offset + static_cast<std::int64_t>(place.size))) {
      give_up();
      return false;
    }
  }
  Pack& pack = packs[static_cast<std::size_t>(place.pack)];
  pack.is_used_now = true;
  if (place.size == bytes.size() && read_all(pack.file.get(), bytes, place.offset) && check_of(bytes) == place.check)
    return true;
  places.erase(found);
  return false;
}

SegmentCache::SegmentCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
SegmentCache::SegmentCache(SegmentCache&&) noexcept = default;

SegmentCache::~SegmentCache() {
  if (!state_) return;
  flush();
  // What was of use is the last to go.
  for (const Pack& pack : state_->packs) {
    if (pack.is_used_now && pack.size > 0) ::futimens(pack.file.get(), nullptr);
  }
}

Result<SegmentCache> SegmentCache::open(const fs::path& folder, std::int64_t bytes_max) {
  auto state = std::make_unique<State>();
  state->folder = folder;
  state->bytes_max = bytes_max;
  std::error_code code;
  fs::create_directories(folder, code);
  state->lock = Descriptor(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (state->lock.get() < 0)
    return Error{ErrorCode::unavailable,
                 fmt::format("The render cache {} cannot be written: {}.", folder.string(), std::strerror(errno))};
  if (::flock(state->lock.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{ErrorCode::unavailable, "Another render of this project uses its cache."};
  state->read_packs();
  return SegmentCache(std::move(state));
}

std::optional<SegmentCache::Record> SegmentCache::find_record(const ContentKey& key) const {
  const auto found = state_->records.find(key);
  if (found == state_->records.end()) return std::nullopt;
  state_->packs[static_cast<std::size_t>(found->second.pack)].is_used_now = true;
  return found->second.record;
}

bool SegmentCache::has_state(const ContentKey& state) const { return state_->touch(state_->states, state); }
bool SegmentCache::has_sound(const ContentKey& key) const { return state_->touch(state_->sounds, key); }

bool SegmentCache::load_state(const ContentKey& state, std::vector<std::byte>& bytes) {
  const auto found = state_->states.find(state);
  if (found == state_->states.end()) return false;
  bytes.resize(found->second.size);
  return state_->load(state_->states, state, bytes);
}

bool SegmentCache::load_sound(const ContentKey& key, std::span<std::byte> bytes) {
  return state_->load(state_->sounds, key, bytes);
}

bool SegmentCache::load_table(const ContentKey& key, std::span<std::byte> bytes) {
  return state_->load(state_->tables, key, bytes);
}

void SegmentCache::put_record(const ContentKey& key, const Record& record) {
  if (state_->records.contains(key)) return;
  std::vector<std::byte> bytes(sizeof record);
  std::memcpy(bytes.data(), &record, sizeof record);
  state_->put(PackEntryKind::record, key, std::move(bytes));
}

void SegmentCache::put_state(const ContentKey& key, std::vector<std::byte> bytes) {
  if (!state_->states.contains(key)) state_->put(PackEntryKind::state, key, std::move(bytes));
}

void SegmentCache::put_sound(const ContentKey& key, std::vector<std::byte> bytes, std::uint64_t check) {
  if (!state_->sounds.contains(key)) state_->put(PackEntryKind::sound, key, std::move(bytes), check);
}

void SegmentCache::put_table(const ContentKey& key, std::vector<std::byte> bytes) {
  if (!state_->tables.contains(key)) state_->put(PackEntryKind::table, key, std::move(bytes));
}

ContentKey SegmentCache::key_of_state(std::span<const std::byte> bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  ContentKey key{};
  static_assert(sizeof hash <= sizeof key);
  std::memcpy(key.data(), &hash, sizeof hash);
  return key;
}

std::uint64_t SegmentCache::check_of(std::span<const std::byte> bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

void SegmentCache::flush() {
  if (state_->current < 0) return;
  state_->put_index();
  state_->hand_over();
  if (!state_->writer.finish()) state_->give_up();
}

std::int64_t SegmentCache::size_bytes() const { return state_->size; }

}  // namespace talkback::render
