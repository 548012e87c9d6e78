#pragma once
// Threads over OpenMP: one region, one call per worker.

#include <functional>

namespace wattstein::kernels {

/// Number of threads for a wish (0: all cores), never more than `tasks`, at least 1.
int thread_count(int wish, long long tasks);

/// Calls work(worker) for worker = 0 .. threads-1, each on its own thread; returns when all have.
/// `work` must not throw.
void run_workers(int threads, const std::function<void(int)>& work);

}  // namespace wattstein::kernels
