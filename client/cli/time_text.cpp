#include "client/cli/time_text.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>

namespace talkback::cli {
namespace {

// "90m", "36h", "7d" in milliseconds; nullopt for anything else. A span ends before the year 10000.
std::optional<std::int64_t> span_ms(const std::string& text) {
  constexpr double kSpanDaysMax = 2'900'000;
  char* rest = nullptr;
  const double count = std::strtod(text.c_str(), &rest);
  const std::string unit = rest;
  if (rest == text.c_str() || !(unit == "m" || unit == "h" || unit == "d")) return std::nullopt;
  const double ms = count * (unit == "m" ? 60e3 : unit == "h" ? 3600e3 : 86400e3);
  if (!(ms >= 0 && ms <= kSpanDaysMax * 86400e3)) return std::nullopt;
  return static_cast<std::int64_t>(ms);
}

}  // namespace

std::string time_text(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
  return text;
}

std::string duration_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%d:%04.1f", static_cast<int>(seconds) / 60,
                seconds - 60 * (static_cast<int>(seconds) / 60));
  return text;
}

Result<std::int64_t> lifetime_from(const std::string& text) {
  const auto span = span_ms(text);
  if (!span || *span == 0)
    return Error{ErrorCode::invalid, "\"" + text + "\" is no time from now; write 90m, 36h or 7d"};
  return *span;
}

Result<std::int64_t> time_from(const std::string& text) {
  const Error unreadable{ErrorCode::invalid, "\"" + text + "\" is no time; write " + kTimeHelp};
  if (const auto ago = span_ms(text)) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - *ago;
  }
  std::tm local{};
  int used = 0;
  const int fields = std::sscanf(text.c_str(), "%d-%d-%d%n %d:%d%n", &local.tm_year, &local.tm_mon, &local.tm_mday,
                                 &used, &local.tm_hour, &local.tm_min, &used);
  const bool is_whole = static_cast<std::size_t>(used) == text.size() && (fields == 3 || fields == 5);
  if (!is_whole || local.tm_mon < 1 || local.tm_mon > 12 || local.tm_mday < 1 || local.tm_mday > 31 ||
      local.tm_hour < 0 || local.tm_hour > 23 || local.tm_min < 0 || local.tm_min > 59)
    return unreadable;
  local.tm_year -= 1900;
  local.tm_mon -= 1;
  local.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&local);
  if (seconds == -1) return unreadable;
  return std::int64_t{1000} * seconds;
}

}  // namespace talkback::cli
