#include "client/project/session_file.hpp"

#include <fstream>
#include <sstream>

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

}  // namespace talkback::project
