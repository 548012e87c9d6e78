#pragma once
// Runs a list of problems on worker threads: an atomic queue, a deadline, a stop flag, progress.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "kernels/backend/team.hpp"
#include "kernels/batch/large_pages.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::kernels {

/// The queue behind a WorkQueue: hands out `problems` one after another to any thread.
class ProblemQueue {
 public:
  ProblemQueue(std::span<const std::int64_t> problems, const MethodSettings& settings);
  WorkQueue view();
  bool stop_requested() const;

 private:
  std::span<const std::int64_t> problems_;
  const MethodSettings& settings_;
  std::chrono::steady_clock::time_point deadline_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> finished_{0};
  std::atomic<bool> reporting_{false};
};

/// Zeroed memory aligned to a cache line.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::int64_t bytes);
  char* data() const { return data_.get(); }

 private:
  LargeMemory data_;
};

/// Calls work(rank) for rank = 0 .. members-1, each on its own thread for certain (a barrier may stand between them).
void run_members(int members, const std::function<void(int rank)>& work);

}  // namespace wattstein::kernels
