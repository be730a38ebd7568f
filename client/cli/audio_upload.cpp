#include "client/cli/audio_upload.hpp"

#include <algorithm>

namespace talkback::cli {

Result<FoundFiles> find_files(const std::vector<std::string>& paths) {
  FoundFiles found;
  for (const std::string& text : paths) {
    const std::filesystem::path path(text);
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) {
      std::vector<std::filesystem::path> inside;
      for (const auto& entry : std::filesystem::directory_iterator(path, failed))
        if (entry.is_regular_file() && project::looks_like_audio(entry.path())) inside.push_back(entry.path());
      std::ranges::sort(inside);
      if (inside.empty()) return Error{ErrorCode::not_found, "there are no audio files in " + text};
      found.audio.insert(found.audio.end(), inside.begin(), inside.end());
    } else if (!std::filesystem::exists(path, failed)) {
      return Error{ErrorCode::not_found, "there is no file " + text};
    } else {
      (project::looks_like_midi(path) ? found.midi : found.audio).push_back(path);
    }
  }
  return found;
}

Result<std::vector<project::ImportedAudio>> read_and_upload(Context& context, net::Api& api,
                                                            project::OpenProject& project,
                                                            const project::MediaFolder& media,
                                                            const std::vector<std::filesystem::path>& files) {
  std::vector<project::ImportedAudio> all;
  for (const auto& file : files) {
    TALKBACK_ASSIGN(project::ImportedAudio audio, project::read_audio(media, file));
    for (const std::string& warning : audio.warnings) context.terminal.warn(audio.file_name + ": " + warning);
    all.push_back(std::move(audio));
  }
  std::vector<std::filesystem::path> paths;
  for (const project::ImportedAudio& audio : all) paths.push_back(audio.file);
  const auto progress = [&](std::int64_t done, std::int64_t bytes) {
    context.terminal.progress("Uploading", bytes > 0 ? static_cast<double>(done) / static_cast<double>(bytes) : 1.0);
  };
  TALKBACK_TRY(net::upload_all(api, project.id(), paths, progress));
  context.terminal.end_progress();
  return all;
}

}  // namespace talkback::cli
