#include "client/project/session_file.hpp"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/session/media.hpp"
#include "engine/session/message_json.hpp"
#include "engine/session/state.hpp"

namespace talkback::project {

namespace fs = std::filesystem;

Result<v1::SessionState> read_session_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error{ErrorCode::not_found, "there is no session file " + file.string()};
  std::ostringstream text;
  text << stream.rdbuf();
  v1::SessionState state;
  if (!session::from_json(text.str(), state) || state.objects().empty())
    return Error{ErrorCode::invalid, file.string() +
                                         " is no session file; make one with: talkback --json session show "
                                         "PROJECT >song.json"};
  // People may change such a file by hand; and its digest is printed for them, in hexadecimal.
  state.clear_digest();
  if (const auto session = session::from_state(state); !session)
    return Error{ErrorCode::invalid, file.string() + ": " + session.error().message};
  return state;
}

Result<void> link_media(const session::Session& session, const std::vector<fs::path>& folders,
                        const BlobFolder& blobs) {
  std::map<std::string, std::string> missing = session::media_of(session);
  std::erase_if(missing, [&](const auto& blob) {
    const auto digest = sha256_from_hex(blob.first);
    return digest && blobs.contains(*digest);
  });
  std::error_code failed;
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder, failed)) return Error{ErrorCode::not_found, "there is no folder " + folder.string()};
    for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
      if (missing.empty()) return {};
      if (!entry.is_regular_file(failed)) continue;
      const auto digest = sha256_of_file(entry.path());
      if (!digest || missing.erase(to_hex(*digest)) == 0) continue;
      const fs::path link = blobs.path_of(*digest);
      fs::create_directories(link.parent_path(), failed);
      fs::remove(link, failed);  // one that leads nowhere any more
      fs::create_symlink(fs::absolute(entry.path()), link, failed);
      if (failed) return Error{ErrorCode::unavailable, "cannot write " + link.string() + ": " + failed.message()};
    }
  }
  if (missing.empty()) return {};
  std::string names;
  for (const auto& [sha256, name] : missing) names += (names.empty() ? "" : ", ") + name;
  return Error{ErrorCode::not_found,
               "these sounds are in none of the folders: " + names + "; name the folder that they lie in with --media"};
}

}  // namespace talkback::project
