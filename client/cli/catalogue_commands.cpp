// talkback effects, talkback instruments: what there is, with parameters, units, ranges and defaults.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "engine/session/catalogue.hpp"

namespace talkback::cli {
namespace {

using session::ParameterDescription;
using session::ProcessorDescription;

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string range_of(const ParameterDescription& parameter) {
  if (parameter.is_number) return number_text(parameter.min) + " to " + number_text(parameter.max);
  std::string text;
  for (const std::string& choice : parameter.choices) text += (text.empty() ? "" : ", ") + choice;
  return text.empty() ? "text" : text;
}

std::string default_of(const ParameterDescription& parameter) {
  if (parameter.is_number) return number_text(parameter.default_value);
  // A switch is off.
  return parameter.choices.size() == 2 && parameter.choices.front() == "off" ? "off" : "";
}

nlohmann::json json_of(const std::vector<ProcessorDescription>& processors) {
  auto list = nlohmann::json::array();
  for (const ProcessorDescription& processor : processors) {
    auto parameters = nlohmann::json::array();
    for (const ParameterDescription& parameter : processor.parameters) {
      nlohmann::json item{{"name", parameter.name},
                          {"unit", parameter.unit},
                          {"automatable", parameter.is_automatable},
                          {"taper", parameter.is_logarithmic ? "logarithmic" : "linear"}};
      if (parameter.is_number)
        item.update({{"min", parameter.min}, {"max", parameter.max}, {"default", parameter.default_value}});
      if (!parameter.choices.empty()) item.update({{"choices", parameter.choices}});
      parameters.push_back(std::move(item));
    }
    list.push_back({{"name", processor.name}, {"parameters", std::move(parameters)}});
  }
  return list;
}

Result<void> show(Context& context, const std::vector<ProcessorDescription>& all, const std::string& name) {
  std::vector<ProcessorDescription> chosen;
  std::string names;
  for (const ProcessorDescription& processor : all) {
    if (name.empty() || processor.name == name) chosen.push_back(processor);
    names += (names.empty() ? "" : ", ") + processor.name;
  }
  if (chosen.empty()) return Error{ErrorCode::not_found, "there is no \"" + name + "\"; there are " + names};
  if (context.terminal.json) {
    context.terminal.print_json(json_of(chosen));
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const ProcessorDescription& processor : chosen) {
    if (name.empty()) {
      rows.push_back({processor.name, std::to_string(processor.parameters.size())});
      continue;
    }
    for (const ParameterDescription& parameter : processor.parameters)
      rows.push_back({parameter.name, range_of(parameter), default_of(parameter), parameter.unit,
                      parameter.is_automatable ? "yes" : "no"});
  }
  if (name.empty()) {
    context.terminal.table({"NAME", "PARAMETERS"}, rows);
  } else {
    context.terminal.table({"PARAMETER", "RANGE", "DEFAULT", "UNIT", "AUTOMATABLE"}, rows);
  }
  return {};
}

void add(Commands& commands, const char* command_name, const char* help, std::vector<ProcessorDescription> (*list)()) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = commands.add(command_name, help);
  command->add_option("name", *name, "One of them: its parameters with range, default and unit");
  commands.run(command, [name, list](Context& context) { return show(context, list(), *name); });
}

}  // namespace

void add_catalogue_commands(Commands& commands) {
  add(commands, "effects", "List the effects, or the parameters of one", session::effects);
  add(commands, "instruments", "List the instruments, or the parameters of one", session::instruments);
}

}  // namespace talkback::cli
