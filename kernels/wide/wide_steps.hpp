#pragma once
// One iteration of reflected, restarted Halpern PDHG (formulas at the head of pdhg_body.hpp) on all columns at once:
// what is done with a product's entry s as soon as it is known.

#include "kernels/math/projections.hpp"
#include "kernels/wide/wide_view.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// x̂ = Π_[lb,ub]((x - τ(q - s))/(1 + τp)),  x̄ = 2x̂ - x,  x ← Halpern step;  s = (Kᵀy)_j.
struct StepX {
  WideView v;
  int step;       // of the window
  bool measured;  // keep x̂
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c, Real s) const {
    const std::int64_t at = j * v.ld + c, weight = step * v.ld + c;
    const Real tau = read<Real>(v.tau + c), now = read<Real>(v.x + at);
    Real moved = now - tau * (read<Real>(v.q + at) - s);
    if (v.p_scaled) moved = moved / (Real(1.0) + tau * read<Real>(v.p_scaled + at));
    const Real hat = project_interval(moved, read<Real>(v.lb + at), read<Real>(v.ub + at));
    const Real bar = Real(2.0) * hat - now;
    write(v.x_bar + at, bar);
    if (measured) write(v.x_hat + at, hat);
    write(v.x + at, read<Real>(v.point_weight + weight) * bar +
                        read<Real>(v.anchor_weight + weight) * read<Real>(v.x_anchor + at));
  }
};

/// Rows of A: ŷ = y - σs + σ Π_[l,u](s - y/σ), y ← Halpern step. Rows of cones: s is kept for StepCone. s = (K x̄)_i.
struct StepY {
  WideView v;
  int step;
  bool measured;  // keep ŷ, ŷ - y and s
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c, Real s) const {
    const std::int64_t at = i * v.ld + c, weight = step * v.ld + c;
    if (i >= v.pattern.m) {
      write(v.image_bar + at, s);
      return;
    }
    const Real now = read<Real>(v.y + at);
    const Real moved = s - now * read<Real>(v.inverse_sigma + c);
    const Real hat =
        read<Real>(v.sigma + c) * (project_interval(moved, read<Real>(v.l + at), read<Real>(v.u + at)) - moved);
    if (measured) {
      write(v.image_bar + at, s);
      write(v.y_hat + at, hat);
      write(v.y_step + at, hat - now);
    }
    write(v.y + at, read<Real>(v.point_weight + weight) * (Real(2.0) * hat - now) +
                        read<Real>(v.anchor_weight + weight) * read<Real>(v.y_anchor + at));
  }
};

/// Projects the entries first .. end-1 of a column, `ld` apart, onto a cone (project_cone for strided entries).
template <class Real>
WATTSTEIN_HD void project_column_cone(int kind, double* column, std::int64_t ld, int first, int end) {
  const Real r = Real(0.70710678118654752440);
  const auto entry = [&](int i) { return column + i * ld; };
  const Real v0 = read<Real>(entry(first));
  Real t = v0, b = Real(0.0), squares = Real(0.0);
  int rest = first + 1;
  if (kind != 0) {
    const Real v1 = read<Real>(entry(first + 1));
    t = r * (v0 + v1);
    b = r * (v0 - v1);
    squares = b * b;
    rest = first + 2;
  }
  for (int i = rest; i < end; ++i) {
    const Real z = read<Real>(entry(i));
    squares += z * z;
  }
  Real head, factor;
  second_order_factor(t, squares, head, factor);
  for (int i = rest; i < end; ++i) write(entry(i), read<Real>(entry(i)) * factor);
  if (kind == 0) {
    write(entry(first), head);
  } else {
    b = b * factor;
    write(entry(first), r * (head + b));
    write(entry(first + 1), r * (head - b));
  }
}

/// Cone number `cone`: ŷ = Π_K*(y - σ(K x̄ + g)), y ← Halpern step.
struct StepCone {
  WideView v;
  int step;
  template <class Real>
  WATTSTEIN_HD void operator()(int cone, int c) const {
    const int first = v.pattern.cone_start[cone], end = v.pattern.cone_start[cone + 1];
    const Real sigma = read<Real>(v.sigma + c);
    for (int i = first; i < end; ++i) {
      const std::int64_t at = i * v.ld + c;
      write(v.y_hat + at, read<Real>(v.y + at) - sigma * (read<Real>(v.image_bar + at) + read<Real>(v.l + at)));
    }
    project_column_cone<Real>(v.pattern.cone_kind[cone], v.y_hat + c, v.ld, first, end);
    const Real point = read<Real>(v.point_weight + step * v.ld + c);
    const Real anchor = read<Real>(v.anchor_weight + step * v.ld + c);
    for (int i = first; i < end; ++i) {
      const std::int64_t at = i * v.ld + c;
      const Real now = read<Real>(v.y + at), hat = read<Real>(v.y_hat + at);
      write(v.y_step + at, hat - now);
      write(v.y + at, point * (Real(2.0) * hat - now) + anchor * read<Real>(v.y_anchor + at));
    }
  }
};

/// Halpern weights (k+1)/(k+2), 1/(k+2) of every iteration of the window.
struct Weights {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    for (int step = 0; step < v.check_period; ++step) {
      const double k = v.k[c] + step, anchor = 1.0 / (k + 2.0);
      v.anchor_weight[step * v.ld + c] = anchor;
      v.point_weight[step * v.ld + c] = (k + 1.0) * anchor;
    }
  }
};

/// Σ of the fixed-point error and of the way from the anchor, over columns of K.
struct MovesX {
  static constexpr int sums = 2, maxima = 0;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c, Real* acc) const {
    const std::int64_t at = j * v.ld + c;
    const Real hat = read<Real>(v.x_hat + at), step = read<Real>(v.x_bar + at) - hat;
    const Real way = hat - read<Real>(v.x_anchor + at);
    acc[0] += step * step;
    acc[1] += way * way;
  }
};

/// The same over rows; image = K x̂ without g.
struct MovesY {
  static constexpr int sums = 3, maxima = 0;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c, Real* acc) const {
    const std::int64_t at = i * v.ld + c;
    const Real step = read<Real>(v.y_step + at), way = read<Real>(v.y_hat + at) - read<Real>(v.y_anchor + at);
    acc[0] += step * step;
    acc[1] += step * (read<Real>(v.image_bar + at) - read<Real>(v.image + at));
    acc[2] += way * way;
  }
};

/// r of the fixed-point error from its sums.
WATTSTEIN_HD double fixed_point_error(const WideView& v, int c) {
  const double *dx = v.totals + wide_total::step_x * v.ld, *dy = v.totals + wide_total::step_y * v.ld,
               *dot = v.totals + wide_total::step_image * v.ld;
  return 2.0 * sqrt(max(v.omega[c] * dx[c] + dy[c] / v.omega[c] + 2.0 * v.eta[c] * dot[c], 0.0));
}

/// After the first iteration of a window: r⁰ of what has just restarted.
struct FirstError {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    PdhgControl& control = v.control[c];
    if (control.problem < 0 || !control.restarted) return;
    control.restarted = false;
    control.first_error = control.last_error = fixed_point_error(v, c);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
