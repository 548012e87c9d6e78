#pragma once
// EmulatedBlockTeam: a CUDA block on ordinary threads. T real threads stride over the elements, a real barrier stands
// where
// __syncthreads() does, reductions go through the same kind of shared scratch. It runs the bodies that nvcc compiles,
// in tests and under ThreadSanitizer.

#include <barrier>
#include <cstdint>
#include <vector>

#include "kernels/backend/team.hpp"

namespace wattstein::kernels {

/// What the members of an emulated block share.
struct EmulatedBlock {
  explicit EmulatedBlock(int threads)
      : size(threads), barrier(threads), scratch(static_cast<std::size_t>(threads) * max_reduced) {}
  static constexpr int max_reduced = 8;
  int size;
  std::barrier<> barrier;
  std::vector<double> scratch;  // (threads, max_reduced)
  std::int64_t next = -1;
  bool stop = false;
};

inline namespace WATTSTEIN_ISA {

struct EmulatedBlockTeam {
  static constexpr bool alone = false;
  EmulatedBlock* block;
  int rank;

  void sync() const { block->barrier.arrive_and_wait(); }
  bool leader() const { return rank == 0; }

  template <class Body>
  void each(int n, Body&& body) const {
    for (int i = rank; i < n; i += block->size) body(i);
    sync();
  }

  template <class Real, class Term, class Finish>
  void gather(int n, int /*group*/, const int* start, Term&& term, Finish&& finish) const {
    for (int i = rank; i < n; i += block->size) {
      Real total = Real(0.0);
      for (int k = start[i]; k < start[i + 1]; ++k) total += term(k);
      finish(i, total);
    }
    sync();
  }

  /// Partial results by member, then every member combines them in the same order.
  template <int N, class Real, class Body, class Combine>
  void reduce(int n, Real (&out)[N], Body&& body, Combine&& combine) const {
    static_assert(N <= EmulatedBlock::max_reduced);
    for (int c = 0; c < N; ++c) out[c] = Real(0.0);
    for (int i = rank; i < n; i += block->size) body(i, out);
    double* scratch = block->scratch.data();
    for (int c = 0; c < N; ++c) scratch[rank * EmulatedBlock::max_reduced + c] = out[c];
    sync();
    for (int c = 0; c < N; ++c) {
      double total = scratch[c];
      for (int t = 1; t < block->size; ++t) total = combine(total, scratch[t * EmulatedBlock::max_reduced + c]);
      out[c] = total;
    }
    sync();
  }

  template <int N, class Real, class Body>
  void sums(int n, Real (&out)[N], Body&& body) const {
    reduce(n, out, body, [](double a, double b) { return a + b; });
  }
  template <int N, class Real, class Body>
  void maxima(int n, Real (&out)[N], Body&& body) const {
    reduce(n, out, body, [](double a, double b) { return max(a, b); });
  }

  std::int64_t next(const WorkQueue& queue) const {
    if (rank == 0) block->next = queue.next_problem(queue.context);
    sync();
    const std::int64_t b = block->next;
    sync();
    return b;
  }
  bool stop(const WorkQueue& queue) const {
    if (rank == 0) block->stop = queue.stop_requested(queue.context);
    sync();
    const bool stop = block->stop;
    sync();
    return stop;
  }
  void finished(const WorkQueue& queue) const {
    if (rank == 0) queue.finished(queue.context);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
