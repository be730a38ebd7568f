#include "client/cli/changes.hpp"

#include "client/replica/sync.hpp"
#include "engine/session/edit_text.hpp"

namespace talkback::cli {

const char* const kChangeExamples =
    "Changes:\n"
    "  Vocal.fader_db=-3                            set a field (\"default\" clears it)\n"
    "  \"+session.track name=Reverb kind=bus\"        add a track: audio, instrument, folder, bus or vca\n"
    "  \"+Reverb.reverb mix=100 decay=2.2\"           add an effect (\"talkback effects\" lists them)\n"
    "  \"+Vocal.send target=Reverb level=-12\"        add a send\n"
    "  \"+session.marker position=17 name=Chorus\"    positions are bar.beat\n"
    "  \"-Vocal.send[Reverb]\"                        delete\n"
    "See every address and value with: talkback session show PROJECT --fields\n";

Result<v1::Edit> edit_from(const session::Session& session, const std::vector<std::string>& changes) {
  session::Session scratch = session;
  v1::Edit edit;
  for (const std::string& change : changes) {
    TALKBACK_ASSIGN(v1::Operation operation, session::operation_from_text(scratch, change, &replica::new_object_id));
    v1::Edit step;
    *step.add_operations() = operation;
    TALKBACK_TRY(session::apply(scratch, step));
    *edit.add_operations() = std::move(operation);
  }
  return edit;
}

}  // namespace talkback::cli
