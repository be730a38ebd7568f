#include "engine/session/media.hpp"

namespace talkback::session {

void for_each_medium(const Session& session, const std::function<void(const Medium&)>& visit) {
  session.for_each([&](const v1::Object& object) {
    if (object.has_source()) visit({id_of(object), object.source().blob_sha256(), object.source().name()});
    if (object.has_instrument() && object.instrument().has_soundfont())
      if (const std::string& sha = object.instrument().soundfont().blob_sha256(); !sha.empty())
        visit({id_of(object), sha, "SoundFont"});
    if (object.has_insert() && object.insert().has_convolution())
      if (const std::string& sha = object.insert().convolution().blob_sha256(); !sha.empty())
        visit({id_of(object), sha, "impulse response"});
  });
}

std::map<std::string, std::string> media_of(const Session& session) {
  std::map<std::string, std::string> blobs;
  for_each_medium(session, [&](const Medium& medium) { blobs[medium.sha256] = medium.name; });
  return blobs;
}

}  // namespace talkback::session
