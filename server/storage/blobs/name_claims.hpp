// Names of blobs that one thread is giving to a file or taking away: nobody does either with the same name meanwhile.
// [any-thread]
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "engine/base/sha256.hpp"

namespace talkback::storage {

class NameClaims {
 public:
  // Free again when this goes.
  class Held {
   public:
    Held(Held&& other) noexcept : claims_(std::exchange(other.claims_, nullptr)), name_(other.name_) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (claims_ != nullptr) claims_->release(name_);
    }
    const Sha256Digest& name() const noexcept { return name_; }

   private:
    friend class NameClaims;
    Held(NameClaims& claims, const Sha256Digest& name) : claims_(&claims), name_(name) {}
    NameClaims* claims_;
    Sha256Digest name_;
  };

  // Waits for whoever has it: some milliseconds. Not for a second name while one is held.
  [[nodiscard]] Held take(const Sha256Digest& name) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return held_.insert(name).second; });
    return {*this, name};
  }
  // nullopt where somebody has it.
  std::optional<Held> try_take(const Sha256Digest& name) {
    const std::lock_guard lock(mutex_);
    if (!held_.insert(name).second) return std::nullopt;
    return Held(*this, name);
  }

 private:
  void release(const Sha256Digest& name) {
    {
      const std::lock_guard lock(mutex_);
      held_.erase(name);
    }
    released_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable released_;
  std::set<Sha256Digest> held_;
};

}  // namespace talkback::storage
