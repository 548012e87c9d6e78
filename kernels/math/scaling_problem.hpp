#pragma once
// The scaled problem that a first-order body iterates on, and how a problem of the batch gets into it (one lane of it).
//
//   minimise ½ x̃ᵀP̃x̃ + q̃ᵀx̃,  l̃ ≤ K̃ x̃ ≤ ũ (rows of A),  K̃ x̃ + g̃ ∈ K (rows of G),  l̃b ≤ x̃ ≤ ũb
//   x = D_c x̃ / θ_b,   y = D_r ỹ / θ_c,   q̃ = θ_c D_c q,   l̃ = θ_b D_r l,   P̃ = (θ_c/θ_b) D_c P D_c
//
// θ_b, θ_c scale bounds and costs per problem: reference "PDLP", Applegate et al. 2021.

#include "kernels/math/scaling.hpp"

namespace wattstein::kernels {

/// Scaled numbers of a shared matrix, prepared once (kernels/math/scaling.hpp).
struct SharedNumbers {
  const double* row_form = nullptr;      // (nnz)
  const double* column_form = nullptr;   // (nnz)
  const double* row_scale = nullptr;     // (rows) D_r
  const double* column_scale = nullptr;  // (n) D_c
  double norm = 0.0;                     // ‖K̃‖₂
};

inline namespace WATTSTEIN_ISA {

template <class A, class B>
struct SameType {
  static constexpr bool value = false;
};
template <class A>
struct SameType<A, A> {
  static constexpr bool value = true;
};
template <bool Condition, class A, class B>
struct Choose {
  using Type = A;
};
template <class A, class B>
struct Choose<false, A, B> {
  using Type = B;
};

/// Real: double or Pack; Shared: the matrix is the same for every problem, its numbers are plain doubles.
template <class Real, bool Shared>
struct ScaledProblem {
  using Number = typename Choose<Shared, const double, Real>::Type;

  PatternView pattern;
  Number* row_form = nullptr;      // (nnz)
  Number* column_form = nullptr;   // (nnz), shared only; otherwise the row form is read through to_row_form
  Number* row_scale = nullptr;     // (rows) D_r
  Number* column_scale = nullptr;  // (n) D_c
  Real* q = nullptr;               // (n)
  Real* lb = nullptr;              // (n)
  Real* ub = nullptr;              // (n)
  Real* p = nullptr;               // (n) diagonal of P̃, null when P is empty
  Real* l = nullptr;               // (rows) l̃, and g̃ in the rows of cones
  Real* u = nullptr;               // (rows)
  Real theta_b = Real(1.0), theta_c = Real(1.0), constant = Real(0.0);

  WATTSTEIN_HD auto column_value(int k) const {
    if constexpr (Shared) return column_form[k];
    else return row_form[pattern.to_row_form[k]];
  }

  /// finish(i, (K̃ v)_i)
  template <class Team, class Finish>
  WATTSTEIN_HD void multiply(const Team& team, const Real* v, Finish&& finish) const {
    team.template gather<Real>(
        pattern.rows, pattern.row_group, pattern.row_start,
        [&](int k) { return row_form[k] * v[pattern.column_index[k]]; }, finish);
  }

  /// finish(j, (K̃ᵀ v)_j)
  template <class Team, class Finish>
  WATTSTEIN_HD void multiply_transposed(const Team& team, const Real* v, Finish&& finish) const {
    team.template gather<Real>(
        pattern.n, pattern.column_group, pattern.column_start,
        [&](int k) { return column_value(k) * v[pattern.row_index[k]]; }, finish);
  }

  WATTSTEIN_HD void take(Arena& arena) {
    const int n = pattern.n, rows = pattern.rows;
    q = arena.take<Real>(n);
    lb = arena.take<Real>(n);
    ub = arena.take<Real>(n);
    p = pattern.p_diagonal ? arena.take<Real>(n) : nullptr;
    l = arena.take<Real>(rows);
    u = arena.take<Real>(rows);
    if constexpr (!Shared) {
      row_scale = arena.take<Real>(rows);
      column_scale = arena.take<Real>(n);
      row_form = arena.take<Real>(pattern.nnz);
    }
  }
};

/// Scratch of plain doubles that one problem needs while it is loaded.
struct LoadScratch {
  double* values = nullptr;       // (nnz), varying matrices only
  double* row = nullptr;          // (rows)
  double* column = nullptr;       // (n)
  double* row_work = nullptr;     // (rows)
  double* column_work = nullptr;  // (n)
  double* p_values = nullptr;     // (nnz_p)
  double* p = nullptr;            // (n)

  WATTSTEIN_HD void take(Arena& arena, const PatternView& pattern, bool shared) {
    if (pattern.p_diagonal) {
      p_values = arena.take<double>(pattern.nnz_p);
      p = arena.take<double>(pattern.n);
    }
    if (shared) return;
    values = arena.take<double>(pattern.nnz);
    row = arena.take<double>(pattern.rows);
    column = arena.take<double>(pattern.n);
    row_work = arena.take<double>(pattern.rows);
    column_work = arena.take<double>(pattern.n);
  }
};

/// How a method wants its problems scaled.
struct ScalingRecipe {
  int ruiz_passes = 10;
  bool pock_chambolle = true;
  bool p_in_columns = false;  // P takes part in the column norms
  bool theta = true;          // θ_b, θ_c by norms; otherwise 1
  bool norm = true;           // ‖K̃‖₂ is wanted
};

WATTSTEIN_HD bool is_nan(double v) {
  return !(v == v);
}
WATTSTEIN_HD bool is_finite(double v) {
  return abs(v) <= 1.7976931348623157e308;
}

/// 1 when problem b of the batch has data that batch.md calls invalid, else 0. Values of K and P are judged by the
/// caller.
template <class Team>
WATTSTEIN_BODY double invalid_vectors(const Team& team, const PatternView& pattern, const BatchView& batch,
                                      std::int64_t b) {
  double bad_column[1], bad_row[1], bad_cone[1];
  team.template maxima<1>(pattern.n, bad_column, [&](int j, double(&acc)[1]) {
    const double lo = batch.lb.at(b, j), hi = batch.ub.at(b, j);
    if (!is_finite(batch.q.at(b, j)) || !(lo <= hi) || !(lo < infinity) || !(hi > -infinity)) acc[0] = 1.0;
  });
  team.template maxima<1>(pattern.m, bad_row, [&](int i, double(&acc)[1]) {
    const double lo = batch.l.at(b, i), hi = batch.u.at(b, i);
    if (!(lo <= hi) || !(lo < infinity) || !(hi > -infinity)) acc[0] = 1.0;
  });
  team.template maxima<1>(pattern.rows - pattern.m, bad_cone, [&](int i, double(&acc)[1]) {
    if (!is_finite(batch.g.at(b, i))) acc[0] = 1.0;
  });
  return max(max(bad_column[0], bad_row[0]), bad_cone[0]);
}

template <class Team>
WATTSTEIN_BODY bool all_finite(const Team& team, int count, const double* values) {
  double bad[1];
  team.template maxima<1>(count, bad, [&](int k, double(&acc)[1]) {
    if (!is_finite(values[k])) acc[0] = 1.0;
  });
  return bad[0] == 0.0;
}

/// Diagonal of P of problem b to scratch.p; false when an entry is not finite or negative.
template <class Team>
WATTSTEIN_BODY bool load_p(const Team& team, const PatternView& pattern, const BatchView& batch, std::int64_t b,
                           const LoadScratch& scratch) {
  if (!pattern.p_diagonal) return true;
  load_values(team, batch.p, b, scratch.p_values);
  double bad[1];
  team.template maxima<1>(pattern.n, bad, [&](int j, double(&acc)[1]) {
    const int k = pattern.p_diagonal[j];
    const double value = k >= 0 ? scratch.p_values[k] : 0.0;
    if (!is_finite(value) || !(value >= 0.0)) acc[0] = 1.0;
  });
  team.each(pattern.n, [&](int j) {
    const int k = pattern.p_diagonal[j];
    scratch.p[j] = k >= 0 ? scratch.p_values[k] : 0.0;
  });
  return bad[0] == 0.0;
}

/// Values of K of problem b to `values`, scaled by the recipe; row, column, norm receive the scales. False: not finite.
template <class Team>
WATTSTEIN_BODY bool scale_matrix(const Team& team, const PatternView& pattern, const BatchView& batch, std::int64_t b,
                                 const ScalingRecipe& recipe, const double* p, double* values, double* row,
                                 double* column, double* row_work, double* column_work, double& norm) {
  load_values(team, batch.a, b, values);
  load_values(team, batch.g_matrix, b, values + pattern.nnz_a);
  if (!all_finite(team, pattern.nnz, values)) return false;
  equilibrate(team, pattern, recipe.p_in_columns ? p : nullptr, recipe.ruiz_passes, recipe.pock_chambolle, values, row,
              column, row_work, column_work);
  norm = recipe.norm ? spectral_norm(team, pattern, values, column_work, row_work) : 0.0;
  return true;
}

/// Puts problem b of the batch into lane `lane`. norm receives ‖K̃‖₂. False when the problem's data are invalid; the
/// lane then holds nothing.
template <class Team, class Real, bool Shared>
WATTSTEIN_BODY bool load_problem(const Team& team, const BatchView& batch, std::int64_t b, const ScalingRecipe& recipe,
                                 const SharedNumbers& shared, const LoadScratch& scratch, int lane,
                                 ScaledProblem<Real, Shared>& to, double& norm) {
  const PatternView& pattern = to.pattern;
  if (invalid_vectors(team, pattern, batch, b) != 0.0) return false;
  if (!load_p(team, pattern, batch, b, scratch)) return false;
  const double* row = shared.row_scale;
  const double* column = shared.column_scale;
  norm = shared.norm;
  if constexpr (!Shared) {
    if (!scale_matrix(team, pattern, batch, b, recipe, scratch.p, scratch.values, scratch.row, scratch.column,
                      scratch.row_work, scratch.column_work, norm))
      return false;
    row = scratch.row;
    column = scratch.column;
    team.each(pattern.nnz, [&](int k) { set_lane(to.row_form[k], lane, scratch.values[k]); });
    team.each(pattern.rows, [&](int i) { set_lane(to.row_scale[i], lane, row[i]); });
    team.each(pattern.n, [&](int j) { set_lane(to.column_scale[j], lane, column[j]); });
  }

  // θ_b = 1/(1 + ‖b̃‖₂), θ_c = 1/(1 + ‖q̃‖₂); b̃ takes the larger finite side of each row, and g̃.
  double theta_b = 1.0, theta_c = 1.0;
  if (recipe.theta) {
    double rows_square[1], cones_square[1], cost_square[1];
    team.template sums<1>(pattern.m, rows_square, [&](int i, double(&acc)[1]) {
      const double lo = abs(batch.l.at(b, i)), hi = abs(batch.u.at(b, i));
      const double side = row[i] * max(is_finite(lo) ? lo : 0.0, is_finite(hi) ? hi : 0.0);
      acc[0] += side * side;
    });
    team.template sums<1>(pattern.rows - pattern.m, cones_square, [&](int i, double(&acc)[1]) {
      const double side = row[pattern.m + i] * batch.g.at(b, i);
      acc[0] += side * side;
    });
    team.template sums<1>(pattern.n, cost_square, [&](int j, double(&acc)[1]) {
      const double cost = column[j] * batch.q.at(b, j);
      acc[0] += cost * cost;
    });
    theta_b = 1.0 / (1.0 + sqrt(rows_square[0] + cones_square[0]));
    theta_c = 1.0 / (1.0 + sqrt(cost_square[0]));
  }
  set_lane(to.theta_b, lane, theta_b);
  set_lane(to.theta_c, lane, theta_c);
  set_lane(to.constant, lane, batch.r.at(b, 0));

  team.each(pattern.n, [&](int j) {
    set_lane(to.q[j], lane, theta_c * column[j] * batch.q.at(b, j));
    set_lane(to.lb[j], lane, theta_b * batch.lb.at(b, j) / column[j]);
    set_lane(to.ub[j], lane, theta_b * batch.ub.at(b, j) / column[j]);
    if (to.p) set_lane(to.p[j], lane, theta_c / theta_b * scratch.p[j] * column[j] * column[j]);
  });
  team.each(pattern.m, [&](int i) {
    set_lane(to.l[i], lane, theta_b * row[i] * batch.l.at(b, i));
    set_lane(to.u[i], lane, theta_b * row[i] * batch.u.at(b, i));
  });
  team.each(pattern.rows - pattern.m, [&](int i) {
    set_lane(to.l[pattern.m + i], lane, theta_b * row[pattern.m + i] * batch.g.at(b, i));
    set_lane(to.u[pattern.m + i], lane, 0.0);
  });
  return true;
}

/// Writes the unscaled point of a lane: x = D_c x̃ · x_factor, y, w = D_r ỹ · y_factor.
template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void store_point(const Team& team, const ScaledProblem<Real, Shared>& from, const Real* x, const Real* y,
                                double x_factor, double y_factor, int lane, std::int64_t b, const SolutionView& out) {
  const PatternView& pattern = from.pattern;
  const std::int64_t n = pattern.n, m = pattern.m, k = pattern.rows - pattern.m;
  team.each(pattern.n,
            [&](int j) { out.x[b * n + j] = get_lane(x[j], lane) * get_lane(from.column_scale[j], lane) * x_factor; });
  team.each(pattern.m,
            [&](int i) { out.y[b * m + i] = get_lane(y[i], lane) * get_lane(from.row_scale[i], lane) * y_factor; });
  team.each(pattern.rows - pattern.m, [&](int i) {
    out.w[b * k + i] = get_lane(y[m + i], lane) * get_lane(from.row_scale[m + i], lane) * y_factor;
  });
}

/// A problem without a point: zeros.
template <class Team>
WATTSTEIN_BODY void store_zero(const Team& team, const PatternView& pattern, std::int64_t b, const SolutionView& out) {
  const std::int64_t n = pattern.n, m = pattern.m, k = pattern.rows - pattern.m;
  team.each(pattern.n, [&](int j) { out.x[b * n + j] = 0.0; });
  team.each(pattern.m, [&](int i) { out.y[b * m + i] = 0.0; });
  team.each(pattern.rows - pattern.m, [&](int i) { out.w[b * k + i] = 0.0; });
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
