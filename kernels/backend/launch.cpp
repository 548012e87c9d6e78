#include "kernels/backend/launch.hpp"

#include <algorithm>
#include <new>
#include <thread>
#include <vector>

namespace wattstein::kernels {

ProblemQueue::ProblemQueue(std::span<const std::int64_t> problems, const MethodSettings& settings)
    : problems_(problems), settings_(settings) {
  using clock = std::chrono::steady_clock;
  deadline_ = settings.time_limit_seconds > 0.0
                  ? clock::now() + std::chrono::duration_cast<clock::duration>(
                                       std::chrono::duration<double>(settings.time_limit_seconds))
                  : clock::time_point::max();
}

bool ProblemQueue::stop_requested() const {
  if (settings_.stop && settings_.stop->load(std::memory_order_relaxed)) return true;
  return deadline_ != std::chrono::steady_clock::time_point::max() && std::chrono::steady_clock::now() >= deadline_;
}

WorkQueue ProblemQueue::view() {
  WorkQueue view;
  view.context = this;
  view.next_problem = [](void* context) -> std::int64_t {
    auto& queue = *static_cast<ProblemQueue*>(context);
    const std::int64_t at = queue.next_.fetch_add(1, std::memory_order_relaxed);
    return at < static_cast<std::int64_t>(queue.problems_.size()) ? queue.problems_[at] : -1;
  };
  view.stop_requested = [](void* context) { return static_cast<ProblemQueue*>(context)->stop_requested(); };
  view.finished = [](void* context) {
    auto& queue = *static_cast<ProblemQueue*>(context);
    const std::int64_t done = queue.finished_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (!queue.settings_.progress) return;
    // One reporter at a time; who finds the door closed has nothing newer to say.
    if (queue.reporting_.exchange(true, std::memory_order_acquire)) return;
    queue.settings_.progress(done);
    queue.reporting_.store(false, std::memory_order_release);
  };
  return view;
}

AlignedBuffer::AlignedBuffer(std::int64_t bytes)
    : data_(allocate_large(static_cast<std::size_t>(std::max<std::int64_t>(bytes, 64)))) {
  if (!data_) throw std::bad_alloc();
}

void run_members(int members, const std::function<void(int rank)>& work) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(members));
  for (int rank = 1; rank < members; ++rank) threads.emplace_back(work, rank);
  work(0);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace wattstein::kernels
