// Field values as people write them: "-3 dB", "on", "high_pass", bar positions, names of tracks.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::session {

// With its unit. Positions in ticks from the session's start are written as bar.beat ("17.3"), lengths in beats, ids
// as the name of what they name, an absent optional field as its default.
std::string value_text(const Session& session, const timeline::TempoMap& map, const google::protobuf::Message& holder,
                       const google::protobuf::FieldDescriptor& leaf);

// Reads what value_text writes, the unit being optional ("-3", "-3dB"); positions as bar.beat or "ticks:N";
// lengths in beats; "default" clears the field. Does not check ranges: apply() does. Fails with `invalid`.
Result<void> set_from_text(const Session& session, const timeline::TempoMap& map, std::string_view text,
                           google::protobuf::Message& holder, const google::protobuf::FieldDescriptor& leaf);

}  // namespace talkback::session
