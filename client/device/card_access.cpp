#include "client/device/card_access.hpp"

#include <unistd.h>

namespace talkback::device {

Error no_card_error(const std::filesystem::path& nodes,
                    const std::function<bool(const std::filesystem::path&)>& may_use) {
  int cards = 0;
  int usable = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(nodes, ignored)) {
    if (!entry.path().filename().string().starts_with("pcm")) continue;
    ++cards;
    if (may_use ? may_use(entry.path()) : ::access(entry.path().c_str(), R_OK | W_OK) == 0) ++usable;
  }
  if (cards > 0 && usable == 0)
    return Error{ErrorCode::denied,
                 "there is a sound card, and you may not use it: add yourself to the group audio (sudo usermod -aG "
                 "audio NAME), then sign out and in again"};
  if (cards > 0)
    return Error{ErrorCode::unavailable,
                 "there is a sound card, and another program holds it: close that program, or use both through JACK"};
  return Error{ErrorCode::not_found,
               "no sound card was found: is it plugged in and switched on? On a machine without one, a JACK server "
               "(jackd -d dummy) stands in"};
}

}  // namespace talkback::device
