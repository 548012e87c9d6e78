#pragma once
// An independent, naive judge of a point on the unscaled data (canonical form): nothing of the solvers' code is used.

#include <cstdint>

#include "kernels/batch/batch.hpp"

namespace wattstein::bench {

struct Judgement {
  double objective = 0.0;
  double primal = 0.0, primal_scale = 0.0;  // ℓ∞ residual and its largest term
  double dual = 0.0, dual_scale = 0.0;
  double gap = 0.0;                         // |primal objective - dual objective|
  /// Largest of the three relative to tolerance·(1 + scale); ≤ 1: within the tolerance.
  double excess(double tolerance) const;
};

/// Judges (x, y, w) of problem b: x (n), y (m), w (k).
Judgement judge(const kernels::Batch& batch, std::int64_t b, const double* x, const double* y, const double* w);

}  // namespace wattstein::bench
