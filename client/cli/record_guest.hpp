// Somebody else's hand in a recording that runs here. [main-thread]
#pragma once

#include <string>

#include "talkback/v1/room.pb.h"

namespace talkback::cli {

class RecordGuest {
 public:
  virtual ~RecordGuest() = default;
  // Who that is, as the performer is told.
  virtual std::string name() const = 0;
  // Asked at every turn of the recording: it is to end now, as if the performer had ended it.
  virtual bool wants_end() = 0;
  // Adds what only the guest knows to what the others see.
  virtual void complete(v1::RecordingStatus& status) = 0;
};

}  // namespace talkback::cli
