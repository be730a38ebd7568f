#include "client/project/session_media.hpp"

namespace talkback::project {

std::map<std::string, std::string> session_media(const session::Session& session) {
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

}  // namespace talkback::project
