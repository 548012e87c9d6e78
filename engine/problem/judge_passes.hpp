#pragma once
// The judge's passes over a problem's vectors. Sums have eight parts, on every machine the same.

#include <cstddef>

namespace wattstein::engine {

/// Largest |value|; NaN is passed over.
double largest(const double* values, std::size_t count);
bool all_finite(const double* values, std::size_t count);

/// Cuts y (m) to the signs that its finite sides allow; false where an entry is not finite.
bool cut_signs(std::size_t m, const double* l, const double* u, double* y);

struct RowSums {
  double violation, size, slip, sides;  // largest distance, largest |a x|, Σ |y| distance, Σ (y⁺ l − y⁻ u)
  bool finite;                          // every a x is
};
/// Rows a x (m) against their sides, with their multipliers.
RowSums row_pass(std::size_t m, const double* ax, const double* l, const double* u, const double* y);

struct ColumnSums {
  double violation, size;         // of the bounds; largest |x|
  double dual, dual_size;         // largest d that no bound absorbs; largest term of d
  double linear, absorbed, slip;  // qᵀx; Σ d_j times the bound that absorbs it; Σ |d_j x_j| of the others
  bool finite;                    // every d is
};
/// d = P x + q − Aᵀ y − Gᵀ w (n) from its parts, which come with their signs, and the sums; the other one for P = 0 and
/// no cones.
ColumnSums column_pass(std::size_t n, const double* x, const double* lb, const double* ub, const double* q,
                       const double* px, const double* aty, const double* gtw, double* d);
ColumnSums linear_column_pass(std::size_t n, const double* x, const double* lb, const double* ub, const double* q,
                              const double* aty, double* d);

/// px = p x (n) for a diagonal P; returns xᵀPx.
double diagonal_pass(std::size_t n, const double* p, const double* x, double* px);

/// Σ_j min over lb_j ≤ x_j ≤ ub_j of ½ p_j x_j² + (d_j − px_j) x_j where p_j > 0, of d_j x_j where not.
double box_pass(std::size_t n, const double* p, const double* px, const double* d, const double* lb, const double* ub);

}  // namespace wattstein::engine
