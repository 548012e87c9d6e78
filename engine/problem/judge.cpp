#include "engine/problem/judge.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/problem/judge_passes.hpp"

namespace wattstein::engine {

using kernels::infinity;

namespace {

constexpr double root_half = 0.70710678118654752440;

// (s, t, z) of a rotated cone ↔ ((s+t)/√2, (s−t)/√2, z) of a second-order cone: an orthogonal map, its own inverse.
void rotate(double& first, double& second) {
  const double sum = root_half * (first + second), difference = root_half * (first - second);
  first = sum;
  second = difference;
}

double tail_norm(const double* cone, int size) {
  double most = 0.0;
  for (int i = 1; i < size; ++i) most = std::max(most, std::fabs(cone[i]));
  if (!(most > 0.0) || !std::isfinite(most)) return most;
  double sum = 0.0;
  for (int i = 1; i < size; ++i) sum += (cone[i] / most) * (cone[i] / most);
  return most * std::sqrt(sum);
}

// Whether a cone's vector lies inside by more than rounding, with squares that neither overflow nor vanish: what most
// answers do, told without a root or a division. False: not so, or not known.
bool clearly_inside(const kernels::Cone& cone, const double* v) {
  const bool rotated = cone.kind == kernels::ConeKind::rotated;
  const double square = rotated ? 2.0 * v[0] * v[1] : v[0] * v[0];
  double sum = 0.0;
  for (int i = rotated ? 2 : 1; i < cone.size; ++i) sum += v[i] * v[i];
  const double rounding = 1e-15 * (cone.size + 4);
  return v[0] > 0.0 && square > 1e-250 && square < 1e250 && sum <= (1.0 - rounding) * square;
}

}  // namespace

double Judgement::relative() const {
  const auto counted = [](double value) { return value >= 0.0 ? value : infinity; };
  return std::max({counted(primal_relative), counted(dual_relative), counted(gap_relative)});
}

void project_cones(const std::vector<kernels::Cone>& cones, double* w) {
  for (const auto& cone : cones) {
    if (clearly_inside(cone, w)) {
      w += cone.size;
      continue;
    }
    const bool rotated = cone.kind == kernels::ConeKind::rotated;
    if (rotated) rotate(w[0], w[1]);
    const double head = w[0], norm = tail_norm(w, cone.size);
    if (!(norm <= head)) {
      if (norm <= -head) {
        std::fill(w, w + cone.size, 0.0);
      } else {  // onto the surface
        const double scale = 0.5 * (1.0 + head / norm);
        w[0] = scale * norm;
        for (int i = 1; i < cone.size; ++i) w[i] *= scale;
      }
    }
    if (rotated) rotate(w[0], w[1]);
    w += cone.size;
  }
}

Judge::Judge(const kernels::Batch& batch) : batch_(batch) {
  const auto n = static_cast<std::size_t>(batch.variables);
  const auto& p = batch.P.pattern;
  for (int row = 0; row < p.rows; ++row)
    for (int k = p.indptr[row]; k < p.indptr[row + 1]; ++k)
      if (p.indices[k] != row) diagonal_ = false;
  curvature_.resize(n);
  if (!batch.P.varies()) set_curvature(batch.P.data.data());
  ax_.resize(static_cast<std::size_t>(batch.rows));
  gx_.resize(static_cast<std::size_t>(batch.cone_rows()));
  px_.resize(n);
  y_.resize(static_cast<std::size_t>(batch.rows));
  aty_.resize(n);
  gtw_.resize(n);
  x_.resize(n);
}

const double* Judge::values(const kernels::Matrix& matrix, std::int64_t problem, std::vector<double>& scratch) const {
  if (matrix.delta_indptr.empty())
    return matrix.data.data() + (matrix.per_problem ? problem * matrix.pattern.nonzeros() : 0);
  scratch.resize(static_cast<std::size_t>(matrix.pattern.nonzeros()));
  matrix.values_of(problem, scratch.data());
  return scratch.data();
}

void Judge::times(const kernels::Matrix& matrix, const double* values, const double* x, double* out) const {
  const int* indptr = matrix.pattern.indptr.data();
  const int* indices = matrix.pattern.indices.data();
  for (int row = 0; row < matrix.pattern.rows; ++row) {
    double sum = 0.0;
    for (int k = indptr[row]; k < indptr[row + 1]; ++k) sum += values[k] * x[indices[k]];
    out[row] = sum;
  }
}

void Judge::subtract_transposed(const kernels::Matrix& matrix, const double* values, const double* y,
                                double* out) const {
  const int* indptr = matrix.pattern.indptr.data();
  const int* indices = matrix.pattern.indices.data();
  for (int row = 0; row < matrix.pattern.rows; ++row) {
    const double yi = y[row];
    if (yi == 0.0) continue;
    for (int k = indptr[row]; k < indptr[row + 1]; ++k) out[indices[k]] -= values[k] * yi;
  }
}

bool Judge::clean_dual(std::int64_t problem, double* y, double* w) const {
  const bool finite = cut_signs(static_cast<std::size_t>(batch_.rows), batch_.l.of(problem), batch_.u.of(problem), y) &&
                      all_finite(w, static_cast<std::size_t>(batch_.cone_rows()));
  if (finite) project_cones(batch_.cones, w);
  return finite;
}

void Judge::multiply_dual(const double* a, const double* y) {
  if (y_.empty()) return;  // aty_ is 0
  // Answers of one basis share y: its product is kept.
  const std::size_t bytes = y_.size() * sizeof(double);
  if (!batch_.A.varies()) {
    if (std::memcmp(y_.data(), y, bytes) == 0) return;
    std::memcpy(y_.data(), y, bytes);
  }
  std::fill(aty_.begin(), aty_.end(), 0.0);
  subtract_transposed(batch_.A, a, y, aty_.data());
}

void Judge::set_curvature(const double* p) {
  if (!diagonal_) return;
  for (std::size_t k = 0; k < batch_.P.pattern.indices.size(); ++k) curvature_[batch_.P.pattern.indices[k]] = p[k];
}

double Judge::quadratic(const double* p, const double* x) {
  if (batch_.P.pattern.nonzeros() == 0) return 0.0;  // px_ is 0
  const int* indptr = batch_.P.pattern.indptr.data();
  const int* indices = batch_.P.pattern.indices.data();
  if (diagonal_) {
    if (batch_.P.varies()) set_curvature(p);
    return 0.5 * diagonal_pass(px_.size(), curvature_.data(), x, px_.data());
  }
  std::fill(px_.begin(), px_.end(), 0.0);
  for (int row = 0; row < batch_.variables; ++row)
    for (int k = indptr[row]; k < indptr[row + 1]; ++k) {
      const int column = indices[k];
      px_[row] += p[k] * x[column];
      if (column != row) px_[column] += p[k] * x[row];
    }
  double sum = 0.0;
  for (int j = 0; j < batch_.variables; ++j) sum += px_[j] * x[j];
  return 0.5 * sum;
}

double Judge::cone_distance(const double* s) const {
  double most = 0.0;
  for (const auto& cone : batch_.cones) {
    if (clearly_inside(cone, s)) {
      s += cone.size;
      continue;
    }
    double head = s[0], norm;
    if (cone.kind == kernels::ConeKind::rotated) {
      double second = s[1];
      rotate(head, second);
      double squares = second * second;
      for (int i = 2; i < cone.size; ++i) squares += s[i] * s[i];
      norm = std::sqrt(squares);
    } else {
      norm = tail_norm(s, cone.size);
    }
    double distance = 0.0;
    if (!(norm <= head)) distance = norm <= -head ? std::hypot(norm, head) : root_half * (norm - head);
    if (!(distance <= most)) most = distance;
    s += cone.size;
  }
  return most;
}

Judgement Judge::judge(std::int64_t problem, const double* x, double* y, double* w, double* d, double tolerance) {
  const auto n = static_cast<std::size_t>(batch_.variables);
  const auto m = static_cast<std::size_t>(batch_.rows);
  const auto k = static_cast<std::size_t>(batch_.cone_rows());
  const double *l = batch_.l.of(problem), *u = batch_.u.of(problem), *q = batch_.q.of(problem);
  const double *lb = batch_.lb.of(problem), *ub = batch_.ub.of(problem);
  const double* g = k > 0 ? batch_.g.of(problem) : nullptr;
  const double r = *batch_.r.of(problem);
  Judgement result;
  if (!clean_dual(problem, y, w) || !all_finite(x, n)) {
    const double nan = std::nan("");
    std::fill(d, d + n, nan);
    result = {nan, nan, -infinity, infinity, infinity, infinity, infinity, infinity, infinity};
    return result;
  }
  const double* a = values(batch_.A, problem, a_);
  const double* p = values(batch_.P, problem, p_);
  const double* gv = values(batch_.G, problem, g_);

  // Primal side: rows, cones (bounds below, with the columns).
  times(batch_.A, a, x, ax_.data());
  const RowSums rows = row_pass(m, ax_.data(), l, u, y);
  double primal = rows.violation, primal_size = rows.size, sides = rows.sides;
  if (k > 0) {
    times(batch_.G, gv, x, gx_.data());
    primal_size = std::max({primal_size, largest(gx_.data(), k), largest(g, k)});
    for (std::size_t i = 0; i < k; ++i) {
      gx_[i] += g[i];
      sides -= w[i] * g[i];
    }
    primal = std::max(primal, cone_distance(gx_.data()));
  }

  // Dual side: d = P x + q − Aᵀ y − Gᵀ w.
  const double half = quadratic(p, x);
  multiply_dual(a, y);
  if (k > 0) {
    std::fill(gtw_.begin(), gtw_.end(), 0.0);
    subtract_transposed(batch_.G, gv, w, gtw_.data());
  }
  const ColumnSums columns = k == 0 && batch_.P.pattern.nonzeros() == 0
                                 ? linear_column_pass(n, x, lb, ub, q, aty_.data(), d)
                                 : column_pass(n, x, lb, ub, q, px_.data(), aty_.data(), gtw_.data(), d);
  primal = std::max(primal, columns.violation);
  primal_size = std::max(primal_size, columns.size);
  const double dual_size = columns.dual_size, linear = columns.linear, absorbed = columns.absorbed,
               row_slip = rows.slip;
  double dual = columns.dual, column_slip = columns.slip;
  // Overflow: a maximum would pass over a NaN.
  if (!rows.finite) primal = infinity;
  if (!columns.finite) dual = infinity;
  result.objective = half + linear + r;
  result.dual_objective = r + sides - half + absorbed;
  result.gap = std::fabs(result.objective - result.dual_objective);
  if (!(result.gap <= tolerance * (1.0 + std::fabs(result.objective)))) {
    // Noise in d times a far away bound: leave it in the residual where that is within the tolerance.
    const double small = 0.5 * tolerance * (1.0 + dual_size);
    double left = dual, kept = 0.0, slip = column_slip;
    for (std::size_t j = 0; j < n; ++j) {
      const double at = d[j] > 0.0 ? lb[j] : ub[j];
      if (!(std::fabs(at) < infinity)) continue;
      if (std::fabs(d[j]) <= small && std::fabs(at - x[j]) > 1e3 * (1.0 + std::fabs(x[j]))) {
        left = std::max(left, std::fabs(d[j]));
        slip += std::fabs(d[j] * x[j]);
      } else {
        kept += d[j] * at;
      }
    }
    const double other = r + sides - half + kept;
    if (std::fabs(result.objective - other) < result.gap) {
      dual = left;
      column_slip = slip;
      result.dual_objective = other;
      result.gap = std::fabs(result.objective - other);
    }
  }
  // Σ_j min_{lb_j ≤ x_j ≤ ub_j} ( ½ p_j x_j² + d⁰_j x_j ) for a diagonal P, where d⁰ = d − P x; otherwise
  // −½ xᵀPx + Σ_j min d_j x_j, a lower bound because ½xᵀPx is convex and lies above its tangent at x.
  if (batch_.P.pattern.nonzeros() > 0)
    result.bound = r + sides + box_pass(n, curvature_.data(), px_.data(), d, lb, ub) - (diagonal_ ? 0.0 : half);
  else result.bound = columns.dual > 0.0 ? -infinity : r + sides + absorbed;
  if (std::isnan(result.bound)) result.bound = -infinity;
  result.primal_residual = primal;
  result.dual_residual = dual;
  result.primal_relative = primal / (1.0 + primal_size);
  result.dual_relative = dual / (1.0 + dual_size);
  result.gap_relative = std::max({result.gap, column_slip, row_slip}) / (1.0 + std::fabs(result.objective));
  return result;
}

}  // namespace wattstein::engine
