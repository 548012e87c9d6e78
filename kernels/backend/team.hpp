#pragma once
// Team: who works on one problem (or on one pack of problems).
//
// A body is a template over Team and Real and reads like a program for one worker; every member of the team runs it
// with the same control flow, because every decision comes from a reduction that all members receive.
//
//   LaneTeam           one thread, Real = Pack<double, W>: W problems side by side, elements one after another
//   EmulatedBlockTeam  T real threads and a real barrier, Real = double: block_emulated.hpp
//   CudaBlockTeam      a CUDA block, Real = double: block_cuda.cuh
//
// Operations of a team (all are called by every member, all end with the writes visible to every member):
//   each(n, body)                      body(i) for i = 0 .. n-1, in any order, writes must not overlap
//   gather(n, group, start, term, finish)  finish(i, Σ_{k = start[i]}^{start[i+1]-1} term(k)) for i = 0 .. n-1;
//                                      group: threads of a CUDA block that share one i (power of two, 1 to 32)
//   sums<N>(n, out, body)              body(i, acc) adds to acc[0..N-1]; out[] = totals, the same for all members
//   maxima<N>(n, out, body)            the same with the largest value; starts from 0
//   leader()                           true for one member
//   next(queue)                        the queue's next problem, -1 when none is left; the same for all members
//   stop(queue)                        true when the run is to end soon; the same for all members

#include <cstdint>

#include "kernels/backend/pack.hpp"

// WATTSTEIN_HD (pack.hpp) forces inlining; a body's larger functions are left to the compiler.
#ifdef __CUDACC__
#define WATTSTEIN_BODY __host__ __device__
#else
#define WATTSTEIN_BODY inline
#endif

namespace wattstein::kernels {

/// Where a team finds its problems. Plain function pointers keep the standard library out of per-instruction-set code.
struct WorkQueue {
  void* context = nullptr;
  std::int64_t (*next_problem)(void* context) = nullptr;  // thread safe; -1: none left
  bool (*stop_requested)(void* context) = nullptr;        // thread safe
  void (*finished)(void* context) = nullptr;              // one more problem is done; thread safe
};

inline namespace WATTSTEIN_ISA {

/// Lanes of double in a vector register of the instruction set that is being compiled.
#if defined(__AVX512F__)
inline constexpr int native_lanes = 8;
#elif defined(__AVX2__)
inline constexpr int native_lanes = 4;
#else
inline constexpr int native_lanes = 2;
#endif

struct LaneTeam {
  static constexpr bool alone = true;  // one member: elements come one after another, in order

  template <class Body>
  WATTSTEIN_HD void each(int n, Body&& body) const {
    for (int i = 0; i < n; ++i) body(i);
  }

  /// Four running sums hide the latency of the addition on long rows; the order is fixed by the row alone.
  template <class Real, class Term, class Finish>
  WATTSTEIN_HD void gather(int n, int /*group*/, const int* start, Term&& term, Finish&& finish) const {
    for (int i = 0; i < n; ++i) {
      int k = start[i];
      const int end = start[i + 1];
      Real a = Real(0.0);
      if (end - k >= 8) {
        Real b = Real(0.0), c = Real(0.0), d = Real(0.0);
        for (; k + 4 <= end; k += 4) {
          a += term(k);
          b += term(k + 1);
          c += term(k + 2);
          d += term(k + 3);
        }
        a = (a + b) + (c + d);
      }
      for (; k < end; ++k) a += term(k);
      finish(i, a);
    }
  }

  template <int N, class Real, class Body>
  WATTSTEIN_HD void sums(int n, Real (&out)[N], Body&& body) const {
    for (int c = 0; c < N; ++c) out[c] = Real(0.0);
    for (int i = 0; i < n; ++i) body(i, out);
  }

  template <int N, class Real, class Body>
  WATTSTEIN_HD void maxima(int n, Real (&out)[N], Body&& body) const {
    for (int c = 0; c < N; ++c) out[c] = Real(0.0);
    for (int i = 0; i < n; ++i) body(i, out);
  }

  WATTSTEIN_HD bool leader() const { return true; }
  WATTSTEIN_HD std::int64_t next(const WorkQueue& queue) const { return queue.next_problem(queue.context); }
  WATTSTEIN_HD bool stop(const WorkQueue& queue) const { return queue.stop_requested(queue.context); }
  WATTSTEIN_HD void finished(const WorkQueue& queue) const { queue.finished(queue.context); }
};

/// Hands out arrays from a fast store (shared memory, or the only store) and, when that is full, from a slow one.
/// With null stores it only counts: the same sequence of take() calls plans the sizes and places the arrays.
struct Arena {
  char* fast = nullptr;
  std::int64_t fast_bytes = 0;
  char* slow = nullptr;
  std::int64_t fast_used = 0;
  std::int64_t slow_used = 0;

  template <class T>
  WATTSTEIN_HD T* take(std::int64_t count) {
    constexpr std::int64_t line = 64;
    const std::int64_t bytes = (count * static_cast<std::int64_t>(sizeof(T)) + line - 1) / line * line;
    if (fast_used + bytes <= fast_bytes) {
      char* at = fast ? fast + fast_used : nullptr;
      fast_used += bytes;
      return reinterpret_cast<T*>(at);
    }
    char* at = slow ? slow + slow_used : nullptr;
    slow_used += bytes;
    return reinterpret_cast<T*>(at);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
