// The server's log: one line an event, with its facts as key=value (spdlog to standard error). [any-thread]
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace talkback::ops {

using Fact = std::pair<std::string_view, std::string>;

// "debug", "info", "warning" or "error"; false for another word.
bool set_up_log(std::string_view level);

void log_debug(std::string_view event, std::initializer_list<Fact> facts = {});
void log_info(std::string_view event, std::initializer_list<Fact> facts = {});
void log_warning(std::string_view event, std::initializer_list<Fact> facts = {});
void log_error(std::string_view event, std::initializer_list<Fact> facts = {});

}  // namespace talkback::ops
