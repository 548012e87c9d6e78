#pragma once
// The recession form of a single problem: is there a direction in which its cost falls for ever?
//
//   minimise    qᵀ d
//   subject to  A d ≥ 0 where l is finite, ≤ 0 where u is,  P d = 0,  G_k d ∈ K_k,
//               0 ≤ d_j where lb_j is finite, else −s_j ≤ d_j;  d_j ≤ 0 where ub_j is finite, else d_j ≤ s_j
//
// with s_j the size at which column j weighs as much as the others (Ruiz equilibration of [A; P; G]). d = 0 satisfies
// it, so it is feasible and bounded; its optimal value is negative exactly when the given problem, if it has a feasible
// point, is unbounded, and then d is a ray of dual infeasibility.

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// Recession form of a batch of one; its variables are those of the given problem.
kernels::Batch recession_form(const kernels::Batch& problem);

/// Sets what is rounding in a direction d (n), an answer of `form`, to zero: components of less than 1e-9 of the
/// largest, each in its own size s_j. Columns that d is not meant to move must not count as moved.
void clean_direction(const kernels::Batch& form, double* d);

}  // namespace wattstein::engine
