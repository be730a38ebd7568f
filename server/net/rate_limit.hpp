// Token buckets. A bucket holds up to `burst` and fills with `per_second`; each permission takes one.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace talkback::net {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Rate {
  double per_second = 1;
  double burst = 1;
};

// One thread at a time.
class TokenBucket {
 public:
  TokenBucket(Rate rate, SteadyTime now) : rate_(rate), level_(rate.burst), filled_(now) {}

  bool take(SteadyTime now);
  // Takes more than there may be: the debt is waited for.
  void spend(std::size_t count, SteadyTime now);
  // How long until take() succeeds; zero where it would now.
  std::chrono::milliseconds wait(SteadyTime now);
  bool is_full(SteadyTime now) const;

 private:
  void fill(SteadyTime now);

  Rate rate_;
  double level_;
  SteadyTime filled_;
};

// One bucket a key (an address, a user name). Forgets full buckets when there are many, then all. [any-thread]
class RateLimiter {
 public:
  RateLimiter(Rate rate, std::size_t keys_max) : rate_(rate), keys_max_(keys_max) {}

  bool take(const std::string& key, SteadyTime now);

 private:
  Rate rate_;
  std::size_t keys_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, TokenBucket> buckets_;
};

// One limit for the guesser with many names, one for the many who guess one name.
struct SignInLimits {
  RateLimiter by_user;
  RateLimiter by_address;
  // Of tokens that open nothing, by address. Those that open something are never slowed down by the others of their
  // address: a house, or a proxy in front, has one.
  RateLimiter wrong_tokens;
};

}  // namespace talkback::net
