// Names that one thread has to itself: of blobs, while it gives one to a file or takes it away; of uploads, while it
// writes one or removes its file. [any-thread]
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace talkback::storage {

template <class Name>
class NameClaims {
 public:
  // Free again when this goes.
  class Held {
   public:
    Held(Held&& other) noexcept : claims_(std::exchange(other.claims_, nullptr)), name_(std::move(other.name_)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (claims_ != nullptr) claims_->release(name_);
    }
    const Name& name() const noexcept { return name_; }

   private:
    friend class NameClaims;
    Held(NameClaims& claims, Name name) : claims_(&claims), name_(std::move(name)) {}
    NameClaims* claims_;
    Name name_;
  };

  // Waits for whoever has it: some milliseconds. Not for a second name while one is held.
  [[nodiscard]] Held take(const Name& name) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return held_.insert(name).second; });
    return {*this, name};
  }
  // nullopt where somebody has it.
  std::optional<Held> try_take(const Name& name) {
    const std::lock_guard lock(mutex_);
    if (!held_.insert(name).second) return std::nullopt;
    return Held(*this, name);
  }

 private:
  void release(const Name& name) {
    {
      const std::lock_guard lock(mutex_);
      held_.erase(name);
    }
    released_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable released_;
  std::set<Name> held_;
};

}  // namespace talkback::storage
