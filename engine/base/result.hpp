// Result<T>: a value, or the Error that took its place. Member names follow std::expected, so that
// the C++23 type can replace this one by an alias.
//
// Asking for the side that is not there is a bug and stops the program.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace talkback {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & {
    TALKBACK_CHECK(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    TALKBACK_CHECK(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    TALKBACK_CHECK(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    TALKBACK_CHECK(!has_value());
    return std::get<1>(state_);
  }
  Error&& error() && {
    TALKBACK_CHECK(!has_value());
    return std::get<1>(std::move(state_));
  }

  template <class U>
  T value_or(U&& fallback) const& {
    return has_value() ? std::get<0>(state_) : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  const Error& error() const& {
    TALKBACK_CHECK(error_.has_value());
    return *error_;
  }
  Error&& error() && {
    TALKBACK_CHECK(error_.has_value());
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace talkback

#define TALKBACK_JOIN_INNER(a, b) a##b
#define TALKBACK_JOIN(a, b) TALKBACK_JOIN_INNER(a, b)

// TALKBACK_TRY(call()): leaves the function with the Error of a Result that has none of the value.
#define TALKBACK_TRY(expression)                                                                 \
  do {                                                                                           \
    if (auto talkback_try = (expression); !talkback_try) return std::move(talkback_try).error(); \
  } while (false)

// TALKBACK_ASSIGN(auto x, call()): as above, and otherwise names the value.
#define TALKBACK_ASSIGN(declaration, expression)                                                                       \
  auto TALKBACK_JOIN(talkback_result_, __LINE__) = (expression);                                                       \
  if (!TALKBACK_JOIN(talkback_result_, __LINE__)) return std::move(TALKBACK_JOIN(talkback_result_, __LINE__)).error(); \
  declaration = std::move(TALKBACK_JOIN(talkback_result_, __LINE__)).value()
