// A file of records that is only ever appended to, and of which a crash leaves every record but the one that was being
// written.
//
// A magic text of eight bytes, then records: 32-bit length and 32-bit FNV-1a of what follows, little-endian, and that
// many bytes. A file may be cut off anywhere, and its end may be damaged: reading ends at the first record that is not
// whole. append() hands a record to the system at once, so that it survives the program; sync() makes it survive a
// power cut. While a program writes a file it holds a lock on it (flock), so that nobody takes it for what a crash
// left.
#pragma once

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace talkback::recorder {

inline constexpr std::size_t kRecordBytesMax = 1 << 16;

class RecordFile {
 public:
  // Fails with unavailable or exhausted (disk full), or conflict where the file exists.
  static Result<RecordFile> create(const std::filesystem::path& file, std::string_view magic);
  ~RecordFile();
  RecordFile(RecordFile&& other) noexcept;
  RecordFile& operator=(RecordFile&& other) noexcept;

  // payload: 1 to kRecordBytesMax bytes.
  Result<void> append(std::string_view payload);
  Result<void> sync();

  const std::filesystem::path& path() const noexcept { return path_; }
  // Written so far.
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  RecordFile(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::filesystem::path path_;
  int descriptor_;
  std::size_t bytes_ = 0;
};

// take: every record in its order; false ends the reading, as damage does. Returns whether all was read. Fails with
// not_found, or corrupt where the file begins otherwise.
Result<bool> read_records(const std::filesystem::path& file, std::string_view magic,
                          const std::function<bool(std::string_view)>& take);

// A running program writes it.
bool is_being_written(const std::filesystem::path& file);

// Numbers of a record, little-endian as every machine that we build for.
template <class Value>
void put_number(std::string& bytes, Value value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class Value>
Value number_at(std::string_view bytes, std::size_t at) noexcept {
  Value value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace talkback::recorder
