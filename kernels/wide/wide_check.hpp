#pragma once
// The check at the end of a window: residuals of (x̂, ŷ) in the units of the unscaled data, as measure_residuals and the
// ray measures of kernels/math/norms.hpp, entry by entry; then the decisions, one column each.

#include "kernels/math/norms.hpp"
#include "kernels/wide/wide_steps.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Keeps a product: to = s or -s.
struct Keep {
  WideView v;
  double* to;
  double sign;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c, Real s) const {
    write(to + i * v.ld + c, Real(sign) * s);
  }
};

/// d = p x̂ + q - Kᵀŷ: residual, terms, what finite bounds absorb; slope = Kᵀŷ.
struct CheckColumns {
  static constexpr int sums = 6, maxima = 3;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c, Real* acc) const {
    MovesX{v}(j, c, acc);
    const std::int64_t at = j * v.ld + c;
    const double scale = v.shared.column_scale[j];
    const Real inverse = Real(1.0 / scale), x = read<Real>(v.x_hat + at), q = read<Real>(v.q + at);
    const Real lb = read<Real>(v.lb + at), ub = read<Real>(v.ub + at), slope = read<Real>(v.slope + at);
    const Real px = v.p_scaled ? read<Real>(v.p_scaled + at) * x : Real(0.0);
    const Real d = px + q - slope;
    Real residual, bound_term;
    split_reduced_cost(d, lb, ub, residual, bound_term);
    acc[2] += q * x;
    acc[3] += px * x;
    acc[4] += bound_term;
    acc[5] += d;
    acc[6] = max(acc[6], abs(residual) * inverse);
    acc[7] = max(acc[7], max(max(abs(px), abs(q)), abs(slope)) * inverse);
    acc[8] = max(acc[8], max(lb - x, x - ub) * Real(scale));
  }
};

/// Distance of K x̂ from [l, u] and its terms; image = K x̂.
struct CheckRows {
  static constexpr int sums = 4, maxima = 2;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c, Real* acc) const {
    MovesY{v}(i, c, acc);
    const std::int64_t at = i * v.ld + c;
    const Real inverse = Real(1.0 / v.shared.row_scale[i]), image = read<Real>(v.image + at);
    const Real y = read<Real>(v.y_hat + at), l = read<Real>(v.l + at), u = read<Real>(v.u + at);
    if (i < v.pattern.m) {
      acc[3] += side_term(y, l, u);
      acc[4] = max(acc[4], max(max(l - image, image - u), Real(0.0)) * inverse);
      acc[5] = max(acc[5], abs(image) * inverse);
    } else {
      acc[3] += -(y * l);
      acc[5] = max(acc[5], max(abs(image), abs(l)) * inverse);
    }
  }
};

/// Violation of image (+ g) ∈ K.
struct CheckCones {
  static constexpr int sums = 0, maxima = 1;
  WideView v;
  double with_g;  // 1, or 0 for rays
  template <class Real>
  WATTSTEIN_HD void operator()(int cone, int c, Real* acc) const {
    const int first = v.pattern.cone_start[cone], end = v.pattern.cone_start[cone + 1];
    const auto entry = [&](int i) {
      const std::int64_t at = i * v.ld + c;
      return read<Real>(v.image + at) + Real(with_g) * read<Real>(v.l + at);
    };
    const Real r = Real(0.70710678118654752440);
    const bool rotated = v.pattern.cone_kind[cone] != 0;
    Real head = entry(first), squares = Real(0.0);
    if (rotated) {
      const Real second = entry(first + 1), b = r * (head - second);
      head = r * (head + second);
      squares = b * b;
    }
    for (int i = first + (rotated ? 2 : 1); i < end; ++i) squares += entry(i) * entry(i);
    acc[0] = max(acc[0], max(sqrt(squares) - head, Real(0.0)) * Real(1.0 / v.shared.row_scale[first]));
  }
};

/// x̄ - x̂ to x̄: the difference as a direction.
struct DifferenceX {
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c) const {
    const std::int64_t at = j * v.ld + c;
    write(v.x_bar + at, read<Real>(v.x_bar + at) - read<Real>(v.x_hat + at));
  }
};
struct CopyY {
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c) const {
    write(v.image_bar + i * v.ld + c, read<Real>(v.y_hat + i * v.ld + c));
  }
};

/// No multiplier on an infinite side.
struct ClipRay {
  WideView v;
  double* ray;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c) const {
    const std::int64_t at = i * v.ld + c;
    const Real y = read<Real>(ray + at), zero = Real(0.0);
    write(ray + at, select(y > zero, select(read<Real>(v.l + at) > Real(-infinity), y, zero),
                           select(read<Real>(v.u + at) < Real(infinity), y, zero)));
  }
};
struct ConeRay {
  WideView v;
  double* ray;
  template <class Real>
  WATTSTEIN_HD void operator()(int cone, int c) const {
    project_column_cone<Real>(v.pattern.cone_kind[cone], ray + c, v.ld, v.pattern.cone_start[cone],
                              v.pattern.cone_start[cone + 1]);
  }
};
/// Σ y⁺l - y⁻u and its terms.
struct RaySides {
  static constexpr int sums = 2, maxima = 0;
  WideView v;
  const double* ray;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c, Real* acc) const {
    const std::int64_t at = i * v.ld + c;
    const Real y = read<Real>(ray + at), l = read<Real>(v.l + at);
    const Real term = i < v.pattern.m ? side_term(y, l, read<Real>(v.u + at)) : -(y * l);
    acc[0] += term;
    acc[1] += abs(term);
  }
};
/// What bounds of x give to the ray's objective, and what no finite bound absorbs; slope = -Kᵀ ray.
struct RayBounds {
  static constexpr int sums = 2, maxima = 1;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c, Real* acc) const {
    const std::int64_t at = j * v.ld + c;
    Real rest, term;
    split_reduced_cost(read<Real>(v.slope + at), read<Real>(v.lb + at), read<Real>(v.ub + at), rest, term);
    acc[0] += term;
    acc[1] += abs(term);
    acc[2] = max(acc[2], abs(rest) * Real(1.0 / v.shared.column_scale[j]));
  }
};

/// The direction x̄, clipped to where bounds are open.
struct ClipDirection {
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c) const {
    const std::int64_t at = j * v.ld + c;
    const Real x = read<Real>(v.x_bar + at), zero = Real(0.0);
    write(v.x_bar + at, select(x > zero, select(read<Real>(v.ub + at) < Real(infinity), zero, x),
                               select(read<Real>(v.lb + at) > Real(-infinity), zero, x)));
  }
};
struct DirectionCost {
  static constexpr int sums = 2, maxima = 1;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c, Real* acc) const {
    const std::int64_t at = j * v.ld + c;
    const Real x = read<Real>(v.x_bar + at), term = read<Real>(v.q + at) * x;
    acc[0] += -term;
    acc[1] += abs(term);
    if (v.p_scaled) acc[2] = max(acc[2], abs(read<Real>(v.p_scaled + at) * x) * Real(1.0 / v.shared.column_scale[j]));
  }
};
/// Distance of K x̄ from the recession cone of the rows.
struct DirectionRows {
  static constexpr int sums = 0, maxima = 1;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c, Real* acc) const {
    const std::int64_t at = i * v.ld + c;
    const Real image = read<Real>(v.image + at), zero = Real(0.0);
    const Real down = select(read<Real>(v.l + at) > Real(-infinity), -image, zero);
    const Real up = select(read<Real>(v.u + at) < Real(infinity), image, zero);
    acc[0] = max(acc[0], max(down, up) * Real(1.0 / v.shared.row_scale[i]));
  }
};

WATTSTEIN_HD void end_column(const WideView& v, int c, Status status, WideSource source, double x_factor,
                             double y_factor) {
  v.ended[c] = 1.0;
  v.status[c] = static_cast<std::int8_t>(status);
  v.source[c] = source;
  v.x_factor[c] = x_factor;
  v.y_factor[c] = y_factor;
}

/// Solved, broken, or to be restarted.
struct JudgePoint {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    v.ended[c] = v.restart[c] = 0.0;
    PdhgControl& control = v.control[c];
    if (control.problem < 0) return;
    control.iterations += v.check_period;
    control.checks += 1;
    using namespace wide_total;
    const auto total = [&](Row row) { return v.totals[row * v.ld + c]; };
    const double unit_b = 1.0 / v.theta_b[c], unit_c = 1.0 / v.theta_c[c], unit = unit_b * unit_c;
    // max() drops a NaN; the sum of all entries brings it back.
    const double poison = total(reduced) - total(reduced) == 0.0 ? 0.0 : total(reduced);
    Residuals<double> r{};
    r.primal = max(max(total(primal), total(cone)), total(outside)) * unit_b;
    r.primal_scale = total(primal_scale) * unit_b;
    r.dual = total(dual) * unit_c;
    r.dual_scale = total(dual_scale) * unit_c;
    r.primal_objective = (total(cost) + 0.5 * total(curvature)) * unit + v.constant[c] + poison;
    r.dual_objective = (total(sides) + total(bound) - 0.5 * total(curvature)) * unit + v.constant[c] + poison;
    const double error = fixed_point_error(v, c);
    if (within(r, Tolerance{v.absolute, v.relative})) {
      end_column(v, c, Status::solved, WideSource::point, unit_b, unit_c);
    } else if (!is_finite(error) || !is_finite(r.primal_objective)) {
      end_column(v, c, Status::numerical_error, WideSource::nowhere, 0.0, 0.0);
    } else {
      const bool again = pdhg_decide_restart(control, v.check_period, error, sqrt(total(move_x)), sqrt(total(move_y)),
                                             r.primal / (v.absolute + v.relative * r.primal_scale),
                                             r.dual / (v.absolute + v.relative * r.dual_scale));
      v.restart[c] = again ? 1.0 : 0.0;
    }
  }
};

/// Certificates in two successive tests, then the limits.
struct JudgeRays {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    PdhgControl& control = v.control[c];
    if (control.problem < 0 || v.ended[c] != 0.0) return;
    const double unit_b = 1.0 / v.theta_b[c], unit_c = 1.0 / v.theta_c[c], unit = unit_b * unit_c;
    using namespace wide_total;
    const auto total = [&](Row row) { return v.totals[row * v.ld + c]; };
    if (control.rays_due()) {
      const double step = (total(step_sides) + total(step_bound)) * unit;
      const double point = (total(point_sides) + total(point_bound)) * unit;
      const double slope = total(ray_cost) * unit;
      const bool from_step =
          certifies(step, total(step_residual) * unit_c, (total(step_sides_terms) + total(step_bound_terms)) * unit);
      const bool from_point = certifies(point, total(point_residual) * unit_c,
                                        (total(point_sides_terms) + total(point_bound_terms)) * unit);
      const double drift = max(total(ray_curvature) * unit_c, max(total(ray_rows), total(ray_cones)) * unit_b);
      const bool unbounded = certifies(slope, drift, total(ray_cost_terms) * unit);
      control.primal_alarms = from_step || from_point ? control.primal_alarms + 1 : 0;
      control.dual_alarms = unbounded ? control.dual_alarms + 1 : 0;
      if (control.primal_alarms >= 2) {  // scaled so that the ray objective is 1; x is the last iterate
        end_column(v, c, Status::primal_infeasible, from_step ? WideSource::difference_ray : WideSource::point_ray,
                   unit_b, unit_c / (from_step ? step : point));
      } else if (control.dual_alarms >= 2) {  // scaled so that qᵀx = -1
        end_column(v, c, Status::dual_infeasible, WideSource::dual_ray, unit_b / slope, unit_c);
      }
    }
    if (v.ended[c] != 0.0) return;
    if (*v.stop != 0) end_column(v, c, Status::time_limit, WideSource::point, unit_b, unit_c);
    else if (control.iterations >= v.max_iterations)
      end_column(v, c, Status::iteration_limit, WideSource::point, unit_b, unit_c);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
