// What a session plays from files.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/session/session.hpp"

namespace talkback::session {

// Of a source, an instrument with a SoundFont or an insert with an impulse response.
struct Medium {
  ObjectId object{};
  std::string sha256;  // of the file's bytes, lower-case hexadecimal
  std::string name;
};

void for_each_medium(const Session& session, const std::function<void(const Medium&)>& visit);

// The name of every source, SoundFont and impulse response, by the hash of its bytes.
std::map<std::string, std::string> media_of(const Session& session);

}  // namespace talkback::session
