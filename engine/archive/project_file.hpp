// The file that a project's archive is (archive.proto): written part by part, in their order. One thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "engine/archive/tar_file.hpp"
#include "talkback/v1/archive.pb.h"

namespace talkback::archive {

class ProjectFileWriter {
 public:
  // unavailable: no file can be written there. It has its name once finish() has succeeded.
  static Result<ProjectFileWriter> create(const std::filesystem::path& file, const v1::ProjectArchive& manifest);

  // The branch's own edits, in order; a batch is one entry.
  Result<void> add(const std::string& branch_id, const v1::CommittedBatch& batch);
  using Read = std::function<Result<std::size_t>(std::int64_t offset, std::span<std::byte> into)>;
  Result<void> add_blob(const v1::ArchivedBlob& blob, const Read& read);
  Result<void> finish() { return tar_.finish(); }

 private:
  explicit ProjectFileWriter(TarWriter tar) : tar_(std::move(tar)) {}
  TarWriter tar_;
};

}  // namespace talkback::archive
