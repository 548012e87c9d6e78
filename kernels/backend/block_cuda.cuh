#pragma once
// CudaBlockTeam: one CUDA block works on one problem; threads stride over elements, __syncthreads() ends every step,
// reductions go through warp shuffles and a small shared scratch in a fixed order, so results do not depend on timing.

#include <cstdint>

#include "kernels/backend/team.hpp"

namespace wattstein::kernels {

/// The persistent grid's queue: blocks pull positions 0 .. count-1.
struct CudaQueue {
  unsigned long long* next = nullptr;      // device
  unsigned long long* finished = nullptr;  // device
  std::int64_t count = 0;
  const volatile int* stop = nullptr;  // host memory mapped into the device
};

inline namespace WATTSTEIN_ISA {

struct CudaBlockTeam {
  static constexpr bool alone = false;
  static constexpr int max_reduced = 8;
  static constexpr int max_warps = 32;

  CudaQueue queue;
  double* scratch;          // shared (max_warps, max_reduced)
  std::int64_t* broadcast;  // shared (1)

  __device__ bool leader() const { return threadIdx.x == 0; }

  template <class Body>
  __device__ void each(int n, Body&& body) const {
    for (int i = static_cast<int>(threadIdx.x); i < n; i += static_cast<int>(blockDim.x)) body(i);
    __syncthreads();
  }

  /// `group` neighbouring threads (a power of two, at most a warp) share one i; blockDim.x is a multiple of 32.
  template <class Real, class Term, class Finish>
  __device__ void gather(int n, int group, const int* start, Term&& term, Finish&& finish) const {
    const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
    const int member = thread % group, groups = threads / group;
    // Every thread makes the same number of turns, so that whole warps meet in the shuffles.
    const int turns = (n + groups - 1) / groups;
    for (int turn = 0; turn < turns; ++turn) {
      const int i = turn * groups + thread / group;
      Real total = Real(0.0);
      if (i < n)
        for (int k = start[i] + member; k < start[i + 1]; k += group) total += term(k);
      for (int offset = group / 2; offset > 0; offset /= 2) total += __shfl_xor_sync(0xffffffffu, total, offset);
      if (i < n && member == 0) finish(i, total);
    }
    __syncthreads();
  }

  template <int N, class Real, class Body, class Combine>
  __device__ void reduce(int n, Real (&out)[N], Body&& body, Combine&& combine) const {
    static_assert(N <= max_reduced);
    for (int c = 0; c < N; ++c) out[c] = Real(0.0);
    for (int i = static_cast<int>(threadIdx.x); i < n; i += static_cast<int>(blockDim.x)) body(i, out);
    const int warp = static_cast<int>(threadIdx.x) / 32, warps = static_cast<int>(blockDim.x) / 32;
    for (int c = 0; c < N; ++c) {
      for (int offset = 16; offset > 0; offset /= 2)
        out[c] = combine(out[c], __shfl_xor_sync(0xffffffffu, out[c], offset));
      if (threadIdx.x % 32 == 0) scratch[warp * max_reduced + c] = out[c];
    }
    __syncthreads();
    for (int c = 0; c < N; ++c) {
      Real total = scratch[c];
      for (int w = 1; w < warps; ++w) total = combine(total, scratch[w * max_reduced + c]);
      out[c] = total;
    }
    __syncthreads();
  }

  template <int N, class Real, class Body>
  __device__ void sums(int n, Real (&out)[N], Body&& body) const {
    reduce(n, out, body, [](Real a, Real b) { return a + b; });
  }
  template <int N, class Real, class Body>
  __device__ void maxima(int n, Real (&out)[N], Body&& body) const {
    reduce(n, out, body, [](Real a, Real b) { return max(a, b); });
  }

  __device__ std::int64_t next(const WorkQueue&) const {
    if (leader()) *broadcast = static_cast<std::int64_t>(atomicAdd(queue.next, 1ull));
    __syncthreads();
    const std::int64_t b = *broadcast;
    __syncthreads();
    return b < queue.count ? b : -1;
  }
  __device__ bool stop(const WorkQueue&) const {
    if (leader()) *broadcast = queue.stop ? *queue.stop : 0;
    __syncthreads();
    const bool stop = *broadcast != 0;
    __syncthreads();
    return stop;
  }
  __device__ void finished(const WorkQueue&) const {
    if (leader()) atomicAdd(queue.finished, 1ull);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
