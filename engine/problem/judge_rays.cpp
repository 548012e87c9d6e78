// Rays of infeasibility, verified on the problem as given.

#include <algorithm>
#include <cmath>

#include "engine/problem/judge.hpp"
#include "engine/problem/judge_passes.hpp"

namespace wattstein::engine {

using kernels::infinity;

namespace {

// most_j ← max(most_j, largest |entry| of column j)
void raise_to_columns(const kernels::Matrix& matrix, const double* values, double* most) {
  for (std::size_t k = 0; k < matrix.pattern.indices.size(); ++k) {
    double& column = most[matrix.pattern.indices[k]];
    column = std::max(column, std::fabs(values[k]));
  }
}

// max |a_ij x_j|
double largest_term(const kernels::Matrix& matrix, const double* values, const double* x) {
  double most = 0.0;
  for (std::size_t k = 0; k < matrix.pattern.indices.size(); ++k)
    most = std::max(most, std::fabs(values[k] * x[matrix.pattern.indices[k]]));
  return most;
}

}  // namespace

bool Judge::primal_ray(std::int64_t problem, double* y, double* w, double* s, double tolerance, double& residual) {
  const auto n = static_cast<std::size_t>(batch_.variables);
  const auto m = static_cast<std::size_t>(batch_.rows);
  const auto k = static_cast<std::size_t>(batch_.cone_rows());
  residual = infinity;
  if (!clean_dual(problem, y, w)) return false;
  const double *l = batch_.l.of(problem), *u = batch_.u.of(problem);
  const double *lb = batch_.lb.of(problem), *ub = batch_.ub.of(problem);
  double value = 0.0, terms = 0.0;  // the ray objective and the sum of the sizes of its terms
  const auto add = [&](double term) {
    value += term;
    terms += std::fabs(term);
  };
  for (std::size_t i = 0; i < m; ++i)
    if (y[i] != 0.0) add(y[i] * (y[i] > 0.0 ? l[i] : u[i]));
  for (std::size_t i = 0; i < k; ++i) add(-w[i] * batch_.g.of(problem)[i]);
  std::fill(s, s + n, 0.0);
  const double* a_values = values(batch_.A, problem, a_);
  const double* g_values = k > 0 ? values(batch_.G, problem, g_) : nullptr;
  subtract_transposed(batch_.A, a_values, y, s);
  if (k > 0) subtract_transposed(batch_.G, g_values, w, s);
  // What no bound absorbs counts in the unit of its column where that is small: x_j may be large there.
  std::vector<double> unit(n, 0.0);
  raise_to_columns(batch_.A, a_values, unit.data());
  if (k > 0) raise_to_columns(batch_.G, g_values, unit.data());
  double unabsorbed = 0.0, in_units = 0.0;
  for (std::size_t j = 0; j < n; ++j) {
    if (s[j] == 0.0) continue;
    const double at = s[j] > 0.0 ? lb[j] : ub[j];
    if (std::fabs(at) < infinity) {
      add(s[j] * at);
      continue;
    }
    unabsorbed = std::max(unabsorbed, std::fabs(s[j]));
    in_units = std::max(in_units, std::fabs(s[j]) / std::min(1.0, unit[j]));
  }
  // Strictly positive beyond rounding.
  if (!(value > 1e-10 * terms) || !(value > 0.0) || !std::isfinite(value)) return false;
  if (!(in_units <= tolerance * value)) return false;
  for (std::size_t i = 0; i < m; ++i) y[i] /= value;
  for (std::size_t i = 0; i < k; ++i) w[i] /= value;
  for (std::size_t j = 0; j < n; ++j) s[j] /= value;
  residual = unabsorbed / value;
  return all_finite(y, m) && all_finite(w, k) && all_finite(s, n);
}

bool Judge::dual_ray(std::int64_t problem, double* x, double tolerance, double& residual) {
  const auto n = static_cast<std::size_t>(batch_.variables);
  const auto m = static_cast<std::size_t>(batch_.rows);
  residual = infinity;
  if (!all_finite(x, n)) return false;
  const double *l = batch_.l.of(problem), *u = batch_.u.of(problem), *q = batch_.q.of(problem);
  const double *lb = batch_.lb.of(problem), *ub = batch_.ub.of(problem);
  double slope = 0.0, terms = 0.0;
  for (std::size_t j = 0; j < n; ++j) {
    x_[j] = x[j];
    if (std::isfinite(lb[j])) x_[j] = std::max(x_[j], 0.0);
    if (std::isfinite(ub[j])) x_[j] = std::min(x_[j], 0.0);
    slope += q[j] * x_[j];
    terms += std::fabs(q[j] * x_[j]);
  }
  if (!(-slope > 1e-10 * terms) || !(slope < 0.0)) return false;
  for (std::size_t j = 0; j < n; ++j) x_[j] /= -slope;
  double most = 0.0;
  times(batch_.A, values(batch_.A, problem, a_), x_.data(), ax_.data());
  for (std::size_t i = 0; i < m; ++i) {
    if (std::isfinite(l[i])) most = std::max(most, -ax_[i]);
    if (std::isfinite(u[i])) most = std::max(most, ax_[i]);
  }
  quadratic(values(batch_.P, problem, p_), x_.data());
  for (const double value : px_) most = std::max(most, std::fabs(value));
  if (batch_.cone_rows() > 0) {
    times(batch_.G, values(batch_.G, problem, g_), x_.data(), gx_.data());
    most = std::max(most, cone_distance(gx_.data()));
  }
  residual = most;
  // In the unit of the largest term where that is small, or a short direction would satisfy everything.
  double terms_of_rows = largest_term(batch_.A, values(batch_.A, problem, a_), x_.data());
  terms_of_rows = std::max(terms_of_rows, largest_term(batch_.P, values(batch_.P, problem, p_), x_.data()));
  if (batch_.cone_rows() > 0)
    terms_of_rows = std::max(terms_of_rows, largest_term(batch_.G, values(batch_.G, problem, g_), x_.data()));
  if (!(most <= tolerance * std::min(1.0, terms_of_rows)) || !all_finite(x_.data(), n)) return false;
  std::copy(x_.begin(), x_.end(), x);
  return true;
}

}  // namespace wattstein::engine
