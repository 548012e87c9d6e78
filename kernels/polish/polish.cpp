#include "kernels/polish/polish.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/math/ldl_body.hpp"
#include "kernels/math/scaling_problem.hpp"
#include "kernels/polish/cone_frame.hpp"
#include "kernels/polish/polish_plan.hpp"

namespace wattstein::kernels {

namespace {

// Weight δ of the proximal terms that keep the factor regular, [P + δ, K̂ᵀ; K̂, −δ], scaled data: the distance from a
// fixed point, within these. Heavy at a rough point, where several guesses have to be made, light at the end.
constexpr double lightest = 1e-6, heaviest = 1e-3;
constexpr double replacement = 1e-6;  // of pivots of the wrong sign
// Corrections of one solution towards δ = 0.
constexpr int most_corrections = 12;
// Distance from a fixed point at which digits end.
constexpr double arrived = 1e-14;
// Steps without a better point after which the search ends.
constexpr int patience = 5;

}  // namespace

Polish::Polish(const Batch& batch) : plan_(std::make_unique<PolishPlan>(batch)) {}
Polish::~Polish() = default;
bool Polish::supports() const {
  return plan_->supported;
}

// Scaled units: x = D_c x̃ β_p, y = D_r ỹ β_d; β_p, β_d the sizes of point and costs, so that ‖x̃‖, ‖q̃‖ are about 1.
struct Polish::Work::State {
  const PolishPlan& plan;
  const PatternView pattern;
  const BatchView batch;
  const int n, m, rows;
  std::vector<double> values, row, column, row_work, column_work, p_raw;  // scaled K in row form, D_r, D_c
  std::vector<double> turned;                                             // (entries of K̂)
  std::vector<double> q, p, lb, ub, l, u;                                 // (n) or (rows); l = g̃ in the rows of cones
  std::vector<double> x, y, best_x, best_y, last_y;                       // the rows of cones turned within a step
  std::vector<double> image, slope, target, kappa, step, residual, correction;
  std::vector<RowKind> row_kind;
  std::vector<char> fixed;
  std::vector<ConeFrame> frames;
  std::vector<double> cone, diagonal, lower, pivot, inverse, scratch, entries;
  double primal_unit = 1.0, dual_unit = 1.0;
  double delta = lightest;
  bool scaled = false;

  State(const PolishPlan& of, const Batch& problem)
      : plan(of), pattern(of.pattern.view()), batch(view_of(problem)), n(pattern.n), m(pattern.m), rows(pattern.rows) {
    const auto size = [](std::int64_t count) { return static_cast<std::size_t>(count); };
    values.resize(size(pattern.nnz));
    for (auto* per_row : {&row, &row_work, &l, &u, &y, &best_y, &image, &target, &kappa}) per_row->resize(size(rows));
    for (auto* per_column : {&column, &column_work, &q, &p, &lb, &ub, &x, &best_x, &slope}) per_column->resize(size(n));
    p_raw.resize(size(pattern.nnz_p));
    turned.resize(plan.column_index.size());
    row_kind.resize(size(rows));
    fixed.resize(size(n));
    frames.resize(size(pattern.cones));
    for (auto* both : {&step, &residual, &correction, &diagonal, &pivot, &inverse}) both->resize(size(n + rows));
    lower.resize(plan.ldl.index.size());
    entries.resize(plan.column_index.size());
    scratch.resize(size(n + rows) * (plan.ldl.blocked ? ldl_block : 1));
  }

  bool scale(std::int64_t b) {
    if (scaled && !batch.matrix_varies) return true;
    const ScalingRecipe recipe{10, false, false, false, false};
    double norm = 0.0;
    scaled = scale_matrix(LaneTeam{}, pattern, batch, b, recipe, static_cast<const double*>(nullptr), values.data(),
                          row.data(), column.data(), row_work.data(), column_work.data(), norm);
    return scaled;
  }

  bool load(std::int64_t b, const double* from_x, const double* from_y, const double* from_w) {
    if (!scale(b)) return false;
    double most_x = 0.0, most_q = 0.0, most_y = 0.0;
    for (int j = 0; j < n; ++j) {
      most_x = std::max(most_x, std::fabs(from_x[j] / column[j]));
      most_q = std::max(most_q, std::fabs(batch.q.at(b, j) * column[j]));
    }
    for (int i = 0; i < rows; ++i) most_y = std::max(most_y, std::fabs((i < m ? from_y[i] : from_w[i - m]) / row[i]));
    primal_unit = most_x > 0.0 ? most_x : 1.0;
    dual_unit = std::max(most_q, most_y) > 0.0 ? std::max(most_q, most_y) : 1.0;
    if (!std::isfinite(primal_unit) || !std::isfinite(dual_unit)) return false;
    if (pattern.p_diagonal) load_values(LaneTeam{}, batch.p, b, p_raw.data());
    for (int j = 0; j < n; ++j) {
      const int at = pattern.p_diagonal ? pattern.p_diagonal[j] : -1;
      p[j] = at < 0 ? 0.0 : p_raw[at] * column[j] * column[j] * primal_unit / dual_unit;
      q[j] = batch.q.at(b, j) * column[j] / dual_unit;
      lb[j] = batch.lb.at(b, j) / (column[j] * primal_unit);
      ub[j] = batch.ub.at(b, j) / (column[j] * primal_unit);
      x[j] = std::min(std::max(from_x[j] / (column[j] * primal_unit), lb[j]), ub[j]);
    }
    for (int i = 0; i < rows; ++i) {
      const double scale_row = row[i] / primal_unit;
      l[i] = scale_row * (i < m ? batch.l.at(b, i) : batch.g.at(b, i - m));
      u[i] = i < m ? scale_row * batch.u.at(b, i) : 0.0;
      y[i] = (i < m ? from_y[i] : from_w[i - m]) / (row[i] * dual_unit);
    }
    return true;
  }

  // K̂ ← K, unturned.
  void spread() {
    std::fill(turned.begin(), turned.end(), 0.0);
    for (int e = 0; e < pattern.nnz; ++e) turned[plan.place[e]] = values[e];
  }

  // image = K̂x (cones: + g̃, turned where `turn`), slope = Px + q − K̂ᵀy.
  void products(bool turn) {
    for (int j = 0; j < n; ++j) slope[j] = p[j] * x[j] + q[j];
    for (int i = 0; i < rows; ++i) {
      double sum = 0.0;
      const double yi = y[i];
      for (int e = plan.row_start[i]; e < plan.row_start[i + 1]; ++e) {
        sum += turned[e] * x[plan.column_index[e]];
        slope[plan.column_index[e]] -= turned[e] * yi;
      }
      image[i] = sum;
    }
    for (int c = 0; c < pattern.cones; ++c) {
      const int first = pattern.cone_start[c], size = pattern.cone_start[c + 1] - first;
      cone.assign(l.begin() + first, l.begin() + first + size);
      if (turn) frames[c].into(cone.data(), 1);
      for (int i = 0; i < size; ++i) image[first + i] += cone[i];
    }
  }

  // What the point leans on: bounds at x − d, rows at Ax − y, cones at s − w. Returns its distance from a fixed point,
  // ‖x − Π(x − d)‖, ‖s − Π(s − y)‖.
  double classify() {
    double distance = 0.0;
    const auto count = [&](double value) { distance = value <= distance ? distance : std::fabs(value); };
    for (int j = 0; j < n; ++j) {
      const double v = x[j] - slope[j], to = std::min(std::max(v, lb[j]), ub[j]);
      fixed[j] = !(v > lb[j] && v < ub[j]);
      count(std::fabs(x[j] - to));
      if (fixed[j]) step[j] = to;
    }
    for (int i = 0; i < m; ++i) {
      const double v = image[i] - y[i], to = std::min(std::max(v, l[i]), u[i]);
      row_kind[i] = v > l[i] && v < u[i] ? RowKind::free : RowKind::held;
      target[i] = to;
      kappa[i] = 0.0;
      count(std::fabs(image[i] - to));
    }
    for (int c = 0; c < pattern.cones; ++c) {
      const int first = pattern.cone_start[c], size = pattern.cone_start[c + 1] - first;
      ConeFrame& frame = frames[c];
      cone.resize(static_cast<std::size_t>(size));
      for (int i = 0; i < size; ++i) cone[i] = image[first + i] - y[first + i];
      frame.take(pattern.cone_kind[c] == 1 ? ConeKind::rotated : ConeKind::second_order, cone.data(), size);
      // In the frame Π(v) keeps the free directions; soft ones have v = 0, hence tᵀs = tᵀw.
      for (int i = 0; i < size; ++i) cone[i] = image[first + i];
      frame.into(cone.data(), 1);
      frame.into(y.data() + first, 1);
      for (int i = 0; i < size; ++i) {
        const RowKind kind = frame.kind(i);
        row_kind[first + i] = kind;
        target[first + i] = 0.0;
        kappa[first + i] = kind == RowKind::soft ? frame.kappa() : 0.0;
        count(std::fabs(kind == RowKind::free ? y[first + i] : cone[i]));
      }
      for (int e = plan.row_start[first]; e < plan.row_start[first + 1]; ++e)
        frame.into(turned.data() + e, plan.row_start[first + 1] - plan.row_start[first]);
    }
    return distance;
  }

  // residual ← right-hand side − M step for δ = 0, in the rows that are solved for; returns its largest entry.
  double leave() {
    for (int j = 0; j < n; ++j) residual[j] = fixed[j] ? 0.0 : -slope[j] - p[j] * step[j];
    for (int i = 0; i < rows; ++i) {
      if (row_kind[i] == RowKind::free) {
        residual[n + i] = 0.0;
        continue;
      }
      const double nu = step[n + i];
      double sum = 0.0;
      for (int e = plan.row_start[i]; e < plan.row_start[i + 1]; ++e) {
        const int j = plan.column_index[e];
        if (fixed[j]) continue;
        sum += turned[e] * step[j];
        residual[j] -= turned[e] * nu;
      }
      residual[n + i] = target[i] - image[i] - kappa[i] * y[i] - sum + kappa[i] * nu;
    }
    double most = 0.0;
    for (const double value : residual) most = std::max(most, std::fabs(value));
    return most;
  }

  void factorise() {
    for (int i = 0; i < rows; ++i)
      for (int e = plan.row_start[i]; e < plan.row_start[i + 1]; ++e)
        entries[e] = row_kind[i] == RowKind::free || fixed[plan.column_index[e]] ? 0.0 : turned[e];
    for (int j = 0; j < n; ++j) diagonal[plan.ldl.place[j]] = fixed[j] ? 1.0 : p[j] + delta;
    for (int i = 0; i < rows; ++i)
      diagonal[plan.ldl.place[n + i]] = row_kind[i] == RowKind::free ? -1.0 : -(kappa[i] + delta);
    ldl_factor<double>(plan.view(), static_cast<const double*>(nullptr), entries.data(), diagonal.data(), lower.data(),
                       pivot.data(), inverse.data(), scratch.data(), replacement);
  }

  // One step: bounds and idle rows at once, then
  //   [P + δ, K̂ᵀ; K̂, −κ − δ] (Δx, −Δy) = (−d, target − K̂x − κ y), corrected towards δ = 0.
  bool newton() {
    for (int j = 0; j < n; ++j)
      if (fixed[j]) x[j] = step[j];
    for (int i = 0; i < rows; ++i)
      if (row_kind[i] == RowKind::free) y[i] = 0.0;
    products(true);
    factorise();
    std::fill(step.begin(), step.end(), 0.0);
    double last = leave();
    for (int round = 0; round < most_corrections && last > 1e-16; ++round) {
      for (int v = 0; v < n + rows; ++v) correction[plan.ldl.place[v]] = residual[v];
      ldl_solve<double>(plan.view(), lower.data(), inverse.data(), correction.data());
      for (int v = 0; v < n + rows; ++v) step[v] += correction[plan.ldl.place[v]];
      const double now = leave();
      if (!std::isfinite(now)) return false;
      if (round > 0 && !(now < 0.5 * last)) break;
      last = now;
    }
    for (int j = 0; j < n; ++j) x[j] += step[j];
    for (int i = 0; i < rows; ++i) y[i] -= step[n + i];
    // Cones back to their own coordinates.
    for (int c = 0; c < pattern.cones; ++c) frames[c].back(y.data() + pattern.cone_start[c], 1);
    return true;
  }

  int improve(std::int64_t b, int most, double* to_x, double* to_y, double* to_w) {
    if (!load(b, to_x, to_y, to_w)) return 0;
    double best = infinity, first = infinity;
    int best_step = 0;
    for (int k = 0; k <= most; ++k) {
      spread();
      products(false);
      last_y = y;  // classify() turns the rows of cones
      const double distance = classify();
      if (!(distance < infinity)) break;
      if (k == 0) first = distance;
      if (distance < best) {
        best = distance;
        best_step = k;
        best_x = x;
        best_y = last_y;
      }
      if (best <= arrived || k - best_step >= patience || k == most) break;
      delta = std::min(heaviest, std::max(lightest, distance));
      if (!newton()) break;
    }
    if (best_step == 0 || !(best < first)) return 0;
    for (int j = 0; j < n; ++j) {
      const double at = std::min(std::max(best_x[j], lb[j]), ub[j]);
      to_x[j] = at <= lb[j] ? batch.lb.at(b, j) : at >= ub[j] ? batch.ub.at(b, j) : at * column[j] * primal_unit;
    }
    for (int i = 0; i < rows; ++i) (i < m ? to_y[i] : to_w[i - m]) = best_y[i] * row[i] * dual_unit;
    return best_step;
  }
};

Polish::Work::Work(const Polish& polish, const Batch& batch) : state_(std::make_unique<State>(*polish.plan_, batch)) {}
Polish::Work::~Work() = default;
Polish::Work::Work(Work&&) noexcept = default;

int Polish::Work::improve(std::int64_t b, int most, double* x, double* y, double* w) {
  return state_->improve(b, most, x, y, w);
}

}  // namespace wattstein::kernels
