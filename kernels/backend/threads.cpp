#include "kernels/backend/threads.hpp"

#include <omp.h>

#include <algorithm>

namespace wattstein::kernels {

int thread_count(int wish, long long tasks) {
  const long long cores = wish > 0 ? wish : omp_get_num_procs();
  return static_cast<int>(std::max(1LL, std::min(cores, tasks)));
}

void run_workers(int threads, const std::function<void(int)>& work) {
  if (threads <= 1) {
    work(0);
    return;
  }
#pragma omp parallel num_threads(threads)
  {
    // OpenMP may give fewer threads than asked: the rest is shared out.
    for (int worker = omp_get_thread_num(); worker < threads; worker += omp_get_num_threads()) work(worker);
  }
}

}  // namespace wattstein::kernels
