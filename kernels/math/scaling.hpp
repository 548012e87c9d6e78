#pragma once
// Row and column scaling of K = [A; G] and an estimate of its norm, by a team on plain doubles: once for a shared
// matrix, once per problem otherwise. Both cases run the same code, so a problem scales alike wherever it stands.
//
//   K̃ = D_r K D_c,  x = D_c x̃,  y = D_r ỹ.  The rows of one cone share one scale, so that the cone maps onto itself.

#include "kernels/backend/team.hpp"
#include "kernels/math/sparse.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Copies the numbers of problem b of one matrix to out (nnz).
template <class Team>
WATTSTEIN_BODY void load_values(const Team& team, const MatrixView& matrix, std::int64_t b, double* out) {
  const double* source = matrix.data + b * matrix.stride;
  team.each(static_cast<int>(matrix.nnz), [&](int k) { out[k] = source[k]; });
  if (matrix.delta_indptr) {
    const std::int64_t first = matrix.delta_indptr[b];
    const int count = static_cast<int>(matrix.delta_indptr[b + 1] - first);
    team.each(count, [&](int k) { out[matrix.delta_position[first + k]] = matrix.delta_value[first + k]; });
  }
}

/// Multiplies values by rows and columns: K ← diag(row) K diag(column).
template <class Team>
WATTSTEIN_BODY void apply_scale(const Team& team, const PatternView& pattern, double* values, const double* row,
                                const double* column) {
  team.each(pattern.rows, [&](int i) {
    for (int k = pattern.row_start[i]; k < pattern.row_start[i + 1]; ++k)
      values[k] *= row[i] * column[pattern.column_index[k]];
  });
}

/// `passes` Ruiz passes (ℓ∞; Ruiz 2001), then, if asked, one Pock–Chambolle pass (ℓ1, α = 1), after which ‖K̃‖₂ ≤ 1.
/// p: diagonal of P (n) or null; it takes part in the column norms as in OSQP. values (nnz, row form) is scaled in
/// place; row (rows), column (n) receive D_r, D_c; row_work (rows), column_work (n) are scratch. Empty rows and columns
/// keep 1.
template <class Team>
WATTSTEIN_BODY void equilibrate(const Team& team, const PatternView& pattern, const double* p, int passes,
                                bool pock_chambolle, double* values, double* row, double* column, double* row_work,
                                double* column_work) {
  team.each(pattern.rows, [&](int i) { row[i] = 1.0; });
  team.each(pattern.n, [&](int j) { column[j] = 1.0; });
  for (int pass = 0; pass < passes + (pock_chambolle ? 1 : 0); ++pass) {
    const bool by_sum = pass == passes;
    team.each(pattern.rows, [&](int i) {
      double size = 0.0;
      for (int k = pattern.row_start[i]; k < pattern.row_start[i + 1]; ++k) {
        const double a = abs(values[k]);
        size = by_sum ? size + a : max(size, a);
      }
      row_work[i] = size;
    });
    team.each(pattern.n, [&](int j) {
      double size = 0.0;
      for (int k = pattern.column_start[j]; k < pattern.column_start[j + 1]; ++k) {
        const double a = abs(values[pattern.to_row_form[k]]);
        size = by_sum ? size + a : max(size, a);
      }
      if (p && !by_sum) size = max(size, abs(p[j]) * column[j] * column[j]);
      column_work[j] = size > 0.0 ? 1.0 / sqrt(size) : 1.0;
    });
    team.each(pattern.cones, [&](int c) {
      double size = 0.0;
      for (int i = pattern.cone_start[c]; i < pattern.cone_start[c + 1]; ++i) size = max(size, row_work[i]);
      for (int i = pattern.cone_start[c]; i < pattern.cone_start[c + 1]; ++i) row_work[i] = size;
    });
    team.each(pattern.rows, [&](int i) { row_work[i] = row_work[i] > 0.0 ? 1.0 / sqrt(row_work[i]) : 1.0; });
    apply_scale(team, pattern, values, row_work, column_work);
    team.each(pattern.rows, [&](int i) { row[i] *= row_work[i]; });
    team.each(pattern.n, [&](int j) { column[j] *= column_work[j]; });
  }
}

/// ‖K‖₂ by at most 100 power iterations on KᵀK from a fixed start, enlarged by 0.5 % because the estimate comes from
/// below. x (n), y (rows) are scratch. 0 for a matrix of zeros.
template <class Team>
WATTSTEIN_BODY double spectral_norm(const Team& team, const PatternView& pattern, const double* values, double* x,
                                    double* y) {
  // A fixed, irregular start: no eigenvector of a structured matrix is orthogonal to it in practice.
  team.each(pattern.n, [&](int j) { x[j] = 1.0 + 0.37 * static_cast<double>((j * 7919) % 101) / 101.0; });
  double norm = 0.0;
  for (int step = 0; step < 100; ++step) {
    double square[1];
    team.template sums<1>(pattern.n, square, [&](int j, double(&acc)[1]) { acc[0] += x[j] * x[j]; });
    if (!(square[0] > 0.0)) return 0.0;
    const double inverse = 1.0 / sqrt(square[0]);
    team.template gather<double>(
        pattern.rows, pattern.row_group, pattern.row_start,
        [&](int k) { return values[k] * x[pattern.column_index[k]]; }, [&](int i, double s) { y[i] = s * inverse; });
    double image[1];
    team.template sums<1>(pattern.rows, image, [&](int i, double(&acc)[1]) { acc[0] += y[i] * y[i]; });
    const double last = norm;
    norm = sqrt(image[0]);  // ‖K x/‖x‖‖
    if (abs(norm - last) <= 1e-5 * norm) break;
    team.template gather<double>(
        pattern.n, pattern.column_group, pattern.column_start,
        [&](int k) { return values[pattern.to_row_form[k]] * y[pattern.row_index[k]]; },
        [&](int j, double s) { x[j] = s; });
  }
  return 1.005 * norm;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
