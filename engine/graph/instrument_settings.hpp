// The instrument of a track, with its parameters and what it plays from files.
#pragma once

#include <filesystem>

#include "engine/graph/instrument_node.hpp"
#include "engine/graph/parameters.hpp"

namespace talkback::graph {

struct InstrumentFiles {
  SampleRate rate;
  media::SourceLibrary& library;
  // The font of players that name none; empty: the system's.
  std::filesystem::path default_soundfont;
};

// object: with defaults. A null instrument where none is chosen. description: what does not move and decides about the
// sound, appended. Fails where a file that the instrument plays is missing or unreadable.
Result<InstrumentSettings> instrument_settings(const ParameterContext& context, const v1::Object& object,
                                               const InstrumentFiles& files, std::string& description);

}  // namespace talkback::graph
