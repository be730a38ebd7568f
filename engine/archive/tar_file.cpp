#include "engine/archive/tar_file.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace talkback::archive {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;

using EntryPointer = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

std::string words_of(::archive* tar) {
  const char* text = archive_error_string(tar);
  return text == nullptr ? "unknown" : text;
}

Result<void> sync_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) return Error{ErrorCode::exhausted, "cannot write " + file.string() + "; is the disk full?"};
  return {};
}

}  // namespace

Result<TarWriter> TarWriter::create(const std::filesystem::path& file) {
  TarWriter writer(file, archive_write_new());
  if (archive_write_set_format_pax_restricted(writer.tar_) != ARCHIVE_OK ||
      archive_write_open_filename(writer.tar_, writer.beside().c_str()) != ARCHIVE_OK)
    return Error{ErrorCode::unavailable, "cannot write " + file.string() + ": " + words_of(writer.tar_)};
  return writer;
}

TarWriter::TarWriter(TarWriter&& other) noexcept
    : file_(std::move(other.file_)), tar_(std::exchange(other.tar_, nullptr)) {}

TarWriter::~TarWriter() {
  if (tar_ == nullptr) return;
  archive_write_free(tar_);
  std::error_code ignored;
  std::filesystem::remove(beside(), ignored);
}

std::filesystem::path TarWriter::beside() const {
  std::filesystem::path beside = file_;
  beside += ".part";
  return beside;
}

Result<void> TarWriter::add(const std::string& name, std::int64_t size_bytes,
                            const std::function<Result<std::size_t>(std::int64_t, std::span<std::byte>)>& read) {
  const EntryPointer entry(archive_entry_new(), &archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), size_bytes);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  const auto failed = [&] {
    return Error{ErrorCode::exhausted, "cannot write " + file_.string() + ": " + words_of(tar_)};
  };
  if (archive_write_header(tar_, entry.get()) != ARCHIVE_OK) return failed();
  std::vector<std::byte> chunk(kChunkBytes);
  for (std::int64_t at = 0; at < size_bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(size_bytes - at, std::ssize(chunk)));
    TALKBACK_ASSIGN(const std::size_t got, read(at, std::span(chunk).first(wanted)));
    if (got == 0) return Error{ErrorCode::corrupt, name + " is shorter than it should be"};
    if (archive_write_data(tar_, chunk.data(), got) != static_cast<la_ssize_t>(got)) return failed();
    at += static_cast<std::int64_t>(got);
  }
  return {};
}

Result<void> TarWriter::add(const std::string& name, std::string_view bytes) {
  return add(name, std::ssize(bytes), [&](std::int64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
    const auto part = bytes.substr(static_cast<std::size_t>(offset), into.size());
    std::ranges::copy(std::as_bytes(std::span(part)), into.begin());
    return part.size();
  });
}

Result<void> TarWriter::finish() {
  if (archive_write_close(tar_) != ARCHIVE_OK)
    return Error{ErrorCode::exhausted, "cannot write " + file_.string() + ": " + words_of(tar_)};
  TALKBACK_TRY(sync_file(beside()));
  std::error_code failed;
  std::filesystem::rename(beside(), file_, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot write " + file_.string() + ": " + failed.message()};
  return {};
}

Result<TarReader> TarReader::open(const std::filesystem::path& file) {
  TarReader reader(archive_read_new());
  archive_read_support_format_tar(reader.tar_);
  if (archive_read_open_filename(reader.tar_, file.c_str(), kChunkBytes) != ARCHIVE_OK)
    return Error{std::filesystem::exists(file) ? ErrorCode::corrupt : ErrorCode::not_found,
                 "cannot read " + file.string() + ": " + words_of(reader.tar_)};
  return reader;
}

TarReader::TarReader(TarReader&& other) noexcept : tar_(std::exchange(other.tar_, nullptr)) {}

TarReader::~TarReader() {
  if (tar_ != nullptr) archive_read_free(tar_);
}

Error TarReader::damaged() const { return {ErrorCode::corrupt, "the archive is damaged: " + words_of(tar_)}; }

Result<TarReader::Entry> TarReader::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(tar_, &entry);
  if (result == ARCHIVE_EOF) return Entry{};
  if (result != ARCHIVE_OK) return damaged();
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr || *name == '\0' || archive_entry_filetype(entry) != AE_IFREG || archive_entry_size(entry) < 0)
    return Error{ErrorCode::corrupt, "the archive holds something that is no plain file"};
  return Entry{.name = name, .size_bytes = archive_entry_size(entry)};
}

Result<std::size_t> TarReader::read(std::span<std::byte> into) {
  const la_ssize_t got = archive_read_data(tar_, into.data(), into.size());
  if (got < 0) return damaged();
  return static_cast<std::size_t>(got);
}

Result<std::string> TarReader::read_all(std::size_t bytes_max) {
  std::string bytes;
  std::vector<std::byte> chunk(kChunkBytes);
  for (;;) {
    TALKBACK_ASSIGN(const std::size_t got, read(chunk));
    if (got == 0) return bytes;
    if (bytes.size() + got > bytes_max)
      return Error{ErrorCode::exhausted, "a part of the archive is larger than any that Talkback writes"};
    bytes.append(reinterpret_cast<const char*>(chunk.data()), got);
  }
}

}  // namespace talkback::archive
