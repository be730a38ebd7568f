#include "engine/instruments/instrument.hpp"

#include <algorithm>

#include "engine/instruments/click.hpp"
#include "engine/instruments/drum_machine.hpp"
#include "engine/instruments/electric_piano.hpp"
#include "engine/instruments/sampler.hpp"
#include "engine/instruments/synth.hpp"

namespace talkback::instruments {

namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Instrument> (*make)();
};

template <class Type>
std::unique_ptr<Instrument> make() {
  return std::make_unique<Type>();
}

constexpr Entry kInstruments[] = {
    {"click", make<Click>},
    {"drum_machine", make<DrumMachine>},
    {"electric_piano", make<ElectricPiano>},
    {"sampler", make<Sampler>},
    {"synth", make<Synth>},
};

}  // namespace

std::unique_ptr<Instrument> make_instrument(std::string_view name) {
  const auto* found = std::ranges::find(kInstruments, name, &Entry::name);
  return found == std::end(kInstruments) ? nullptr : found->make();
}

std::vector<std::string_view> instrument_names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kInstruments) names.push_back(entry.name);
  return names;
}

}  // namespace talkback::instruments
