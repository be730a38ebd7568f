#include "engine/instruments/instrument.hpp"

namespace talkback::instruments {

std::unique_ptr<Instrument> make_instrument(std::string_view) { return nullptr; }

std::vector<std::string_view> instrument_names() { return {}; }

}  // namespace talkback::instruments
