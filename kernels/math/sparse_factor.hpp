#pragma once
// LDLᵀ of the operator-splitting KKT matrix, by any team, as a replay of lists made once per pattern:
//
//     [ P + diag(s)   Kᵀ          ]   = L D Lᵀ after the permutation `place`
//     [ K            -diag(1/ρ)   ]
//
// For teams of several members the columns stand in the order of their level in the elimination tree: one level is one
// range of columns that the members treat side by side. A team of one takes them in postorder. Quasidefinite: no
// pivoting is needed.

#include <cstdint>
#include <vector>

#include "kernels/backend/team.hpp"
#include "kernels/math/sparse.hpp"

namespace wattstein::kernels {

struct FactorView {
  int size = 0;  // N = n + rows
  int levels = 0;
  int entries = 0;  // below the diagonal of L
  int row_group = 1;
  const int* place = nullptr;         // (N) place of variable j, of row n + i
  const int* level_start = nullptr;   // (levels + 1) ranges of places
  const int* row_start = nullptr;     // (N + 1) L by rows
  const int* row_column = nullptr;    // (entries)
  const int* row_entry = nullptr;     // (entries) the same entry in column order
  const int* column_start = nullptr;  // (N + 1) L by columns
  const int* column_row = nullptr;    // (entries)
  const int* source = nullptr;        // (entries, column order) position in K's row form, -1: fill
  const int* update_start = nullptr;  // (entries + 1)
  const int* update_left = nullptr;   // L_ik, column order
  const int* update_right = nullptr;  // L_jk, column order
};

struct FactorPlan {
  int size = 0;
  std::vector<int> place, level_start, row_start, row_column, row_entry, column_start, column_row, source, update_start,
      update_left, update_right;

  /// by_level: columns sorted by level, for teams of several members; otherwise in postorder, for a team of one.
  FactorPlan(const ConstraintPattern& pattern, bool by_level);
  FactorView view() const;
};

/// Numbers of one factor: by columns, by rows (shared factors only), inverse pivots.
struct FactorNumbers {
  const double* by_column = nullptr;      // (entries)
  const double* by_row = nullptr;         // (entries)
  const double* inverse_pivot = nullptr;  // (N)
};

inline namespace WATTSTEIN_ISA {

/// Factorises. values: K̃ in row form (nnz); diagonal (N, by place). l (entries), scaled (entries): L and L·D;
/// inverse_pivot (N).
///   D_j = a_jj - Σ_k L_jk² D_k,   L_ij D_j = a_ij - Σ_k L_ik D_k L_jk
template <class Team>
WATTSTEIN_BODY void factorise(const Team& team, const FactorView& f, const double* values, const double* diagonal,
                              double* l, double* scaled, double* inverse_pivot) {
  const int levels = Team::alone ? f.size : f.levels;
  for (int level = 0; level < levels; ++level) {
    const int first = Team::alone ? level : f.level_start[level];
    const int last = Team::alone ? level + 1 : f.level_start[level + 1];
    team.each(last - first, [&](int c) {
      const int j = first + c;
      double pivot = diagonal[j];
      for (int k = f.row_start[j]; k < f.row_start[j + 1]; ++k) {
        const int e = f.row_entry[k];
        pivot -= l[e] * scaled[e];
      }
      inverse_pivot[j] = 1.0 / pivot;
      for (int e = f.column_start[j]; e < f.column_start[j + 1]; ++e) scaled[e] = inverse_pivot[j];
    });
    const int entry = f.column_start[first];
    team.each(f.column_start[last] - entry, [&](int c) {
      const int e = entry + c;
      const double inverse = scaled[e];
      double a = f.source[e] >= 0 ? values[f.source[e]] : 0.0;
      for (int t = f.update_start[e]; t < f.update_start[e + 1]; ++t)
        a -= l[f.update_left[t]] * scaled[f.update_right[t]];
      scaled[e] = a;
      l[e] = a * inverse;
    });
  }
}

/// Solves L D Lᵀ v = v in place, v (N) by place. Real: one right-hand side or a Pack of them; Shared: one factor for
/// all.
template <bool Shared, class Team, class Real, class Number>
WATTSTEIN_HD void solve_factor(const Team& team, const FactorView& f, const Number* by_column, const Number* by_row,
                               const Number* inverse_pivot, Real* v) {
  // A team of one needs no levels: the places themselves are a valid order.
  const int levels = Team::alone ? 1 : f.levels;
  for (int level = 0; level < levels; ++level) {
    const int first = Team::alone ? 0 : f.level_start[level];
    const int last = Team::alone ? f.size : f.level_start[level + 1];
    team.template gather<Real>(
        last - first, f.row_group, f.row_start + first,
        [&](int k) {
          if constexpr (Shared) return by_row[k] * v[f.row_column[k]];
          else return by_column[f.row_entry[k]] * v[f.row_column[k]];
        },
        [&](int i, Real s) { v[first + i] = v[first + i] - s; });
  }
  // Backwards: one column after another for a team of one, level by level otherwise.
  if constexpr (Team::alone) {
    for (int j = f.size - 1; j >= 0; --j) {
      Real s = v[j] * inverse_pivot[j];
      for (int k = f.column_start[j]; k < f.column_start[j + 1]; ++k) s -= by_column[k] * v[f.column_row[k]];
      v[j] = s;
    }
  } else {
    for (int level = f.levels - 1; level >= 0; --level) {
      const int first = f.level_start[level], last = f.level_start[level + 1];
      team.template gather<Real>(
          last - first, f.row_group, f.column_start + first, [&](int k) { return by_column[k] * v[f.column_row[k]]; },
          [&](int i, Real s) { v[first + i] = v[first + i] * inverse_pivot[first + i] - s; });
    }
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
