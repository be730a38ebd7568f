// MIDI through JACK's own calls: see midi_device.hpp for why not through RtMidi.
#pragma once

#include "client/device/midi_device.hpp"

namespace talkback::device {

// The ports of the JACK server that JACK_DEFAULT_SERVER names. `unavailable` where none runs; none is started.
Result<std::vector<MidiPort>> list_jack_midi();

// name: of one of them. Fails with unavailable.
Result<std::unique_ptr<MidiInput>> open_jack_midi(const MidiPort& port, bool wants_card_frames, MidiSink& sink);

}  // namespace talkback::device
