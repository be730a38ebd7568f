#include "engine/base/error.hpp"

#include <array>
#include <utility>

namespace talkback {
namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 8> kNames{{
    {ErrorCode::not_found, "not_found"},
    {ErrorCode::invalid, "invalid"},
    {ErrorCode::conflict, "conflict"},
    {ErrorCode::denied, "denied"},
    {ErrorCode::exhausted, "exhausted"},
    {ErrorCode::corrupt, "corrupt"},
    {ErrorCode::unavailable, "unavailable"},
    {ErrorCode::internal, "internal"},
}};

}  // namespace

std::string_view to_string(ErrorCode code) noexcept {
  for (const auto& [known, name] : kNames)
    if (known == code) return name;
  return "internal";
}

ErrorCode error_code_from(std::string_view name) noexcept {
  for (const auto& [code, known] : kNames)
    if (known == name) return code;
  return ErrorCode::internal;
}

}  // namespace talkback
