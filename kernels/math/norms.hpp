#pragma once
// Residuals, gap and certificates of a point, in the units of the unscaled data (canonical form, "Optimality").
// The scaled numbers are read and the scales divided out entry by entry, so no unscaled copy is needed.

#include "kernels/math/projections.hpp"
#include "kernels/math/scaling_problem.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Real>
struct Residuals {
  Real primal, dual;              // ℓ∞, unscaled
  Real primal_scale, dual_scale;  // largest term in each
  Real primal_objective, dual_objective;
  Real scaled_primal, scaled_dual;  // ℓ∞ of the scaled residuals, for step rules
};

/// One entry of the reduced cost d: what a finite bound of x absorbs gives d·bound, the rest is residual.
template <class Real>
WATTSTEIN_HD void split_reduced_cost(Real d, Real lb, Real ub, Real& residual, Real& bound_term) {
  const Real zero = Real(0.0);
  const Real bound = select(d > zero, lb, ub);
  const auto absorbed = abs(bound) < Real(infinity);
  residual = select(absorbed, zero, d);
  bound_term = select(absorbed && (d != zero), d * bound, zero);
}

/// y⁺ l - y⁻ u with 0·∞ = 0.
template <class Real>
WATTSTEIN_HD Real side_term(Real y, Real l, Real u) {
  const Real zero = Real(0.0);
  return select(y > zero, y * l, select(y < zero, y * u, zero));
}

/// Residuals of (x, y); y (rows) holds multipliers of rows and cones in the signs of the canonical form, x within its
/// bounds up to rounding. image (rows) receives K̃x (+ g̃ in the rows of cones); slope (n) receives the scaled reduced
/// cost.
template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void measure_residuals(const Team& team, const ScaledProblem<Real, Shared>& problem, const Real* x,
                                      const Real* y, Real* image, Real* slope, Residuals<Real>& out) {
  const PatternView& pattern = problem.pattern;
  const Real zero = Real(0.0);
  problem.multiply(team, x, [&](int i, Real s) { image[i] = i < pattern.m ? s : s + problem.l[i]; });
  problem.multiply_transposed(team, y, [&](int j, Real s) { slope[j] = s; });

  // rows: distance from [l, u], largest term; cones: violation of K x + g ∈ K.
  Real row_max[3], cone_max[2], column_max[4];
  team.template maxima<3>(pattern.rows, row_max, [&](int i, Real(&acc)[3]) {
    const Real inverse = Real(1.0) / Real(problem.row_scale[i]);
    if (i < pattern.m) {
      const Real distance = max(max(problem.l[i] - image[i], image[i] - problem.u[i]), zero);
      acc[0] = max(acc[0], distance * inverse);
      acc[1] = max(acc[1], abs(image[i]) * inverse);
      acc[2] = max(acc[2], distance);
    } else {
      acc[1] = max(acc[1], max(abs(image[i] - problem.l[i]), abs(problem.l[i])) * inverse);
    }
  });
  team.template maxima<2>(pattern.cones, cone_max, [&](int c, Real(&acc)[2]) {
    const int start = pattern.cone_start[c];
    const Real violation = cone_violation(pattern.cone_kind[c], image + start, pattern.cone_start[c + 1] - start);
    acc[0] = max(acc[0], violation / Real(problem.row_scale[start]));
    acc[1] = max(acc[1], violation);
  });

  // columns: d̃ = p̃x + q̃ - K̃ᵀy
  Real sums[4];
  team.template maxima<4>(pattern.n, column_max, [&](int j, Real(&acc)[4]) {
    const Real inverse = Real(1.0) / Real(problem.column_scale[j]);
    const Real px = problem.p ? problem.p[j] * x[j] : zero;
    const Real d = px + problem.q[j] - slope[j];
    Real residual, bound_term;
    split_reduced_cost(d, problem.lb[j], problem.ub[j], residual, bound_term);
    acc[0] = max(acc[0], abs(residual) * inverse);
    acc[1] = max(acc[1], max(max(abs(px), abs(problem.q[j])), abs(slope[j])) * inverse);
    acc[2] = max(acc[2], abs(residual));
    // bounds of x: 0 for projected iterates, not for averaged ones
    acc[3] = max(acc[3], max(problem.lb[j] - x[j], x[j] - problem.ub[j]) * Real(problem.column_scale[j]));
  });
  team.template sums<4>(pattern.n, sums, [&](int j, Real(&acc)[4]) {
    const Real px = problem.p ? problem.p[j] * x[j] : zero;
    const Real d = px + problem.q[j] - slope[j];
    Real residual, bound_term;
    split_reduced_cost(d, problem.lb[j], problem.ub[j], residual, bound_term);
    acc[0] += problem.q[j] * x[j];
    acc[1] += px * x[j];
    acc[2] += bound_term;
    acc[3] += d;
  });
  Real sides[1];
  team.template sums<1>(pattern.rows, sides, [&](int i, Real(&acc)[1]) {
    acc[0] += i < pattern.m ? side_term(y[i], problem.l[i], problem.u[i]) : -(y[i] * problem.l[i]);
  });

  const Real unit_b = Real(1.0) / problem.theta_b, unit_c = Real(1.0) / problem.theta_c;
  out.primal = max(max(row_max[0], cone_max[0]), column_max[3]) * unit_b;
  out.primal_scale = row_max[1] * unit_b;
  out.dual = column_max[0] * unit_c;
  out.dual_scale = column_max[1] * unit_c;
  out.scaled_primal = max(row_max[2], cone_max[1]);
  out.scaled_dual = column_max[2];
  const Real half = Real(0.5), unit = unit_b * unit_c;
  // max() drops a NaN; the sum of all entries brings it back.
  const Real poison = select(sums[3] - sums[3] == zero, zero, sums[3]);
  out.primal_objective = (sums[0] + half * sums[1]) * unit + problem.constant + poison;
  out.dual_objective = (sides[0] + sums[2] - half * sums[1]) * unit + problem.constant + poison;
}

/// Is a problem with these residuals solved to (absolute, relative)? NaN says no. Scalars of one lane.
struct Tolerance {
  double absolute = 1e-4;
  double relative = 1e-4;
};

template <class Real>
WATTSTEIN_HD auto within(const Residuals<Real>& r, Tolerance tolerance) {
  const Real absolute = Real(tolerance.absolute), relative = Real(tolerance.relative), one = Real(1.0);
  const Real gap = abs(r.primal_objective - r.dual_objective);
  return (r.primal <= absolute + relative * r.primal_scale) && (r.dual <= absolute + relative * r.dual_scale) &&
         (gap <= absolute + relative * (one + min(abs(r.primal_objective), abs(r.dual_objective))));
}

template <class Real>
struct RayMeasure {
  Real objective;  // > 0 for a certificate: unscaled ray objective (primal infeasible), -qᵀx (dual infeasible)
  Real residual;   // ℓ∞, unscaled, of what must vanish
  Real terms;      // Σ|terms| of the objective, for a test against rounding
};

/// Primal infeasibility: makes `ray` (rows) dual feasible in place (no multiplier on an infinite side, cone parts in
/// K*), then measures
///   Σ (y⁺l - y⁻u) - wᵀg + Σ_j min_{lb ≤ x ≤ ub} (-Kᵀy)_j x_j   and the part of Kᵀy that no finite bound absorbs.
template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void measure_primal_ray(const Team& team, const ScaledProblem<Real, Shared>& problem, Real* ray,
                                       Real* slope, RayMeasure<Real>& out) {
  const PatternView& pattern = problem.pattern;
  const Real zero = Real(0.0);
  team.each(pattern.m, [&](int i) {
    const Real v = ray[i];
    ray[i] = select(v > zero, select(problem.l[i] > Real(-infinity), v, zero),
                    select(problem.u[i] < Real(infinity), v, zero));
  });
  team.each(pattern.cones, [&](int c) {
    const int start = pattern.cone_start[c];
    project_cone(pattern.cone_kind[c], ray + start, pattern.cone_start[c + 1] - start);
  });
  problem.multiply_transposed(team, ray, [&](int j, Real s) { slope[j] = -s; });
  Real sides[2], bounds[2], residual[1];
  team.template sums<2>(pattern.rows, sides, [&](int i, Real(&acc)[2]) {
    const Real term = i < pattern.m ? side_term(ray[i], problem.l[i], problem.u[i]) : -(ray[i] * problem.l[i]);
    acc[0] += term;
    acc[1] += abs(term);
  });
  team.template sums<2>(pattern.n, bounds, [&](int j, Real(&acc)[2]) {
    Real rest, term;
    split_reduced_cost(slope[j], problem.lb[j], problem.ub[j], rest, term);
    acc[0] += term;
    acc[1] += abs(term);
  });
  team.template maxima<1>(pattern.n, residual, [&](int j, Real(&acc)[1]) {
    Real rest, term;
    split_reduced_cost(slope[j], problem.lb[j], problem.ub[j], rest, term);
    acc[0] = max(acc[0], abs(rest) / Real(problem.column_scale[j]));
  });
  const Real unit_b = Real(1.0) / problem.theta_b, unit_c = Real(1.0) / problem.theta_c;
  out.objective = (sides[0] + bounds[0]) * unit_b * unit_c;
  out.terms = (sides[1] + bounds[1]) * unit_b * unit_c;
  out.residual = residual[0] * unit_c;
}

/// Dual infeasibility: clips `ray` (n) to the directions in which the bounds of x are open, then measures -qᵀx and the
/// largest of |Px| and of the distance of K x from the recession cone of the rows and cones. image (rows) is scratch.
template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void measure_dual_ray(const Team& team, const ScaledProblem<Real, Shared>& problem, Real* ray,
                                     Real* image, RayMeasure<Real>& out) {
  const PatternView& pattern = problem.pattern;
  const Real zero = Real(0.0);
  team.each(pattern.n, [&](int j) {
    const Real v = ray[j];
    ray[j] = select(v > zero, select(problem.ub[j] < Real(infinity), zero, v),
                    select(problem.lb[j] > Real(-infinity), zero, v));
  });
  problem.multiply(team, ray, [&](int i, Real s) { image[i] = s; });
  Real cost[2], curvature[1], rows[1], cones[1];
  team.template sums<2>(pattern.n, cost, [&](int j, Real(&acc)[2]) {
    const Real term = problem.q[j] * ray[j];
    acc[0] -= term;
    acc[1] += abs(term);
  });
  team.template maxima<1>(pattern.n, curvature, [&](int j, Real(&acc)[1]) {
    if (problem.p) acc[0] = max(acc[0], abs(problem.p[j] * ray[j]) / Real(problem.column_scale[j]));
  });
  team.template maxima<1>(pattern.m, rows, [&](int i, Real(&acc)[1]) {
    const Real down = select(problem.l[i] > Real(-infinity), -image[i], zero);
    const Real up = select(problem.u[i] < Real(infinity), image[i], zero);
    acc[0] = max(acc[0], max(down, up) / Real(problem.row_scale[i]));
  });
  team.template maxima<1>(pattern.cones, cones, [&](int c, Real(&acc)[1]) {
    const int start = pattern.cone_start[c];
    const Real violation = cone_violation(pattern.cone_kind[c], image + start, pattern.cone_start[c + 1] - start);
    acc[0] = max(acc[0], violation / Real(problem.row_scale[start]));
  });
  const Real unit_b = Real(1.0) / problem.theta_b, unit_c = Real(1.0) / problem.theta_c;
  out.objective = cost[0] * unit_b * unit_c;
  out.terms = cost[1] * unit_b * unit_c;
  // |P̃x̃| = (θ_c/θ_b) D P D D⁻¹(θ_b x) carries θ_c; K̃x̃ carries θ_b.
  out.residual = max(curvature[0] * unit_c, max(rows[0], cones[0]) * unit_b);
}

/// A verified certificate: positive objective beyond rounding, residual small against it.
WATTSTEIN_HD bool certifies(double objective, double residual, double terms) {
  return objective > 1e-9 * terms && objective > 1e-300 && residual <= 1e-6 * objective && objective < infinity;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
