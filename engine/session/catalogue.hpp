// What effects and instruments there are, with their parameters: read from the options of the session's types, for
// whoever lists them or draws them.
#pragma once

#include <string>
#include <vector>

namespace talkback::session {

struct ParameterDescription {
  std::string name;  // the path below the effect's name: "threshold_db", "band_1.q"
  std::string unit;
  double min = 0.0;
  double max = 0.0;
  double default_value = 0.0;
  bool is_number = true;  // else a switch, a choice or a text
  bool is_automatable = false;
  bool is_logarithmic = false;
  std::vector<std::string> choices;  // of a choice or switch, as people type them
};

struct ProcessorDescription {
  std::string name;  // as in "+Vocal.compressor"
  std::vector<ParameterDescription> parameters;
};

// In the order of the session's types.
std::vector<ProcessorDescription> effects();
std::vector<ProcessorDescription> instruments();

}  // namespace talkback::session
