#pragma once
// Loading a problem into a lane and the interior start. Included by ipm_body.hpp.

#include "kernels/ipm/ipm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// One number of one lane of a vector in memory.
template <class Real>
WATTSTEIN_HD void put(Real* v, std::int64_t i, int lane, double value) {
  __builtin_memcpy(reinterpret_cast<char*>(v + i) + sizeof(double) * static_cast<std::size_t>(lane), &value, sizeof(double));
}
template <class Real>
WATTSTEIN_HD double pick(const Real* v, std::int64_t i, int lane) {
  double value;
  __builtin_memcpy(&value, reinterpret_cast<const char*>(v + i) + sizeof(double) * static_cast<std::size_t>(lane),
                   sizeof(double));
  return value;
}

/// Slacks and multipliers of a box [lower, upper] before the first least-squares problem: the middle, with
/// ζ_l/σ_l + ζ_u/σ_u = 1.
struct BoxStart {
  double point, slack_lower, slack_upper, dual_lower, dual_upper;
  int degree;
};
WATTSTEIN_HD BoxStart box_start(double lower, double upper) {
  const bool has_lower = lower > -1e50, has_upper = upper < 1e50;
  if (!(lower <= upper)) return {__builtin_nan(""), 1.0, 1.0, 1.0, 1.0, 0};  // invalid: ends as numerical_error
  if (lower == upper) return {lower, ipm_fixed_slack, ipm_infinite_slack, 0.0, 0.0, 0};
  if (has_lower && has_upper) {
    const double half = 0.5 * (upper - lower);
    return {lower + half, half, half, 0.5 * half, 0.5 * half, 2};
  }
  if (has_lower) return {lower + 1.0, 1.0, ipm_infinite_slack, 1.0, 0.0, 1};
  if (has_upper) return {upper - 1.0, ipm_infinite_slack, 1.0, 0.0, 1.0, 1};
  return {0.0, ipm_infinite_slack, ipm_infinite_slack, 0.0, 0.0, 0};
}

template <class Space, class Values>
struct IpmLoader {
  using Body = IpmBody<Space, Values>;

  WATTSTEIN_HD static double clip(double value) {
    return value < -ipm_infinite_slack ? -ipm_infinite_slack : value > ipm_infinite_slack ? ipm_infinite_slack : value;
  }

  /// Scales the data of `problem` into `lane` and sets the state before the first least-squares problem.
  WATTSTEIN_HD_CALL static void load(Body& b, const IpmProblem& problem, int lane) {
    const IpmView& f = b.f;
    const double c = problem.cost_scale;
    const double* inverse_column = problem.constant + f.column_base;
    const double* inverse_row = problem.constant + f.row_base;
    const double* inverse_cone = problem.constant + f.cone_base;
    int degree = 0;
    for (int j = 0; j < f.n; ++j) {
      const double inverse = inverse_column[j];
      const double lower = clip(problem.lb[j] * inverse), upper = clip(problem.ub[j] * inverse);
      const BoxStart start = box_start(lower, upper);
      put(b.q, j, lane, problem.q[j] * c / inverse);
      put(b.lb, j, lane, lower);
      put(b.ub, j, lane, upper);
      put(b.x, j, lane, start.point);
      put(b.sl, j, lane, start.slack_lower);
      put(b.su, j, lane, start.slack_upper);
      put(b.zl, j, lane, start.dual_lower);
      put(b.zu, j, lane, start.dual_upper);
      put(b.d, j, lane, 0.0);
      degree += start.degree;
    }
    for (int i = 0; i < f.m; ++i) {
      const double scale = 1.0 / inverse_row[i];
      const double lower = clip(problem.l[i] * scale), upper = clip(problem.u[i] * scale);
      const BoxStart start = box_start(lower, upper);
      put(b.l, i, lane, lower);
      put(b.u, i, lane, upper);
      put(b.z, i, lane, start.point);
      put(b.rsl, i, lane, start.slack_lower);
      put(b.rsu, i, lane, start.slack_upper);
      put(b.yl, i, lane, start.dual_lower);
      put(b.yu, i, lane, start.dual_upper);
      put(b.rp, i, lane, 0.0);
      degree += start.degree;
    }
    for (int k = 0; k < f.cones; ++k)
      for (int i = f.cone_start[k]; i < f.cone_start[k + 1]; ++i) {
        put(b.g, i, lane, problem.g[i] / inverse_cone[i]);
        const double e = i == f.cone_start[k] ? 1.0 : 0.0;
        put(b.s, i, lane, e);
        put(b.w, i, lane, e);
        put(b.rg, i, lane, 0.0);
      }
    set_lane(b.degree, lane, static_cast<double>(degree + f.cones));
    set_lane(b.cost_scale, lane, c);
    set_lane(b.inverse_cost, lane, 1.0 / c);
    set_lane(b.constant_cost, lane, problem.r[0]);
  }

  /// Writes x, y, w of a lane, unscaled; x clipped to its box (rounding).
  WATTSTEIN_HD_CALL static void store(const Body& b, const double* constant, int lane, double* x, double* y, double* w) {
    const IpmView& f = b.f;
    const double inverse_c = get_lane(b.inverse_cost, lane);
    for (int j = 0; j < f.n; ++j) {
      const double lower = pick(b.lb, j, lane), upper = pick(b.ub, j, lane);
      double value = pick(b.x, j, lane);
      value = value < lower ? lower : value > upper ? upper : value;
      x[j] = value / constant[f.column_base + j];
    }
    for (int i = 0; i < f.m; ++i)
      y[i] = (pick(b.yl, i, lane) - pick(b.yu, i, lane)) * inverse_c / constant[f.row_base + i];
    for (int i = 0; i < f.k; ++i) w[i] = pick(b.w, i, lane) * inverse_c / constant[f.cone_base + i];
  }
};

// Mehrotra's idea with boxes: shifts that make every slack and multiplier safely positive.
template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::finish_start(Mask starting) {
  const Real zero(0.0), one(1.0), half(0.5);
  // Largest violation of the raw point and largest raw multiplier.
  Real violation(0.0), dual_largest(0.0), dual_sum(0.0);
  for (int j = 0; j < f.n; ++j) {
    violation = max(max(lb[j] - x[j], x[j] - ub[j]), violation);
    const Mask boxed = (sl[j] < Real(1e50)) || (su[j] < Real(1e50));
    const Real zx = select(boxed, abs(rhs[f.place[j]]), zero);
    dual_largest = max(zx, dual_largest);
    dual_sum = dual_sum + zx;
  }
  for (int i = 0; i < f.m; ++i) {
    const Mask boxed = (rsl[i] < Real(1e50)) || (rsu[i] < Real(1e50));
    violation = max(select(boxed, max(l[i] - z[i], z[i] - u[i]), zero), violation);
    const Real y = select(boxed, abs(rhs[f.place[f.n + i]]), zero);
    dual_largest = max(y, dual_largest);
    dual_sum = dual_sum + y;
  }
  const Real margin(ipm_start_margin), primal_shift = max(violation, Real(ipm_start_primal));
  const Real dual_shift = max(dual_sum / max(degree, one), Real(ipm_start_dual));
  for (int j = 0; j < f.n; ++j) {
    const Mask has_lower = sl[j] < Real(1e50), has_upper = su[j] < Real(1e50);
    const Real gap = min(primal_shift, select(has_lower && has_upper, margin * (ub[j] - lb[j]), primal_shift));
    Real point = x[j];
    point = select(has_lower, max(point, lb[j] + gap), point);
    point = select(has_upper, min(point, ub[j] - gap), point);
    const Real zx = -rhs[f.place[j]];
    x[j] = select(starting && (has_lower || has_upper), point, x[j]);
    sl[j] = select(starting && has_lower, point - lb[j], sl[j]);
    su[j] = select(starting && has_upper, ub[j] - point, su[j]);
    zl[j] = select(starting, select(has_lower, max(zx, zero) + dual_shift, zero), zl[j]);
    zu[j] = select(starting, select(has_upper, max(-zx, zero) + dual_shift, zero), zu[j]);
  }
  for (int i = 0; i < f.m; ++i) {
    const Mask has_lower = rsl[i] < Real(1e50), has_upper = rsu[i] < Real(1e50), equality = rsl[i] > Real(1e150);
    const Real gap = min(primal_shift, select(has_lower && has_upper, margin * (u[i] - l[i]), primal_shift));
    Real point = z[i];
    point = select(has_lower, max(point, l[i] + gap), point);
    point = select(has_upper, min(point, u[i] - gap), point);
    const Real y = -rhs[f.place[f.n + i]];
    z[i] = select(starting && (has_lower || has_upper), point, z[i]);
    rsl[i] = select(starting && has_lower, point - l[i], rsl[i]);
    rsu[i] = select(starting && has_upper, u[i] - point, rsu[i]);
    yl[i] = select(starting, select(has_lower, max(y, zero) + dual_shift, select(equality, y, zero)), yl[i]);
    yu[i] = select(starting, select(has_upper, max(-y, zero) + dual_shift, zero), yu[i]);
  }
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
    // w of the second problem: −v of the system, where v = GΔx when W = I and b_g = 0.
    for (int i = first; i < first + q_; ++i) {
      Real sum(0.0);
      if (f.cone_row[c] >= 0) {
        sum = -rhs[f.place[f.cone_row[c] + (i - first)]];
      } else {
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p)
          sum = fma(-a[f.g_base + p], rhs[f.place[f.g_index[p]]], sum);
      }
      c1[i] = sum;
      w[i] = select(starting, sum, w[i]);
    }
    const Real ns = soc_tail_norm<Real>(s + first, q_), nw = soc_tail_norm<Real>(c1 + first, q_);
    const Real least_s = ns + max(half * ns, primal_shift), least_w = nw + max(half * nw, dual_shift);
    s[first] = select(starting, max(s[first], least_s), s[first]);
    w[first] = select(starting, max(c1[first], least_w), w[first]);
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
