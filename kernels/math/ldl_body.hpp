#pragma once
// Numeric LDLᵀ and its solves, one matrix per lane of Real. Vec is pointer-like with elements Real (a plain pointer on
// the CPU, an interleaved one on a GPU).

#include <cstdint>

#include "kernels/backend/pack.hpp"
#include "kernels/math/ldl_view.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// The sign-checked pivot.
template <class Real>
WATTSTEIN_HD Real ldl_pivot(const LdlView& f, int j, Real dj, double replacement) {
  const Real s = Real(static_cast<double>(f.sign[j]));
  return select(s * dj > Real(f.least[j]), dj, s * Real(replacement));
}

/// Columns j .. j + ldl_block − 1 at once: every entry to their left is read once for all of them. The sums have the
/// order of the single columns, so the bits are the same. c_i of column j + t stands in work[i · ldl_block + t].
template <class Real, class Constant, class Vec>
WATTSTEIN_HD_CALL void ldl_factor_block(const LdlView& f, const Constant& constant, Vec changing, Vec diagonal,
                                        Vec lower, Vec pivot, Vec inverse, Vec work, double replacement, int j) {
  constexpr int size = ldl_block;
  Real d[size], triangle[size][size];  // D, and c of the block's own rows: triangle[t][u] for row j + u of column j + t
  for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p)
    for (int t = 0; t < size; ++t) work[f.index[p] * size + t] = Real(0.0);
  for (int t = 0; t < size; ++t) {
    for (std::int64_t p = f.constant[j + t]; p < f.constant[j + t + 1]; ++p)
      work[f.constant_row[p] * size + t] = constant[f.constant_source[p]];
    for (std::int64_t p = f.changing[j + t]; p < f.changing[j + t + 1]; ++p)
      work[f.changing_row[p] * size + t] = work[f.changing_row[p] * size + t] + changing[f.changing_source[p]];
    d[t] = diagonal[j + t];
    for (int u = t + 1; u < size; ++u) triangle[t][u] = work[(j + u) * size + t];
  }
  for (std::int64_t r = f.row[j]; r < f.row[j + 1]; ++r) {
    const int k = f.row_column[r];
    const std::int64_t e = f.row_entry[r];  // rows j .. of column k follow one another
    Real c[size];
    for (int t = 0; t < size; ++t) {
      c[t] = -(lower[e + t] * pivot[k]);
      d[t] = fma(c[t], lower[e + t], d[t]);
      for (int u = t + 1; u < size; ++u) triangle[t][u] = fma(c[t], lower[e + u], triangle[t][u]);
    }
    for (std::int64_t p = e + size; p < f.column[k + 1]; ++p) {
      const Real entry = lower[p];
      const int to = f.index[p] * size;
      for (int t = 0; t < size; ++t) work[to + t] = fma(c[t], entry, work[to + t]);
    }
  }
  for (int t = 0; t < size; ++t) {
    const Real dj = ldl_pivot(f, j + t, d[t], replacement), inv = Real(1.0) / dj;
    pivot[j + t] = dj;
    inverse[j + t] = inv;
    const std::int64_t first = f.column[j + t];
    Real c[size];
    for (int u = t + 1; u < size; ++u) {
      const Real entry = triangle[t][u] * inv;
      lower[first + (u - t - 1)] = entry;
      triangle[t][u] = entry;
      c[u] = -(entry * dj);
    }
    for (int u = t + 1; u < size; ++u) {
      d[u] = fma(c[u], triangle[t][u], d[u]);
      for (int v = u + 1; v < size; ++v) triangle[u][v] = fma(c[u], triangle[t][v], triangle[u][v]);
    }
    for (std::int64_t p = first + (size - 1 - t); p < f.column[j + t + 1]; ++p) {
      const int at = f.index[p] * size;
      const Real entry = work[at + t] * inv;
      lower[p] = entry;
      for (int u = t + 1; u < size; ++u) work[at + u] = fma(c[u], entry, work[at + u]);
    }
  }
}

/// Column j; `work`: (rows).
template <class Real, class Constant, class Matrix, class Vec>
WATTSTEIN_HD void ldl_column(const LdlView& f, const Constant& constant, Matrix changing, Matrix diagonal, Vec lower,
                             Vec pivot, Vec inverse, Vec work, double replacement, int j) {
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
  dj = ldl_pivot(f, j, dj, replacement);
  const Real inv = Real(1.0) / dj;
  pivot[j] = dj;
  inverse[j] = inv;
  for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p) lower[p] = work[f.index[p]] * inv;
}

/// The factorisation by lists; `work`: (rows).
template <class Real, class Constant, class Vec>
WATTSTEIN_HD_CALL void ldl_factor_listed(const LdlView& f, const Constant& constant, Vec changing, Vec diagonal,
                                         Vec lower, Vec pivot, Vec inverse, Vec work, double replacement) {
  const LdlListView& list = f.list;
  for (int i = 0; i < list.firsts; ++i) {
    const int from = list.first_constant[i];
    const Real value = from == LdlListView::none ? Real(0.0) : Real(constant[from]);
    lower[list.first_entry[i]] = value + changing[list.first_source[i]];
  }
  for (int i = 0; i < list.mores; ++i) {
    const int e = list.more_entry[i];
    lower[e] = lower[e] + changing[list.more_source[i]];
  }
  int q = 0;
  for (int j = 0; j < f.rows; ++j) {
    const int begin = list.row[j], end = list.row[j + 1];
    Real dj = diagonal[j];
    for (int r = begin; r < end; ++r) {
      const Real entry = lower[list.row_entry[r]], c = -(entry * pivot[f.row_column[r]]);
      dj = fma(c, entry, dj);
      work[r - begin] = c;
    }
    dj = ldl_pivot(f, j, dj, replacement);
    const Real inv = Real(1.0) / dj;
    pivot[j] = dj;
    inverse[j] = inv;
    for (int p = list.column[j]; p < list.column[j + 1]; ++p) {
      const int from = list.source[p];
      Real sum = from == LdlListView::none ? Real(0.0) : from == LdlListView::ready ? lower[p] : Real(constant[from]);
      for (const int last = list.product[p + 1]; q < last; ++q)
        sum = fma(work[list.right[q]], lower[list.left[q]], sum);
      lower[p] = sum * inv;
    }
  }
}

/// K = L D Lᵀ, by lists where there are any, otherwise column by column:
///   c_i = K_ij − Σ_{k<j} L_ik D_k L_jk,   D_j = c_j,   L_ij = c_i / D_j.
/// A pivot of the wrong sign or not above `least` becomes ±`replacement`.
/// `diagonal` (rows) in permuted order; lower (nnz L), pivot, inverse (rows) are results; work (rows, or ldl_block ×
/// rows where there are blocks) scratch.
template <class Real, class Constant, class Vec>
WATTSTEIN_HD void ldl_factor(const LdlView& f, const Constant& constant, Vec changing, Vec diagonal, Vec lower,
                             Vec pivot, Vec inverse, Vec work, double replacement) {
  if (f.list.row) {
    ldl_factor_listed<Real>(f, constant, changing, diagonal, lower, pivot, inverse, work, replacement);
    return;
  }
  for (int j = 0; j < f.rows; ++j) {
    if (f.block[j]) {
      ldl_factor_block<Real>(f, constant, changing, diagonal, lower, pivot, inverse, work, replacement, j);
      j += ldl_block - 1;
      continue;
    }
    ldl_column<Real>(f, constant, changing, diagonal, lower, pivot, inverse, work, replacement, j);
  }
}

/// Sums that a long column's product is split into: short chains, and one register of them for a lone matrix.
inline constexpr int ldl_sums = 8;

/// Their total, in a fixed order.
template <class Sums>
WATTSTEIN_HD auto ldl_total(const Sums& sum) {
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

/// b_j ← b_j/D_j − Σ L_ij b_i, i from the last row up, ldl_sums rows at a time while there are as many.
template <class Real, class Factor, class Vec>
WATTSTEIN_HD void ldl_solve_row(const LdlView& f, Factor lower, Factor inverse, Vec b, int j) {
  Real total(0.0);
  std::int64_t p = f.column[j + 1];
  const std::int64_t first = f.column[j];
  if (p - first >= ldl_sums) {
    Real sum[ldl_sums];
    for (int q = 0; q < ldl_sums; ++q) sum[q] = Real(0.0);
    for (; p - first >= ldl_sums; p -= ldl_sums)
      for (int q = 0; q < ldl_sums; ++q) sum[q] = fma(lower[p - ldl_sums + q], b[f.index[p - ldl_sums + q]], sum[q]);
    total = ldl_total(sum);
  }
  while (--p >= first) total = fma(lower[p], b[f.index[p]], total);
  b[j] = fma(b[j], inverse[j], -total);
}

/// b ← K⁻¹ b in permuted order: L a = b, c = D⁻¹ a, Lᵀ x = c.
template <class Real, class Vec>
WATTSTEIN_HD void ldl_solve(const LdlView& f, Vec lower, Vec inverse, Vec b) {
  if (f.list.row) {
    // By rows: b_j is written once.
    for (int j = 0; j < f.rows; ++j) {
      Real bj = b[j];
      for (int r = f.list.row[j]; r < f.list.row[j + 1]; ++r)
        bj = fma(lower[f.list.row_entry[r]], -b[f.row_column[r]], bj);
      b[j] = bj;
    }
  } else {
    for (int j = 0; j < f.rows; ++j) {
      const Real bj = -b[j];
      for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p) b[f.index[p]] = fma(lower[p], bj, b[f.index[p]]);
    }
  }
  for (int j = f.rows - 1; j >= 0; --j) ldl_solve_row<Real>(f, lower, inverse, b, j);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
