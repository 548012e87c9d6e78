#pragma once
// Whether a symmetric matrix is positive definite, by its factor.

#include "kernels/math/ordering.hpp"

namespace wattstein::kernels {

/// Whether all pivots of an LDLᵀ of the matrix are positive (Sylvester's law of inertia). below: numbers of `pattern`,
/// in its order; diagonal (rows). False where a number is not finite. One thread; memory: that of the factor.
bool positive_definite(const SymmetricPattern& pattern, const double* below, const double* diagonal);

}  // namespace wattstein::kernels
