#include "engine/archive/project_file.hpp"

#include <cstdio>

#include "engine/session/message_json.hpp"

namespace talkback::archive {

Result<ProjectFileWriter> ProjectFileWriter::create(const std::filesystem::path& file,
                                                    const v1::ProjectArchive& manifest) {
  TALKBACK_ASSIGN(TarWriter tar, TarWriter::create(file));
  TALKBACK_TRY(tar.add("project.json", session::to_json(manifest)));
  return ProjectFileWriter(std::move(tar));
}

Result<void> ProjectFileWriter::add(const std::string& branch_id, const v1::CommittedBatch& batch) {
  char number[24];
  std::snprintf(number, sizeof number, "%012llu", static_cast<unsigned long long>(batch.edits(0).revision()));
  return tar_.add("history/" + branch_id + "/" + number, batch.SerializeAsString());
}

Result<void> ProjectFileWriter::add_blob(const v1::ArchivedBlob& blob, const Read& read) {
  return tar_.add("blobs/" + blob.sha256(), blob.size_bytes(), read);
}

}  // namespace talkback::archive
