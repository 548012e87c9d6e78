#pragma once
// Loading a problem into a lane and the interior start. Included by ipm_body.hpp.

#include "kernels/backend/across.hpp"
#include "kernels/ipm/ipm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// One number of one lane of a vector in memory.
template <class Real>
WATTSTEIN_HD void put(Real* v, std::int64_t i, int lane, double value) {
  const auto scalar = static_cast<ScalarOf<Real>>(value);
  __builtin_memcpy(reinterpret_cast<char*>(v + i) + sizeof(scalar) * static_cast<std::size_t>(lane), &scalar,
                   sizeof(scalar));
}
template <class Real>
WATTSTEIN_HD double pick(const Real* v, std::int64_t i, int lane) {
  double value;
  __builtin_memcpy(&value, reinterpret_cast<const char*>(v + i) + sizeof(double) * static_cast<std::size_t>(lane),
                   sizeof(double));
  return value;
}

/// Elements of 32 threads side by side, as a warp reads them; one thread's view.
struct WarpVec {
  static constexpr int threads = 32;
  double* p;
  WATTSTEIN_HD double& operator[](std::int64_t i) const { return p[i * threads]; }
  WATTSTEIN_HD WarpVec operator+(std::int64_t count) const { return {p + count * threads}; }
};
WATTSTEIN_HD void put(WarpVec v, std::int64_t i, int, double value) {
  v[i] = value;
}
WATTSTEIN_HD double pick(WarpVec v, std::int64_t i, int) {
  return v[i];
}

/// The matrices of a problem into the values of its lane, where each lane has its own.
template <class Real>
WATTSTEIN_HD void spread(SharedValues<Real>&, const double*, int, int) {}
template <class Vec>
WATTSTEIN_HD void spread(LaneValues<Vec>& values, const double* constant, int count, int lane) {
  for (int p = 0; p < count; ++p) put(values.p, p, lane, constant[p]);
}

/// A scaled side, infinite or not, as a number.
WATTSTEIN_HD double clip_side(double value) {
  constexpr double limit = IpmNumbers<double>::infinite_slack;
  return value < -limit ? -limit : value > limit ? limit : value;
}

#ifndef __CUDACC__
/// A vector of each lane's problem, side by side. problem: (lanes).
template <class Real>
WATTSTEIN_HD void copy_across(const IpmProblem* const* problem, const double* IpmProblem::*vector, int count,
                              Real* out) {
  const double* from[LanesOf<Real>::value];
  for (int t = 0; t < LanesOf<Real>::value; ++t) from[t] = problem[t]->*vector;
  copy_across(from, count, out);
}
/// The matrices of a problem of each lane into the values of all lanes.
template <class Real>
WATTSTEIN_HD void spread_all(SharedValues<Real>&, const IpmProblem* const*, int) {}
template <class Real>
WATTSTEIN_HD void spread_all(LaneValues<Real*>& values, const IpmProblem* const* problem, int count) {
  copy_across(problem, &IpmProblem::constant, count, values.p);
}
#endif

/// What a lane keeps of its problem beside vectors, and its state at the start.
template <class Body>
WATTSTEIN_HD void put_scalars(Body& b, const IpmProblem& problem, int lane, int degree, double unit_cost) {
  set_lane(b.dual_unit_cost, lane, unit_cost);
  set_lane(b.degree, lane, static_cast<double>(degree));
  set_lane(b.cost_scale, lane, problem.cost_scale);
  set_lane(b.inverse_cost, lane, inverse_power(problem.cost_scale));
  set_lane(b.constant_cost, lane, problem.r[0]);
  set_lane(b.least_mu, lane, 0.0);
  set_lane(b.caution, lane, ipm_no_drift);
}

WATTSTEIN_HD double nan_value() {
#ifdef __CUDA_ARCH__
  return __longlong_as_double(0x7ff8000000000000LL);
#else
  return __builtin_nan("");
#endif
}

/// A start inside the box [lower, upper], as near to `wish` as `margin` (a share of the box) and `distance` (where only
/// one side is finite) allow.
struct BoxStart {
  double point, slack_lower, slack_upper;
  int degree;
};
WATTSTEIN_HD BoxStart box_start(double lower, double upper, double wish, double margin, double distance) {
  const bool has_lower = lower > -IpmNumbers<double>::finite, has_upper = upper < IpmNumbers<double>::finite;
  if (!(lower <= upper)) return {nan_value(), 1.0, 1.0, 2};  // invalid: ends as numerical_error
  if (lower == upper) return {lower, IpmNumbers<double>::fixed_slack, IpmNumbers<double>::infinite_slack, 0};
  if (has_lower && has_upper) {
    const double range = upper - lower, least = margin * range;
    double slack = wish - lower;
    if (!(slack > least)) slack = least;
    if (range - slack < least) slack = range - least;
    return {lower + slack, slack, range - slack, 2};
  }
  if (has_lower) {
    const double slack = wish - lower > distance ? wish - lower : distance;
    return {lower + slack, slack, IpmNumbers<double>::infinite_slack, 1};
  }
  if (has_upper) {
    const double slack = upper - wish > distance ? upper - wish : distance;
    return {upper - slack, IpmNumbers<double>::infinite_slack, slack, 1};
  }
  return {wish, IpmNumbers<double>::infinite_slack, IpmNumbers<double>::infinite_slack, 0};
}

/// How the boxes of one variable or row of all lanes stand.
template <class Real>
struct IpmBox {
  using Mask = typename LanesOf<Real>::Mask;
  using Numbers = IpmNumbers<ScalarOf<Real>>;
  Mask lower, upper, fixed, broken;  // sides that are finite; both at one value; no box at all
  Real degree;

  /// Sides beyond the range become its ends.
  WATTSTEIN_HD IpmBox(Real& lo, Real& up) {
    const Real limit = Real(Numbers::infinite_slack), one(1.0), zero(0.0);
    broken = !(lo <= up);
    lo = max(-limit, min(limit, lo));
    up = max(-limit, min(limit, up));
    lower = lo > Real(-Numbers::finite);
    upper = up < Real(Numbers::finite);
    fixed = lo == up;
    degree = select(fixed, zero, select(lower, one, zero) + select(upper, one, zero));
  }
  WATTSTEIN_HD Mask both() const { return lower && upper && !fixed; }
};

template <class Space, class Values>
struct IpmLoader {
  using Body = IpmBody<Space, Values>;

  /// How far a given start is moved inside: as far as it misses rows and bounds (scaled), within fixed limits. A start
  /// too near the boundary of the wrong vertex costs more iterations than none.
  WATTSTEIN_HD_CALL static double warm_shift(const IpmView& f, const IpmProblem& problem) {
    if (!problem.start_x) return ipm_warm_most;
    const double* constant = problem.constant;
    double miss = 0.0;
    const auto outside = [&miss](double value, double lower, double upper, double scale) {
      const double distance = (value < lower ? lower - value : value > upper ? value - upper : 0.0) * scale;
      if (!(distance <= miss)) miss = distance;
    };
    for (int j = 0; j < f.n; ++j)
      outside(problem.start_x[j], problem.lb[j], problem.ub[j], constant[f.column_base + j]);
    for (int i = 0; i < f.m; ++i) {
      double ax = 0.0;
      for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p)
        ax += constant[p] * (problem.start_x[f.a_index[p]] * constant[f.column_base + f.a_index[p]]);
      const double scale = inverse_power(constant[f.row_base + i]);
      outside(ax, problem.l[i] * scale, problem.u[i] * scale, 1.0);
    }
    return miss < ipm_warm_least ? ipm_warm_least : miss > ipm_warm_most ? ipm_warm_most : miss;
  }

  /// Scales the data of `problem` into `lane` and sets its start: x in the middle of its box, z and s as near to Ax and
  /// Gx + g as their sets allow, y = 0, multipliers of the bounds that balance the cost and share one complementarity
  /// product; and the residuals of that point. A start point given with the problem (x, y, w) takes the place of the
  /// middle and of zero, shifted into the interior.
  WATTSTEIN_HD_CALL static void load(Body& b, const IpmProblem& problem, int lane) {
    const IpmView& f = b.f;
    const double c = problem.cost_scale;
    const double* constant = problem.constant;
    const bool warm = problem.start_x != nullptr || problem.start_y != nullptr;
    const double shift = warm ? warm_shift(f, problem) : 0.0;
    const double margin = warm ? shift : ipm_start_margin, row_margin = warm ? shift : ipm_start_row_margin;
    const double distance = warm ? shift : ipm_start_distance;
    const double least_product = warm ? ipm_warm_dual : ipm_start_dual;
    int degree = f.cones;
    double product = 0.0, unit_cost = 0.0;
    for (int j = 0; j < f.n; ++j) {
      const double inverse = constant[f.column_base + j], scale = inverse_power(inverse);
      const double lower = clip_side(problem.lb[j] * inverse), upper = clip_side(problem.ub[j] * inverse);
      const double q = problem.q[j] * (c * scale);
      double wish =
          lower > -IpmNumbers<double>::finite && upper < IpmNumbers<double>::finite ? 0.5 * (lower + upper) : 0.0;
      if (problem.start_x) wish = problem.start_x[j] * inverse;
      const BoxStart start = box_start(lower, upper, wish, margin, distance);
      put(b.q, j, lane, q);
      put(b.lb, j, lane, lower);
      put(b.ub, j, lane, upper);
      put(b.x, j, lane, start.point + 0.0);  // no −0: a fixed x may or may not have 0 added to it
      put(b.sl, j, lane, start.slack_lower);
      put(b.su, j, lane, start.slack_upper);
      put(b.d, j, lane, q);
      b.kinds.set(j, lane, start.degree == 2, start.slack_lower > IpmNumbers<double>::fixed_mark);
      const double size = (q < 0.0 ? -q : q) * inverse;
      unit_cost = size > unit_cost ? size : unit_cost;
      degree += start.degree;
    }
    for (int j = 0; j < f.n; ++j)
      for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
        const int i = f.p_index[p];
        const double value = c * constant[f.p_base + p];
        put(b.d, j, lane, pick(b.d, j, lane) + value * pick(b.x, i, lane));
        if (i != j) put(b.d, i, lane, pick(b.d, i, lane) + value * pick(b.x, j, lane));
      }
    if (problem.start_y)
      for (int i = 0; i < f.m; ++i) {
        const double y = problem.start_y[i] * (c * constant[f.row_base + i]);
        for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) {
          const int j = f.a_index[p];
          put(b.d, j, lane, pick(b.d, j, lane) - constant[p] * y);
        }
      }
    if (problem.start_w)
      for (int i = 0; i < f.k; ++i) {
        const double w = problem.start_w[i] * (c * constant[f.cone_base + i]);
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) {
          const int j = f.g_index[p];
          put(b.d, j, lane, pick(b.d, j, lane) - constant[f.g_base + p] * w);
        }
      }
    double dual_sum = 0.0, weighted = 0.0;
    for (int j = 0; j < f.n; ++j) {
      const double d = pick(b.d, j, lane), slack = d > 0.0 ? pick(b.sl, j, lane) : pick(b.su, j, lane);
      if (slack < IpmNumbers<double>::finite) {
        dual_sum += d > 0.0 ? d : -d;
        weighted += slack * (d > 0.0 ? d : -d);
      }
    }
    for (int i = 0; i < f.m; ++i) {
      const double scale = inverse_power(constant[f.row_base + i]);
      const double lower = clip_side(problem.l[i] * scale), upper = clip_side(problem.u[i] * scale);
      double ax = 0.0;
      for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) ax += constant[p] * pick(b.x, f.a_index[p], lane);
      const BoxStart start = box_start(lower, upper, ax, row_margin, distance);
      const double y = problem.start_y ? problem.start_y[i] * (c * constant[f.row_base + i]) : 0.0;
      const double slack = y > 0.0 ? start.slack_lower : start.slack_upper;
      if (slack < IpmNumbers<double>::finite) weighted += slack * (y > 0.0 ? y : -y);
      put(b.yl, i, lane, y);
      put(b.l, i, lane, lower);
      put(b.u, i, lane, upper);
      put(b.z, i, lane, start.point + 0.0);
      put(b.rsl, i, lane, start.slack_lower);
      put(b.rsu, i, lane, start.slack_upper);
      put(b.rp, i, lane, ax - start.point);
      b.kinds.set(f.n + i, lane, start.degree == 2, start.slack_lower > IpmNumbers<double>::fixed_mark);
      degree += start.degree;
    }
    const double mean = degree > 0 ? 1.0 / degree : 1.0;
    const double cone_dual = dual_sum * mean > least_product ? dual_sum * mean : least_product;
    const double wanted = ipm_start_share * weighted * mean, target = wanted > least_product ? wanted : least_product;
    for (int k = 0; k < f.cones; ++k) {
      const int first = f.cone_start[k];
      double tail = 0.0, dual_tail = 0.0;
      for (int i = first; i < f.cone_start[k + 1]; ++i) {
        const double g = problem.g[i] * inverse_power(constant[f.cone_base + i]);
        double gx = g;
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p)
          gx += constant[f.g_base + p] * pick(b.x, f.g_index[p], lane);
        put(b.g, i, lane, g);
        put(b.s, i, lane, gx);
        put(b.rg, i, lane, 0.0);
        if (i > first) tail += gx * gx;
        const double w = problem.start_w ? problem.start_w[i] * (c * constant[f.cone_base + i]) : 0.0;
        put(b.w, i, lane, w);
        if (i > first) dual_tail += w * w;
      }
      const double norm = sqrt(tail), head = pick(b.s, first, lane);
      double inside = 0.5 * norm > ipm_start_cone_distance ? 0.5 * norm : ipm_start_cone_distance;
      if (warm) inside = shift * (1.0 + norm);
      const double least = norm + inside;
      if (!(head > least)) {
        put(b.s, first, lane, least);
        put(b.rg, first, lane, head - least);
      }
      // w into the interior; d follows.
      const double dual_norm = sqrt(dual_tail), dual_head = pick(b.w, first, lane);
      const double dual_least = dual_norm + (warm ? shift * dual_norm + target / least : cone_dual);
      if (!(dual_head > dual_least)) {
        put(b.w, first, lane, dual_least);
        for (int p = f.g_start[first]; p < f.g_start[first + 1]; ++p) {
          const int j = f.g_index[p];
          put(b.d, j, lane, pick(b.d, j, lane) - constant[f.g_base + p] * (dual_least - dual_head));
        }
      }
    }
    for (int j = 0; j < f.n; ++j) {
      const double d = pick(b.d, j, lane), lower = pick(b.sl, j, lane), upper = pick(b.su, j, lane);
      const double zl = lower < IpmNumbers<double>::finite ? (d > 0.0 ? d : 0.0) + target / lower : 0.0;
      const double zu = upper < IpmNumbers<double>::finite ? (d < 0.0 ? -d : 0.0) + target / upper : 0.0;
      put(b.zl, j, lane, zl);
      put(b.zu, j, lane, zu);
      product += lower * zl + upper * zu;
    }
    for (int i = 0; i < f.m; ++i) {
      const double lower = pick(b.rsl, i, lane), upper = pick(b.rsu, i, lane);
      const double y = pick(b.yl, i, lane);
      double yl = lower < IpmNumbers<double>::finite ? (y > 0.0 ? y : 0.0) + target / lower : 0.0;
      const double yu = upper < IpmNumbers<double>::finite ? (y < 0.0 ? -y : 0.0) + target / upper : 0.0;
      product += lower * yl + upper * yu;
      if (lower > IpmNumbers<double>::fixed_mark) yl = y;  // equality
      put(b.yl, i, lane, yl);
      put(b.yu, i, lane, yu);
      const double change = (yl - yu) - y;
      if (change != 0.0)
        for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) {
          const int j = f.a_index[p];
          put(b.d, j, lane, pick(b.d, j, lane) - constant[p] * change);
        }
    }
    put_scalars(b, problem, lane, degree, unit_cost);
    set_lane(b.product, lane, product);
    set_lane(b.mu, lane, 1.0);
  }

  /// Scaled x, y, w to those of the problem; x clipped to its box (rounding).
  WATTSTEIN_HD_CALL static void unscale(const IpmView& f, const IpmProblem& problem, double* x, double* y, double* w) {
    const double *constant = problem.constant, *column = constant + f.column_base, *row = constant + f.row_base,
                 *cone = constant + f.cone_base;
    const double inverse_c = inverse_power(problem.cost_scale);
    for (int j = 0; j < f.n; ++j) {
      const double value = x[j] * inverse_power(column[j]), lower = problem.lb[j], upper = problem.ub[j];
      x[j] = value < lower ? lower : value > upper ? upper : value;
    }
    for (int i = 0; i < f.m; ++i) y[i] = y[i] * (inverse_c * inverse_power(row[i]));
    for (int i = 0; i < f.k; ++i) w[i] = w[i] * (inverse_c * inverse_power(cone[i]));
  }

  /// Writes x, y, w of the problem in `lane`.
  WATTSTEIN_HD_CALL static void store(const Body& b, const IpmProblem& problem, int lane, double* x, double* y,
                                      double* w) {
    const IpmView& f = b.f;
    for (int j = 0; j < f.n; ++j) x[j] = pick(b.x, j, lane);
    for (int i = 0; i < f.m; ++i) y[i] = pick(b.yl, i, lane) - pick(b.yu, i, lane);
    for (int i = 0; i < f.k; ++i) w[i] = pick(b.w, i, lane);
    unscale(f, problem, x, y, w);
  }

#ifndef __CUDACC__
  /// Those of several lanes; null: none of that lane. What steps leave in their scratch is overwritten.
  WATTSTEIN_HD_CALL static void store_all(Body& b, const IpmProblem* const* problem, double* const* x, double* const* y,
                                          double* const* w) {
    const IpmView& f = b.f;
    for (int i = 0; i < f.m; ++i) b.rtl[i] = b.yl[i] - b.yu[i];
    copy_apart(b.x, f.n, x);
    copy_apart(b.rtl, f.m, y);
    copy_apart(b.w, f.k, w);
    for (int t = 0; t < Body::lanes; ++t)
      if (problem[t]) unscale(f, *problem[t], x[t], y[t], w[t]);
  }
#endif
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
