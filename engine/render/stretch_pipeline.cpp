#include "engine/render/stretch_pipeline.hpp"

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "engine/dsp/denormals.hpp"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace talkback::render {

namespace {

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

// For ThreadSanitizer, which does not see how the task library brings tasks from thread to thread: what happened before
// send(place) happened before whatever follows receive(place).
#if defined(__SANITIZE_THREAD__)
void send(const void* place) noexcept { __tsan_release(const_cast<void*>(place)); }
void receive(const void* place) noexcept { __tsan_acquire(const_cast<void*>(place)); }
#else
void send(const void*) noexcept {}
void receive(const void*) noexcept {}
#endif

}  // namespace

struct StretchPipeline::Slot {
  // [entry] Inputs, the entry's own stretch before, and the beginning of the stretch: what it still waits for.
  std::vector<std::atomic<int>> missing;
  std::atomic<int> entries_left{0};
  // The stretch, and the visit of the one before.
  std::atomic<int> visit_missing{0};
};

struct StretchPipeline::Threads {
  explicit Threads(int threads)
      : is_one(threads == 1), arena(threads > 0 ? threads : static_cast<int>(tbb::task_arena::automatic)) {}

  bool is_one;
  tbb::task_arena arena;
  tbb::task_group group;
  std::array<Slot, kSlots> slots;
  std::atomic<bool> is_over{false};

  Slot& slot(int stretch) { return slots[index(stretch % kSlots)]; }
};

// What the task library is handed, and copies.
class StretchPipeline::Task {
 public:
  static constexpr int kVisit = -1;

  Task(StretchPipeline& pipeline, int entry, int stretch) : pipeline_(&pipeline), entry_(entry), stretch_(stretch) {}
  Task(const Task& other) : pipeline_(other.pipeline_), entry_(other.entry_), stretch_(other.stretch_) { send(this); }
  Task& operator=(const Task&) = delete;

  void operator()() const {
    receive(this);
    entry_ == kVisit ? pipeline_->visit(stretch_) : pipeline_->run_from(entry_, stretch_);
    send(pipeline_);
  }

 private:
  StretchPipeline* pipeline_;
  int entry_;
  int stretch_;
};

StretchPipeline::StretchPipeline(int threads) : threads_(std::make_unique<Threads>(threads)) {}

StretchPipeline::~StretchPipeline() = default;

bool StretchPipeline::is_parallel() const noexcept { return !threads_->is_one; }

int StretchPipeline::thread_count() const noexcept { return is_parallel() ? threads_->arena.max_concurrency() : 1; }

int StretchPipeline::this_thread() const noexcept {
  return is_parallel() ? tbb::this_task_arena::current_thread_index() : 0;
}

void StretchPipeline::set(Plan plan) {
  plan_ = std::move(plan);
  if (threads_->is_one) return;
  for (Slot& slot : threads_->slots) {
    if (slot.missing.size() != plan_.input_counts.size())
      slot.missing = std::vector<std::atomic<int>>(plan_.input_counts.size());
  }
}

void StretchPipeline::run_in_order(int count, const Work& work) const {
  for (int stretch = 0; stretch < count; ++stretch) {
    work.begin(stretch);
    {
      const dsp::DenormalsOff denormals_off;
      for (const int entry : plan_.order) work.run(entry, stretch);
    }
    if (!work.visit(stretch)) return;
  }
}

void StretchPipeline::run(int count, const Work& work) {
  if (threads_->is_one) return run_in_order(count, work);
  // There is nothing to share: what is played from a cache.
  if (plan_.order.size() < 2) return threads_->arena.execute([&] { run_in_order(count, work); });
  work_ = &work;
  count_ = count;
  threads_->is_over = false;
  for (int stretch = 0; stretch < kSlots; ++stretch) {
    Slot& slot = threads_->slot(stretch);
    const int before = stretch > 0 ? 1 : 0;
    for (const int entry : plan_.order)
      slot.missing[index(entry)].store(plan_.input_counts[index(entry)] + before + 1, std::memory_order_relaxed);
    slot.visit_missing = 1 + before;
  }
  threads_->arena.execute([this] {
    for (int stretch = 0; stretch < std::min(kSlots, count_); ++stretch) begin(stretch);
    threads_->group.wait();
  });
  receive(this);
}

void StretchPipeline::begin(int stretch) {
  Slot& slot = threads_->slot(stretch);
  work_->begin(stretch);
  slot.entries_left = static_cast<int>(plan_.order.size());
  if (plan_.order.empty()) {
    if (slot.visit_missing.fetch_sub(1) == 1) start(Task::kVisit, stretch);
    return;
  }
  for (const int entry : plan_.order) make_ready(entry, stretch);
}

void StretchPipeline::start(int entry, int stretch) {
  const Task task(*this, entry, stretch);
  threads_->group.run(task);
}

// One thing less to wait for.
void StretchPipeline::make_ready(int entry, int stretch) {
  if (threads_->slot(stretch).missing[index(entry)].fetch_sub(1, std::memory_order_acq_rel) == 1) start(entry, stretch);
}

// Runs an entry and goes on with one of those that it made ready: the sound is still in this core's cache.
void StretchPipeline::run_from(int entry, int stretch) {
  const dsp::DenormalsOff denormals_off;
  Slot& slot = threads_->slot(stretch);
  while (entry >= 0) {
    // For the stretch that comes into this slot next: nobody counts it down before this entry has run.
    slot.missing[index(entry)].store(plan_.input_counts[index(entry)] + 2, std::memory_order_relaxed);
    work_->run(entry, stretch);
    if (stretch + 1 < count_) make_ready(entry, stretch + 1);
    int next = -1;
    for (const int reader : plan_.readers[index(entry)]) {
      if (slot.missing[index(reader)].fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
      if (next < 0) {
        next = reader;
      } else {
        start(reader, stretch);
      }
    }
    if (slot.entries_left.fetch_sub(1, std::memory_order_acq_rel) == 1 &&
        slot.visit_missing.fetch_sub(1, std::memory_order_acq_rel) == 1)
      start(Task::kVisit, stretch);
    entry = next;
  }
}

void StretchPipeline::visit(int stretch) {
  threads_->slot(stretch).visit_missing.store(2, std::memory_order_relaxed);
  if (!threads_->is_over && !work_->visit(stretch)) threads_->is_over = true;
  if (stretch + 1 < count_ && threads_->slot(stretch + 1).visit_missing.fetch_sub(1, std::memory_order_acq_rel) == 1)
    start(Task::kVisit, stretch + 1);
  if (stretch + kSlots < count_ && !threads_->is_over) begin(stretch + kSlots);
}

}  // namespace talkback::render
