#include "client/cli/level_text.hpp"

#include <cmath>
#include <cstdio>

namespace talkback::cli {

std::string db_text(std::optional<double> db) {
  if (!db || !std::isfinite(*db)) return db && *db > 0.0 ? "inf" : "-inf";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", *db);
  return text;
}

nlohmann::json db_json(std::optional<double> db) {
  if (!db || !std::isfinite(*db)) return nullptr;
  return std::round(*db * 100.0) / 100.0;
}

}  // namespace talkback::cli
