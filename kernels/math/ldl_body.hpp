#pragma once
// Numeric LDLᵀ and its solves, one matrix per lane of Real. Vec is pointer-like with elements Real (a plain pointer on
// the CPU, an interleaved one on a GPU).

#include <cstdint>

#include "kernels/backend/pack.hpp"
#include "kernels/math/ldl_view.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// K = L D Lᵀ, column by column:
///   c_i = K_ij − Σ_{k<j} L_ik D_k L_jk,   D_j = c_j,   L_ij = c_i / D_j.
/// A pivot of the wrong sign or not above `least` becomes ±`replacement`.
/// `diagonal` (rows) in permuted order; lower (nnz L), pivot, inverse (rows) are results; work (rows) scratch.
template <class Real, class Constant, class Vec>
WATTSTEIN_HD void ldl_factor(const LdlView& f, const Constant& constant, Vec changing, Vec diagonal, Vec lower,
                             Vec pivot, Vec inverse, Vec work, double replacement) {
  for (int j = 0; j < f.rows; ++j) {
    Real dj = diagonal[j];
    for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p) work[f.index[p]] = Real(0.0);
    for (std::int64_t p = f.constant[j]; p < f.constant[j + 1]; ++p)
      work[f.constant_row[p]] = constant[f.constant_source[p]];
    for (std::int64_t p = f.changing[j]; p < f.changing[j + 1]; ++p)
      work[f.changing_row[p]] = work[f.changing_row[p]] + changing[f.changing_source[p]];
    for (std::int64_t r = f.row[j]; r < f.row[j + 1]; ++r) {
      const int k = f.row_column[r];
      const std::int64_t e = f.row_entry[r];
      const Real c = -(lower[e] * pivot[k]);
      dj = fma(c, lower[e], dj);
      for (std::int64_t p = e + 1; p < f.column[k + 1]; ++p) work[f.index[p]] = fma(c, lower[p], work[f.index[p]]);
    }
    const Real s = Real(static_cast<double>(f.sign[j]));
    dj = select(s * dj > Real(f.least[j]), dj, s * Real(replacement));
    const Real inv = Real(1.0) / dj;
    pivot[j] = dj;
    inverse[j] = inv;
    for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p) lower[p] = work[f.index[p]] * inv;
  }
}

/// b ← K⁻¹ b in permuted order: L a = b, c = D⁻¹ a, Lᵀ x = c.
template <class Real, class Vec>
WATTSTEIN_HD void ldl_solve(const LdlView& f, Vec lower, Vec inverse, Vec b) {
  for (int j = 0; j < f.rows; ++j) {
    const Real bj = -b[j];
    for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p) b[f.index[p]] = fma(lower[p], bj, b[f.index[p]]);
  }
  for (int j = f.rows - 1; j >= 0; --j) {
    Real sum(0.0);
    for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p) sum = fma(lower[p], b[f.index[p]], sum);
    b[j] = fma(b[j], inverse[j], -sum);
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
