// What went wrong, as a value: one code a caller can act on and one sentence a person understands.
//
// Error is immutable data and may be passed between threads. Internal detail (SQL, paths of the
// server, stack) never enters `message`: it travels to clients as it stands.
#pragma once

#include <string>
#include <string_view>

namespace talkback {

enum class ErrorCode {
  not_found,    // the named thing does not exist
  invalid,      // the input breaks a rule; sending it again will not help
  conflict,     // it contradicts the present state; look again, then retry
  denied,       // the caller may not do this
  exhausted,    // a limit, quota or full disk
  corrupt,      // stored or received bytes are damaged
  unavailable,  // try again later: peer gone, busy, cancelled
  internal,     // a bug or a broken machine
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

// The code's stable name, as it stands on the wire and in --json output.
std::string_view to_string(ErrorCode code) noexcept;

// The code with this name; `internal` where the name is unknown.
ErrorCode error_code_from(std::string_view name) noexcept;

}  // namespace talkback
