// talkbackd archive create | restore: a project as one file, with a data folder that no server is using.
#include <iostream>

#include "server/archive_places.hpp"
#include "server/opened_data.hpp"

namespace talkback {
namespace {

void tell(const archive::Summary& summary, const std::string& what) {
  std::cout << what << " \"" << summary.name << "\" (" << summary.project << "): " << summary.edits << " edits, "
            << summary.blobs << " sounds and files of " << summary.blob_bytes / 1'000'000 << " MB\n";
}

}  // namespace

int create_archive(const std::filesystem::path& data, const std::string& project, const std::filesystem::path& file) {
  OpenedData opened(data);
  tell(need(archive::write_project(archive_places(*opened.stores, opened.clock), project, file)), "wrote");
  return 0;
}

int restore_archive(const std::filesystem::path& data, const std::filesystem::path& file) {
  OpenedData opened(data);
  const archive::Summary summary = need(archive::read_project(archive_places(*opened.stores, opened.clock), file));
  tell(summary, "restored");
  for (const std::string& name : summary.new_people)
    std::cout << name << " has no account here yet: talkbackd user password " << name << '\n';
  return 0;
}

}  // namespace talkback
