// A tar archive (pax, as every tar reads it), written and read entry by entry. One thread at a time. [worker-thread]
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/base/result.hpp"

struct archive;

namespace talkback::archive {

class TarWriter {
 public:
  // Written beside and renamed by finish(): a file under this name is whole.
  static Result<TarWriter> create(const std::filesystem::path& file);
  ~TarWriter();
  TarWriter(TarWriter&&) noexcept;
  TarWriter& operator=(TarWriter&&) = delete;

  Result<void> add(const std::string& name, std::string_view bytes);
  // `read` fills what it is given and tells how much; asked until size_bytes have come.
  Result<void> add(const std::string& name, std::int64_t size_bytes,
                   const std::function<Result<std::size_t>(std::int64_t offset, std::span<std::byte> into)>& read);
  // Durable, and under its name.
  Result<void> finish();

 private:
  TarWriter(std::filesystem::path file, ::archive* tar) : file_(std::move(file)), tar_(tar) {}
  std::filesystem::path beside() const;

  std::filesystem::path file_;
  ::archive* tar_;
};

class TarReader {
 public:
  static Result<TarReader> open(const std::filesystem::path& file);
  ~TarReader();
  TarReader(TarReader&& other) noexcept;
  TarReader& operator=(TarReader&&) = delete;

  struct Entry {
    std::string name;
    std::int64_t size_bytes = 0;
  };
  // Without a name at the end. corrupt where the archive is damaged or holds anything but plain files.
  Result<Entry> next();
  // Of the entry that next() gave; 0 at its end.
  Result<std::size_t> read(std::span<std::byte> into);
  // All of it. exhausted: it has more than that.
  Result<std::string> read_all(std::size_t bytes_max);

 private:
  explicit TarReader(::archive* tar) : tar_(tar) {}
  Error damaged() const;

  ::archive* tar_;
};

}  // namespace talkback::archive
