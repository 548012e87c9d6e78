#pragma once
// How problems come into columns and leave them: loading (as load_problem and start of the block's body), storing,
// restarting, and moving columns together when problems get few.

#include "kernels/wide/wide_check.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Judges and measures the vectors of a problem: the errors are 1 when something is wrong, the sum is ‖D q‖².
struct MeasureColumns {
  static constexpr int sums = 1, maxima = 1;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int j, int c, Real* acc) const {
    const std::int64_t b = v.control[c].problem;
    const double lo = v.batch.lb.at(b, j), hi = v.batch.ub.at(b, j), q = v.batch.q.at(b, j);
    const int k = v.p_scaled ? v.pattern.p_diagonal[j] : -1;
    const double p = k >= 0 ? v.p[k] : 0.0;
    if (!is_finite(q) || !(lo <= hi) || !(lo < infinity) || !(hi > -infinity) || !is_finite(p) || !(p >= 0.0))
      acc[1] = 1.0;
    const double scaled = v.shared.column_scale[j] * q;
    acc[0] += scaled * scaled;
  }
};
/// The same for rows: the larger finite side of a row, g of a cone.
struct MeasureRows {
  static constexpr int sums = 1, maxima = 1;
  WideView v;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c, Real* acc) const {
    const std::int64_t b = v.control[c].problem;
    double side;
    if (i < v.pattern.m) {
      const double lo = v.batch.l.at(b, i), hi = v.batch.u.at(b, i);
      if (!(lo <= hi) || !(lo < infinity) || !(hi > -infinity)) acc[1] = 1.0;
      side = max(is_finite(lo) ? abs(lo) : 0.0, is_finite(hi) ? abs(hi) : 0.0);
    } else {
      side = v.batch.g.at(b, i - v.pattern.m);
      if (!is_finite(side)) acc[1] = 1.0;
    }
    side *= v.shared.row_scale[i];
    acc[0] += side * side;
  }
};

WATTSTEIN_HD void set_step(const WideView& v, int c) {
  const PdhgControl& control = v.control[c];
  v.eta[c] = control.eta;
  v.omega[c] = control.omega;
  v.tau[c] = control.eta / control.omega;
  v.sigma[c] = control.eta * control.omega;
  v.inverse_sigma[c] = 1.0 / v.sigma[c];
}

/// θ_b = 1/(1 + ‖b̃‖), θ_c = 1/(1 + ‖q̃‖), the scalars of a fresh problem; a wrong one ends at once.
struct Begin {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    v.ended[c] = 0.0;
    if (v.fresh[c] == 0.0) return;
    const std::int64_t b = v.control[c].problem;
    PdhgControl control{};
    control.problem = b;
    control.eta = v.shared.norm > 0.0 ? 0.998 / v.shared.norm : 1.0;
    if (v.spent) control.iterations = v.spent[b];
    if (v.weight && v.weight[b] > 0.0) control.omega = control.best_omega = v.weight[b];
    using namespace wide_total;
    const auto total = [&](Row row) { return v.totals[row * v.ld + c]; };
    const double r = v.batch.r.at(b, 0);
    const bool wrong = total(load_column_errors) > 0.0 || total(load_row_errors) > 0.0 || !is_finite(r);
    v.theta_b[c] = wrong ? 1.0 : 1.0 / (1.0 + sqrt(total(load_sides)));
    v.theta_c[c] = wrong ? 1.0 : 1.0 / (1.0 + sqrt(total(load_cost)));
    v.constant[c] = r;
    v.k[c] = 0.0;
    v.control[c] = control;
    set_step(v, c);
    if (wrong) end_column(v, c, Status::invalid_data, WideSource::nowhere, 0.0, 0.0);
  }
};

/// Scaled numbers and the start point x = Π(start or 0). A wrong problem leaves zeros, which harm no sum.
struct FillColumns {
  WideView v;
  WATTSTEIN_HD void operator()(int j, int c) const {
    const std::int64_t at = j * v.ld + c, b = v.control[c].problem;
    const bool wrong = v.ended[c] != 0.0;
    const double tb = v.theta_b[c], tc = v.theta_c[c], scale = v.shared.column_scale[j];
    v.q[at] = wrong ? 0.0 : tc * scale * v.batch.q.at(b, j);
    v.lb[at] = wrong ? 0.0 : tb * v.batch.lb.at(b, j) / scale;
    v.ub[at] = wrong ? 0.0 : tb * v.batch.ub.at(b, j) / scale;
    if (v.p_scaled) {
      const int k = v.pattern.p_diagonal[j];
      v.p_scaled[at] = wrong || k < 0 ? 0.0 : tc / tb * v.p[k] * scale * scale;
    }
    double start = v.warm_start && v.batch.start_x.data ? v.batch.start_x.at(b, j) : 0.0;
    start = project_interval(is_finite(start) ? start * tb / scale : 0.0, v.lb[at], v.ub[at]);
    v.x[at] = v.x_anchor[at] = start;
  }
};
struct FillRows {
  WideView v;
  WATTSTEIN_HD void operator()(int i, int c) const {
    const std::int64_t at = i * v.ld + c, b = v.control[c].problem;
    const bool wrong = v.ended[c] != 0.0, row = i < v.pattern.m;
    const double scale = v.shared.row_scale[i], tb = v.theta_b[c];
    v.l[at] = wrong ? 0.0 : tb * scale * (row ? v.batch.l.at(b, i) : v.batch.g.at(b, i - v.pattern.m));
    v.u[at] = wrong || !row ? 0.0 : tb * scale * v.batch.u.at(b, i);
    double start = 0.0;
    if (v.warm_start && row && v.batch.start_y.data) start = v.batch.start_y.at(b, i);
    if (v.warm_start && !row && v.batch.start_w.data) start = v.batch.start_w.at(b, i - v.pattern.m);
    v.y[at] = v.y_anchor[at] = is_finite(start) && !wrong ? start * v.theta_c[c] / scale : 0.0;
  }
};
struct BeginDone {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const { v.fresh[c] = 0.0; }
};

/// The unscaled answer of a column that ended: x = D_c x̃ · factor, (y, w) = D_r ỹ · factor.
struct StoreX {
  WideView v;
  WATTSTEIN_HD void operator()(int j, int c) const {
    const WideSource source = v.source[c];
    const double* from = source == WideSource::dual_ray ? v.x_bar : v.x_hat;
    const double value = from[j * v.ld + c] * v.shared.column_scale[j] * v.x_factor[c];
    v.out.x[v.control[c].problem * v.pattern.n + j] = source == WideSource::nowhere ? 0.0 : value;
  }
};
struct StoreY {
  WideView v;
  WATTSTEIN_HD void operator()(int i, int c) const {
    const WideSource source = v.source[c];
    const double* from = source == WideSource::difference_ray ? v.y_step
                         : source == WideSource::point_ray    ? v.image_bar
                                                              : v.y_hat;
    double value = from[i * v.ld + c] * v.shared.row_scale[i] * v.y_factor[c];
    if (source == WideSource::nowhere) value = 0.0;
    const std::int64_t b = v.control[c].problem, m = v.pattern.m, k = v.pattern.rows - m;
    if (i < m) v.out.y[b * m + i] = value;
    else v.out.w[b * k + i - m] = value;
  }
};
/// Status and counts of a column that ended; the column is empty then.
struct End {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    if (v.ended[c] == 0.0) return;
    PdhgControl& control = v.control[c];
    const std::int64_t b = control.problem;
    v.out.status[b] = v.status[c];
    v.out.iterations[b] = control.iterations;
    v.out.restarts[b] = control.restarts;
    if (v.weight) v.weight[b] = control.omega;
    control.problem = -1;
    v.ended[c] = v.restart[c] = 0.0;
  }
};

/// z = z⁰ = ẑ in the columns that restart; of: point, anchor, hat of x or of y.
struct Restart {
  WideView v;
  double *point, *anchor;
  const double* hat;
  template <class Real>
  WATTSTEIN_HD void operator()(int i, int c) const {
    const std::int64_t at = i * v.ld + c;
    const auto mask = read<Real>(v.restart + c) > Real(0.0);
    const Real to = read<Real>(hat + at);
    write(point + at, select(mask, to, read<Real>(point + at)));
    write(anchor + at, select(mask, to, read<Real>(anchor + at)));
  }
};
struct Advance {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    v.k[c] = v.restart[c] != 0.0 ? 0.0 : v.k[c] + v.check_period;
    if (v.restart[c] != 0.0) set_step(v, c);
    v.restart[c] = 0.0;
  }
};

/// An empty column with harmless numbers.
struct ClearColumn {
  WideView v;
  WATTSTEIN_HD void operator()(int c) const {
    v.control[c] = PdhgControl{};
    v.tau[c] = v.sigma[c] = v.inverse_sigma[c] = v.eta[c] = v.omega[c] = v.theta_b[c] = v.theta_c[c] = 1.0;
    v.k[c] = v.constant[c] = v.fresh[c] = v.restart[c] = v.ended[c] = 0.0;
  }
};

/// What has to move with a column between two windows: entry i of column `from` to column `to`.
WATTSTEIN_HD void move_entry(const WideView& v, int i, int from, int to) {
  double* columns[] = {v.x, v.x_anchor, v.q, v.lb, v.ub, v.p_scaled};
  double* rows[] = {v.y, v.y_anchor, v.l, v.u};
  const std::int64_t base = i * v.ld;
  if (i < v.pattern.n)
    for (double* array : columns)
      if (array) array[base + to] = array[base + from];
  if (i < v.pattern.rows)
    for (double* array : rows) array[base + to] = array[base + from];
}
WATTSTEIN_HD void move_scalars(const WideView& v, int from, int to) {
  double* scalars[] = {v.tau, v.sigma, v.inverse_sigma, v.eta, v.omega, v.k, v.theta_b, v.theta_c, v.constant};
  for (double* array : scalars) array[to] = array[from];
  v.control[to] = v.control[from];
  v.control[from].problem = -1;
}

/// Live columns from `width` on go to the empty ones before it, one for one, in order. live: all live columns,
/// ascending, at most `width`; empty: the empty ones before `width`, ascending.
struct ColumnMoves {
  const int *live, *empty;
  int live_count, empty_count, width;
  WATTSTEIN_HD int count() const { return live_count + empty_count - width; }
  WATTSTEIN_HD int from(int r) const { return live[live_count - count() + r]; }
  WATTSTEIN_HD int to(int r) const { return empty[r]; }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
