#include "client/recorder/capture_folder.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace talkback::recorder {
namespace {

constexpr std::size_t kNameBytesMax = 60;
constexpr std::size_t kIdLettersShown = 8;

// Letters, digits and the like of any language; nothing that a path or a shell would take for more.
std::string harmless(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    const bool is_plain = std::isalnum(code) != 0 || letter == ' ' || letter == '-' || letter == '_' || code >= 0x80;
    result += is_plain ? letter : '_';
    if (result.size() >= kNameBytesMax) break;
  }
  while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xc0) == 0x80) result.pop_back();
  return result;
}

CaptureFiles files_of(const std::filesystem::path& stem) {
  const auto with = [&](const char* ending) {
    std::filesystem::path file = stem;
    file += ending;
    return file;
  };
  return {with(".journal"), with(".wav"), with(".flac"), with(".opus")};
}

}  // namespace

CaptureFiles name_capture(const std::filesystem::path& folder, const std::string& track,
                          const std::string& recording_id, std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%d %H-%M-%S", &local);
  return files_of(folder / (std::string(time) + " " + harmless(track) + " " + recording_id.substr(0, kIdLettersShown)));
}

std::vector<CaptureFiles> find_captures(const std::filesystem::path& folder) {
  std::vector<CaptureFiles> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() != ".journal") continue;
    std::filesystem::path stem = entry.path();
    stem.replace_extension();
    CaptureFiles files = files_of(stem);
    if (std::filesystem::exists(files.capture, failed)) found.push_back(std::move(files));
  }
  std::ranges::sort(found, {}, &CaptureFiles::journal);
  return found;
}

void remove_capture(const CaptureFiles& files) {
  // The journal last: without it nobody would find the rest.
  std::error_code ignored;
  for (const auto& file : {files.opus, files.flac, files.capture, files.journal})
    std::filesystem::remove(file, ignored);
}

}  // namespace talkback::recorder
