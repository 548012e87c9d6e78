#pragma once
// Whether a quadratic cost is convex.

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// Curvature down to −convexity_slack times P's largest diagonal entry counts as rounding of the numbers given.
inline constexpr double convexity_slack = 1e-7;

/// Whether P (n × n, upper triangle, `values` of its pattern, all finite) is positive semidefinite: by its diagonal
/// where it dominates its rows, else by the signs of the pivots of an LDLᵀ of P + slack (Sylvester's law of inertia).
/// With `lb` and `ub` (n): on the variables that these do not fix.
bool convex(const kernels::CsrPattern& pattern, const double* values, const double* lb = nullptr,
            const double* ub = nullptr);

}  // namespace wattstein::engine
