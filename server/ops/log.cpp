#include "server/ops/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace talkback::ops {
namespace {

// Text from outside must not look like a fact or a line of its own.
std::string quoted(std::string_view text) {
  std::string line = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    line += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return line + "\"";
}

void write(spdlog::level::level_enum level, std::string_view event, std::initializer_list<Fact> facts) {
  if (!spdlog::should_log(level)) return;
  std::string line(event);
  for (const auto& [key, value] : facts) {
    line += ' ';
    line += key;
    line += '=';
    line += value.find_first_of(" \"=\\\n") == std::string::npos && !value.empty() ? value : quoted(value);
  }
  spdlog::log(level, "{}", line);
}

}  // namespace

bool set_up_log(std::string_view level) {
  const std::string name(level);
  const auto parsed = spdlog::level::from_str(name);
  if (parsed == spdlog::level::off && name != "off") return false;
  auto logger = std::make_shared<spdlog::logger>("talkback", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(parsed);
  spdlog::set_default_logger(std::move(logger));
  return true;
}

void log_debug(std::string_view event, std::initializer_list<Fact> facts) { write(spdlog::level::debug, event, facts); }
void log_info(std::string_view event, std::initializer_list<Fact> facts) { write(spdlog::level::info, event, facts); }
void log_warning(std::string_view event, std::initializer_list<Fact> facts) {
  write(spdlog::level::warn, event, facts);
}
void log_error(std::string_view event, std::initializer_list<Fact> facts) { write(spdlog::level::err, event, facts); }

}  // namespace talkback::ops
