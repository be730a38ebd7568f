// MIDI through RtMidi: ALSA's sequencer.
#pragma once

#include "client/device/midi_device.hpp"

namespace talkback::device {

// `unavailable` where the system has no sequencer.
Result<std::vector<MidiPort>> list_alsa_midi();

// Times are nanoseconds. Fails with unavailable.
Result<std::unique_ptr<MidiInput>> open_alsa_midi(const MidiPort& port, MidiSink& sink);

}  // namespace talkback::device
