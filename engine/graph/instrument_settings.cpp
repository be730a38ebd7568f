#include "engine/graph/instrument_settings.hpp"

#include <fmt/format.h>

#include "engine/graph/sampler_zones.hpp"
#include "engine/instruments/sampler.hpp"
#include "engine/instruments/soundfont_player.hpp"

namespace talkback::graph {

namespace {

Result<std::filesystem::path> find_soundfont(const v1::SoundFontPlayer& settings, const InstrumentFiles& files) {
  if (!settings.blob_sha256().empty()) return files.library.find_blob(settings.blob_sha256());
  if (!files.default_soundfont.empty()) return files.default_soundfont;
  return instruments::default_soundfont();
}

Result<std::unique_ptr<instruments::Instrument>> make_soundfont_player(const v1::SoundFontPlayer& settings,
                                                                       const InstrumentFiles& files,
                                                                       std::string& description) {
  TALKBACK_ASSIGN(const std::filesystem::path font, find_soundfont(settings, files));
  const auto bank = static_cast<int>(settings.bank());
  const instruments::SoundFontProgram program{bank, static_cast<int>(settings.program()), settings.drums()};
  TALKBACK_ASSIGN(auto player, instruments::SoundFontPlayer::create(font, files.rate, program));
  description +=
      fmt::format("{}|{}|{}|{}|", settings.blob_sha256().empty() ? font.filename().string() : settings.blob_sha256(),
                  program.bank, program.program, program.drums);
  return std::unique_ptr<instruments::Instrument>(std::make_unique<instruments::SoundFontPlayer>(std::move(player)));
}

// description: of what is no parameter.
Result<std::unique_ptr<instruments::Instrument>> make_instrument(const ParameterContext& context,
                                                                 const v1::Object& object, std::string_view name,
                                                                 const InstrumentFiles& files,
                                                                 std::string& description) {
  if (object.instrument().has_soundfont())
    return make_soundfont_player(object.instrument().soundfont(), files, description);
  if (object.instrument().has_sampler()) {
    TALKBACK_ASSIGN(auto zones, load_zones(context, object, files, description));
    return std::unique_ptr<instruments::Instrument>(std::make_unique<instruments::Sampler>(std::move(zones)));
  }
  return instruments::make_instrument(name);
}

}  // namespace

Result<InstrumentSettings> instrument_settings(const ParameterContext& context, const v1::Object& object,
                                               const InstrumentFiles& files, std::string& description) {
  const std::string name(choice_of(object.instrument(), "instrument"));
  InstrumentSettings settings;
  TALKBACK_ASSIGN(settings.instrument, make_instrument(context, object, name, files, description));
  if (settings.instrument == nullptr) return settings;
  description += name;
  settings.gain_db = parameter_curve(context, object, name + ".gain_db");
  const auto table = settings.instrument->parameters();
  for (int index = 0; index < static_cast<int>(table.size()); ++index) {
    AutomationCurve curve =
        parameter_curve(context, object, name + "." + std::string(table[static_cast<std::size_t>(index)].name));
    settings.instrument->set(index, curve.value_at(0));
    keep_moving(index, std::move(curve), settings.moving, description);
  }
  return settings;
}

}  // namespace talkback::graph
