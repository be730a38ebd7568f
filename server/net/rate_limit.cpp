#include "server/net/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace talkback::net {

void TokenBucket::fill(SteadyTime now) {
  const double seconds = std::chrono::duration<double>(now - filled_).count();
  level_ = std::min(rate_.burst, level_ + std::max(0.0, seconds) * rate_.per_second);
  filled_ = now;
}

bool TokenBucket::take(SteadyTime now) {
  fill(now);
  if (level_ < 1) return false;
  level_ -= 1;
  return true;
}

void TokenBucket::spend(std::size_t count, SteadyTime now) {
  fill(now);
  level_ -= static_cast<double>(count);
}

std::chrono::milliseconds TokenBucket::wait(SteadyTime now) {
  fill(now);
  if (level_ >= 1) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(static_cast<long>(std::ceil((1 - level_) / rate_.per_second * 1000)));
}

bool TokenBucket::is_full(SteadyTime now) const {
  return level_ + std::chrono::duration<double>(now - filled_).count() * rate_.per_second >= rate_.burst;
}

bool RateLimiter::take(const std::string& key, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= keys_max_) {
    std::erase_if(buckets_, [now](const auto& entry) { return entry.second.is_full(now); });
    // Somebody makes up names faster than buckets fill: everybody gets a fresh one rather than the memory.
    if (buckets_.size() >= keys_max_) buckets_.clear();
  }
  return buckets_.try_emplace(key, rate_, now).first->second.take(now);
}

}  // namespace talkback::net
