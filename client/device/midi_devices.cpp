#include <algorithm>

#include "client/device/jack_midi.hpp"
#include "client/device/midi_device.hpp"
#include "client/device/rt_midi.hpp"

namespace talkback::device {
namespace {

class AllMidiDevices final : public MidiDevices {
 public:
  AllMidiDevices() {
    take(list_jack_midi());
    take(list_alsa_midi());
    for (std::size_t n = 0; n < ports_.size(); ++n) ports_[n].number = static_cast<int>(n) + 1;
  }

  std::vector<MidiPort> list() const override { return ports_; }
  std::vector<std::string> hindrances() const override { return hindrances_; }

  Result<std::unique_ptr<MidiInput>> open(const MidiInputOptions& options, MidiSink& sink) override {
    TALKBACK_ASSIGN(const MidiPort port, choose_port(ports_, options.port, hindrances_));
    if (port.api == "JACK") return open_jack_midi(port, options.wants_card_frames, sink);
    return open_alsa_midi(port, sink);
  }

 private:
  void take(Result<std::vector<MidiPort>> listed) {
    if (!listed)
      hindrances_.push_back(listed.error().message);
    else
      ports_.insert(ports_.end(), listed->begin(), listed->end());
  }

  std::vector<MidiPort> ports_;
  std::vector<std::string> hindrances_;
};

std::string names_of(const std::vector<MidiPort>& ports) {
  std::string names;
  for (const MidiPort& port : ports) names += (names.empty() ? "" : ", ") + port.name;
  return names;
}

// The one that fits; not_found or invalid.
Result<MidiPort> only_one(const std::vector<MidiPort>& fitting, const std::vector<MidiPort>& all,
                          const std::string& wanted) {
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty())
    return Error{ErrorCode::not_found, "there is no MIDI input \"" + wanted + "\"; there are: " + names_of(all)};
  return Error{ErrorCode::invalid,
               (wanted.empty() ? std::string("there are several MIDI inputs") : "several MIDI inputs are meant") +
                   "; give --input with the name or number of one: " + names_of(fitting)};
}

}  // namespace

std::unique_ptr<MidiDevices> open_midi() { return std::make_unique<AllMidiDevices>(); }

Result<MidiPort> choose_port(const std::vector<MidiPort>& ports, const std::string& wanted,
                             const std::vector<std::string>& hindrances) {
  if (ports.empty()) {
    std::string reasons;
    for (const std::string& hindrance : hindrances) reasons += (reasons.empty() ? ": " : "; ") + hindrance;
    return Error{ErrorCode::not_found, "there is no MIDI input" + reasons};
  }
  const auto fitting = [&](const auto& fits) {
    std::vector<MidiPort> result;
    std::ranges::copy_if(ports, std::back_inserter(result), fits);
    return result;
  };
  if (wanted.empty()) {
    const auto hardware = fitting([](const MidiPort& port) { return port.is_hardware; });
    return only_one(hardware.empty() ? ports : hardware, ports, wanted);
  }
  const auto named =
      fitting([&](const MidiPort& port) { return port.name == wanted || std::to_string(port.number) == wanted; });
  if (!named.empty()) return only_one(named, ports, wanted);
  return only_one(fitting([&](const MidiPort& port) { return port.name.find(wanted) != std::string::npos; }), ports,
                  wanted);
}

}  // namespace talkback::device
