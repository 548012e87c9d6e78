#pragma once
// Batches of recourse LPs: one problem for every agent, hour, first stage and realisation asked for.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/solver/solver.hpp"
#include "engine/uncertainty/dual_pool.hpp"

namespace wattstein::engine {

/// One LP: which agent's recourse, which hour, how far x moves its sides (DualPool::shift of that hour), which ω.
struct RecourseRequest {
  const DualPool* pool = nullptr;
  int hour = 0;
  const double* shift = nullptr;  // (moved_width) of this hour
  std::vector<double> omega;      // (n_r) MW
};

/// The LP's answer, valid during the callback only.
struct RecourseAnswer {
  std::size_t request = 0;
  double value = 0.0;         // upper estimate of Q_h(x; ω): objective of the primal point; inf when the LP failed
  double bound = 0.0;         // certified bound β
  std::span<const double> y;  // (m) empty when the LP failed
  std::span<const double> z;  // (n)
};

struct RecourseStatistics {
  std::int64_t solved = 0;
  std::int64_t failed = 0;  // no solution within tolerance
  double seconds = 0.0;
};

/// Solves requests of agents that share one recourse pattern. Batches are cut so that memory stays bounded.
class RecourseSolver {
 public:
  explicit RecourseSolver(SolverOptions options) : solver_(std::move(options)) {}
  /// Calls `absorb` once for every request, in order. Every LP is complete, so a failure is a numerical one; it is
  /// counted.
  void solve(std::span<const RecourseRequest> requests, const std::function<void(const RecourseAnswer&)>& absorb);
  const RecourseStatistics& statistics() const { return statistics_; }

 private:
  Solver solver_;
  RecourseStatistics statistics_;
};

/// The requests as one batch of the canonical form (export, tests).
kernels::Batch recourse_batch(std::span<const RecourseRequest> requests);

}  // namespace wattstein::engine
