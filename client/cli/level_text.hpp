// Levels as people read them: "-12.3", "-inf" for silence.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace talkback::cli {

std::string db_text(std::optional<double> db);

// The same for programs: null for silence and for what was not measured.
nlohmann::json db_json(std::optional<double> db);

}  // namespace talkback::cli
