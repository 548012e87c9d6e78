#pragma once
// The elastic form of a single problem: how far is it from being feasible?
//
//   minimise    Σ_i c_i (v_i + w_i) + Σ_k t_k
//   subject to  l ≤ A x + v − w ≤ u,   lb ≤ x ≤ ub,   G_k x + g_k + t_k e ∈ K_k,   v, w, t ≥ 0
//
// with e the axis of the cone and c_i the inverse of the largest entry of row i. It is feasible and bounded whatever
// the given problem is. Its optimal value is positive exactly when the given problem is infeasible, and then its
// multipliers (y, w) are a ray of primal infeasibility (|y_i| ≤ c_i, objective = ray objective).

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// Elastic form of a batch of one; rows and cones stand in the given order, so that its y and w are those of the given
/// problem.
kernels::Batch elastic_form(const kernels::Batch& problem);

}  // namespace wattstein::engine
