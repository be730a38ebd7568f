// Who is connected: how many, and the end of all. [any-thread]
//
// A connection has its place for as long as its descriptor is open, and comes to its end by itself: it is told through
// its socket, which gives nothing more to read, or takes nothing more either. A place that is left late, by what the
// I/O context still holds when it goes, finds its books in good order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace talkback::net {

class OpenConnections {
  struct Entry {
    int socket = -1;
    bool rests = false;  // between two requests
  };
  struct Books {
    mutable std::mutex mutex;
    std::condition_variable left;
    std::map<std::uint64_t, Entry> entries;
    std::uint64_t entered = 0;
    bool is_ending = false;
  };

 public:
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : books_(std::exchange(other.books_, nullptr)), number_(other.number_) {}
    Place& operator=(Place&& other) noexcept {
      leave();
      books_ = std::exchange(other.books_, nullptr);
      number_ = other.number_;
      return *this;
    }
    ~Place() { leave(); }

    // The next request is waited for. False: there is to be none.
    bool rest();
    // It has come, and is to be answered even when the end has.
    void wake();
    // Before the descriptor is closed.
    void leave();

   private:
    friend class OpenConnections;
    Place(std::shared_ptr<Books> books, std::uint64_t number) : books_(std::move(books)), number_(number) {}

    std::shared_ptr<Books> books_;
    std::uint64_t number_ = 0;
  };

  Place enter(int socket);
  std::size_t count() const;

  // From now on no connection waits for a further request; what has come is still answered.
  void end_resting();
  bool is_ending() const;
  // Nobody is read or written any more: what each is about fails, and it ends.
  void cut();
  // False: somebody is still there when the time is over. Not for the threads that carry connections.
  bool wait_until_none(std::chrono::milliseconds time_max) const;

 private:
  std::shared_ptr<Books> books_ = std::make_shared<Books>();
};

}  // namespace talkback::net
