// What becomes of a recording that has ended, for `record` and `standby`: the disk's end, the way to the server, and
// what is to be said about it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "client/cli/recording_run.hpp"
#include "client/project/take_delivery.hpp"

namespace talkback::cli {

struct RecordedTake {
  project::Delivery delivery;
  // The disk failed during the recording; what came before is in the session.
  std::optional<Error> disk_fault;
  // From the end of the recording to the take in the session.
  std::int64_t safe_after_ms = 0;
  // To the moment at which others could hear it, if only as a preview.
  std::int64_t heard_after_ms = 0;
  bool was_preview = false;
};

// run: after run(). Tells the others of every step. on_turn: called every so often while the take is sent. Fails as
// deliver() does.
Result<RecordedTake> bring_in(Context& context, project::OpenProject& project, RecordingRun& run,
                              const std::function<void()>& on_turn = {});

nlohmann::json take_json(RecordingRun& run, const RecordedTake& take);

}  // namespace talkback::cli
