// Runs a graph's entries for one stretch of the song after the other, on several threads.
//
// An entry runs for a stretch when its inputs have run for it, and the entry itself for the one before. A stretch may
// begin while the one before is still under way, so that a chain that cannot be shared among threads (a master's) runs
// beside the tracks of the next stretch. kSlots stretches at most are under way: what belongs to one lies in slot
// stretch % kSlots.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace talkback::render {

class StretchPipeline {
 public:
  static constexpr int kSlots = 2;

  // What is to run, each after its inputs.
  struct Plan {
    std::vector<int> order;                 // entries; inputs stand before their readers
    std::vector<std::vector<int>> readers;  // [entry]
    std::vector<int> input_counts;          // [entry]
  };

  // Called on any thread of the pipeline.
  struct Work {
    // Before the first entry runs for a stretch; its slot is free.
    std::function<void(int stretch)> begin;
    std::function<void(int entry, int stretch)> run;
    // When all entries have run for a stretch: in order, one at a time. False: no further stretch begins.
    std::function<bool(int stretch)> visit;
  };

  // threads: 0 for as many as the machine has; 1 runs all in the calling thread.
  explicit StretchPipeline(int threads);
  ~StretchPipeline();

  // Not while it runs.
  void set(Plan plan);

  // Stretches 0 to count - 1, until all are visited, or those under way when a visit returned false.
  void run(int count, const Work& work);

  bool is_parallel() const noexcept;
  int thread_count() const noexcept;
  // From 0 on, of the thread that calls inside Work::run.
  int this_thread() const noexcept;

 private:
  struct Slot;
  struct Threads;
  class Task;

  void run_in_order(int count, const Work& work) const;
  void begin(int stretch);
  void start(int entry, int stretch);
  void make_ready(int entry, int stretch);
  void run_from(int entry, int stretch);
  void visit(int stretch);

  Plan plan_;
  std::unique_ptr<Threads> threads_;
  const Work* work_ = nullptr;
  int count_ = 0;
};

}  // namespace talkback::render
