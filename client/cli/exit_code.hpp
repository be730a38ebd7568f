// The exit codes of the command line; they stand in the README and do not change.
#pragma once

#include "engine/base/error.hpp"

namespace talkback::cli {

inline constexpr int kExitUsage = 2;

// 0 is success; each ErrorCode has its own.
constexpr int exit_code_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::not_found:
      return 3;
    case ErrorCode::invalid:
      return 4;
    case ErrorCode::conflict:
      return 5;
    case ErrorCode::denied:
      return 6;
    case ErrorCode::exhausted:
      return 7;
    case ErrorCode::corrupt:
      return 8;
    case ErrorCode::unavailable:
      return 9;
    case ErrorCode::internal:
      return 10;
  }
  return 10;
}

}  // namespace talkback::cli
