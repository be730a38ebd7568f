#include "engine/session/media.hpp"

namespace talkback::session {

std::map<std::string, std::string> media_of(const Session& session) {
  std::map<std::string, std::string> blobs;
  session.for_each([&](const v1::Object& object) {
    if (object.has_source()) blobs[object.source().blob_sha256()] = object.source().name();
    if (object.has_instrument() && object.instrument().has_soundfont())
      if (const std::string& sha = object.instrument().soundfont().blob_sha256(); !sha.empty())
        blobs[sha] = "SoundFont";
    if (object.has_insert() && object.insert().has_convolution())
      if (const std::string& sha = object.insert().convolution().blob_sha256(); !sha.empty())
        blobs[sha] = "impulse response";
  });
  return blobs;
}

}  // namespace talkback::session
