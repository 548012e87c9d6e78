#include "engine/problem/presolve.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {

using kernels::infinity;

namespace {
// Sides and bounds that contradict each other by less than this (relative) are rounding.
constexpr double rounding = 1e-10;
}  // namespace

Presolve::Presolve(const kernels::Batch& problem) : problem_(problem) {
  const auto copy = [](const kernels::Field& field, std::int64_t width) {
    return std::vector<double>(field.of(0), field.of(0) + width);
  };
  const int n = problem.variables, m = problem.rows;
  l_ = copy(problem.l, m), u_ = copy(problem.u, m), lb_ = copy(problem.lb, n), ub_ = copy(problem.ub, n),
  q_ = copy(problem.q, n);
  g_ = copy(problem.g, problem.cone_rows());
  r_ = *problem.r.of(0);
  row_in_.assign(m, 1), variable_in_.assign(n, 1);
  value_.assign(n, 0.0);
  lower_from_.assign(n, -1), upper_from_.assign(n, -1);
  transpose();
  for (int round = 0; round < 30 && !contradicts_ && pass(); ++round) changed_ = true;
  if (contradicts_) changed_ = false;
  build();
}

void Presolve::transpose() {
  const auto& pattern = problem_.A.pattern;
  const int n = problem_.variables, m = problem_.rows;
  row_count_.assign(m, 0), column_count_.assign(n, 0), in_cost_.assign(n, 0), in_cone_.assign(n, 0);
  for (int i = 0; i < m; ++i)
    for (int k = pattern.indptr[i]; k < pattern.indptr[i + 1]; ++k)
      if (problem_.A.data[k] != 0.0) ++row_count_[i], ++column_count_[pattern.indices[k]];
  column_start_.assign(n + 1, 0);
  for (int j = 0; j < n; ++j) column_start_[j + 1] = column_start_[j] + column_count_[j];
  column_row_.resize(column_start_[n]), column_value_.resize(column_start_[n]);
  auto at = column_start_;
  for (int i = 0; i < m; ++i)
    for (int k = pattern.indptr[i]; k < pattern.indptr[i + 1]; ++k) {
      if (problem_.A.data[k] == 0.0) continue;
      const int j = pattern.indices[k];
      column_row_[at[j]] = i;
      column_value_[at[j]++] = problem_.A.data[k];
    }
  for (int i = 0; i < n; ++i)
    for (int k = problem_.P.pattern.indptr[i]; k < problem_.P.pattern.indptr[i + 1]; ++k)
      if (problem_.P.data[k] != 0.0) in_cost_[i] = in_cost_[problem_.P.pattern.indices[k]] = 1;
  for (std::size_t k = 0; k < problem_.G.pattern.indices.size(); ++k)
    if (problem_.G.data[k] != 0.0) in_cone_[problem_.G.pattern.indices[k]] = 1;
}

bool Presolve::pass() {
  const bool rows = drop_rows();
  return (!contradicts_ && drop_variables()) || rows;
}

bool Presolve::drop_rows() {
  const auto& pattern = problem_.A.pattern;
  bool any = false;
  for (int i = 0; i < problem_.rows && !contradicts_; ++i) {
    if (!row_in_[i]) continue;
    if (row_count_[i] == 1) {
      any = singleton(i) || any;
      continue;
    }
    // Smallest and largest a·x within the bounds.
    double least = 0.0, most = 0.0, size = 0.0;
    for (int k = pattern.indptr[i]; k < pattern.indptr[i + 1]; ++k) {
      const int j = pattern.indices[k];
      const double a = problem_.A.data[k];
      if (!variable_in_[j] || a == 0.0) continue;
      least += a > 0.0 ? a * lb_[j] : a * ub_[j];
      most += a > 0.0 ? a * ub_[j] : a * lb_[j];
      size = std::max(size, std::fabs(a));
    }
    const double slack = row_count_[i] == 0 ? rounding * (1.0 + std::min(std::fabs(l_[i]), std::fabs(u_[i]))) : 0.0;
    if (l_[i] <= least + slack && most - slack <= u_[i]) {
      row_in_[i] = 0;
      for (int k = pattern.indptr[i]; k < pattern.indptr[i + 1]; ++k)
        if (problem_.A.data[k] != 0.0) --column_count_[pattern.indices[k]];
      any = true;
    } else if (row_count_[i] == 0) {
      contradicts_ = true;
    }
  }
  return any;
}

bool Presolve::singleton(int row) {
  const auto& pattern = problem_.A.pattern;
  for (int k = pattern.indptr[row]; k < pattern.indptr[row + 1]; ++k) {
    const int j = pattern.indices[k];
    const double a = problem_.A.data[k];
    if (!variable_in_[j] || a == 0.0) continue;
    double low = a > 0.0 ? l_[row] / a : u_[row] / a, high = a > 0.0 ? u_[row] / a : l_[row] / a;
    if (std::fabs(a) < 1e-7) return false;  // a bound with few digits
    const double slack = rounding * (1.0 + std::fabs(std::isfinite(low) ? low : high));
    // Bounds that cross by rounding meet.
    if (low > ub_[j] && low <= ub_[j] + slack) low = ub_[j];
    if (high < lb_[j] && high >= lb_[j] - slack) high = lb_[j];
    if (low > ub_[j] || high < lb_[j]) {
      contradicts_ = true;
      return false;
    }
    if (low > lb_[j]) lb_[j] = low, lower_from_[j] = row;
    if (high < ub_[j]) ub_[j] = high, upper_from_[j] = row;
    row_in_[row] = 0;
    singletons_.push_back({row, j, a});
    for (int e = pattern.indptr[row]; e < pattern.indptr[row + 1]; ++e)
      if (problem_.A.data[e] != 0.0) --column_count_[pattern.indices[e]];
    return true;
  }
  return false;
}

bool Presolve::drop_variables() {
  bool any = false;
  for (int j = 0; j < problem_.variables; ++j) {
    if (!variable_in_[j]) continue;
    if (lb_[j] == ub_[j]) {
      fix(j, lb_[j]);
      any = true;
      continue;
    }
    if (in_cost_[j] || in_cone_[j]) continue;
    // Does going down (up) ever help a row?
    bool down_helps = false, up_helps = false;
    for (int k = column_start_[j]; k < column_start_[j + 1]; ++k) {
      const int i = column_row_[k];
      if (!row_in_[i]) continue;
      const bool needs_high = std::isfinite(l_[i]), needs_low = std::isfinite(u_[i]);
      const bool positive = column_value_[k] > 0.0;
      up_helps = up_helps || (positive ? needs_high : needs_low);
      down_helps = down_helps || (positive ? needs_low : needs_high);
    }
    if (!up_helps && q_[j] >= 0.0 && std::isfinite(lb_[j])) {
      fix(j, lb_[j]);
      any = true;
    } else if (!down_helps && q_[j] <= 0.0 && std::isfinite(ub_[j])) {
      fix(j, ub_[j]);
      any = true;
    } else if (!up_helps && !down_helps && q_[j] == 0.0) {  // free and without any meaning
      fix(j, 0.0);
      any = true;
    }
  }
  return any;
}

void Presolve::fix(int j, double value) {
  variable_in_[j] = 0;
  value_[j] = value;
  for (int k = column_start_[j]; k < column_start_[j + 1]; ++k) {
    const int i = column_row_[k];
    --row_count_[i];
    if (value == 0.0) continue;
    l_[i] -= column_value_[k] * value;
    u_[i] -= column_value_[k] * value;
  }
  r_ += q_[j] * value;
  if (in_cost_[j] && value != 0.0) {
    const auto& p = problem_.P.pattern;
    for (int i = 0; i <= j; ++i)
      for (int k = p.indptr[i]; k < p.indptr[i + 1]; ++k) {
        const int other = p.indices[k];
        if (i == j && other == j) r_ += 0.5 * problem_.P.data[k] * value * value;
        else if (i == j && variable_in_[other]) q_[other] += problem_.P.data[k] * value;
        else if (other == j && i != j && variable_in_[i]) q_[i] += problem_.P.data[k] * value;
      }
  }
  if (in_cone_[j] && value != 0.0)
    for (int i = 0; i < problem_.cone_rows(); ++i)
      for (int k = problem_.G.pattern.indptr[i]; k < problem_.G.pattern.indptr[i + 1]; ++k)
        if (problem_.G.pattern.indices[k] == j) g_[i] += problem_.G.data[k] * value;
}

void Presolve::build() {
  const int n = problem_.variables, m = problem_.rows;
  // A problem that would lose all its variables keeps one.
  if (changed_ && std::none_of(variable_in_.begin(), variable_in_.end(), [](char in) { return in; })) changed_ = false;
  if (!changed_) {
    reduced_ = problem_;
    return;
  }
  row_at_.assign(m, -1), variable_at_.assign(n, -1);
  int rows = 0, variables = 0;
  for (int i = 0; i < m; ++i)
    if (row_in_[i]) row_at_[i] = rows++;
  for (int j = 0; j < n; ++j)
    if (variable_in_[j]) variable_at_[j] = variables++;
  reduced_ = kernels::make_batch(1, variables, rows);
  reduced_.name = problem_.name;
  reduced_.cones = problem_.cones;
  const auto take = [&](const kernels::Matrix& from, const std::vector<int>* rows_at,
                        const std::vector<int>& columns_at, int count) {
    kernels::Matrix to;
    to.pattern.rows = count;
    to.pattern.columns = variables;
    for (int i = 0; i < from.pattern.rows; ++i) {
      if (rows_at != nullptr && (*rows_at)[i] < 0) continue;
      for (int k = from.pattern.indptr[i]; k < from.pattern.indptr[i + 1]; ++k) {
        const int j = columns_at[from.pattern.indices[k]];
        if (j < 0) continue;
        to.pattern.indices.push_back(j);
        to.data.push_back(from.data[k]);
      }
      to.pattern.indptr.push_back(static_cast<int>(to.pattern.indices.size()));
    }
    return to;
  };
  reduced_.A = take(problem_.A, &row_at_, variable_at_, rows);
  reduced_.P = take(problem_.P, &variable_at_, variable_at_, variables);
  reduced_.G = take(problem_.G, nullptr, variable_at_, problem_.cone_rows());
  const auto pick = [](const std::vector<double>& from, const std::vector<int>& at) {
    std::vector<double> to;
    for (std::size_t i = 0; i < at.size(); ++i)
      if (at[i] >= 0) to.push_back(from[i]);
    return kernels::Field::shared(std::move(to));
  };
  reduced_.l = pick(l_, row_at_), reduced_.u = pick(u_, row_at_);
  reduced_.lb = pick(lb_, variable_at_), reduced_.ub = pick(ub_, variable_at_), reduced_.q = pick(q_, variable_at_);
  reduced_.g = kernels::Field::shared(g_);
  reduced_.r = kernels::Field::constant(1, r_);
}

// (P x + q − Aᵀ y − Gᵀ w)_j on the given data; without P and q for a ray.
double Presolve::reduced_cost(int j, const std::vector<double>& x, const std::vector<double>& y,
                              const std::vector<double>& w, bool ray) const {
  double d = ray ? 0.0 : problem_.q.of(0)[j];
  for (int k = column_start_[j]; k < column_start_[j + 1]; ++k) d -= column_value_[k] * y[column_row_[k]];
  if (in_cost_[j] && !ray) {
    const auto& p = problem_.P.pattern;
    for (int i = 0; i <= j; ++i)
      for (int k = p.indptr[i]; k < p.indptr[i + 1]; ++k) {
        if (i == j) d += problem_.P.data[k] * x[p.indices[k]];
        else if (p.indices[k] == j) d += problem_.P.data[k] * x[i];
      }
  }
  if (in_cone_[j])
    for (int i = 0; i < problem_.cone_rows(); ++i)
      for (int k = problem_.G.pattern.indptr[i]; k < problem_.G.pattern.indptr[i + 1]; ++k)
        if (problem_.G.pattern.indices[k] == j) d -= problem_.G.data[k] * w[i];
  return d;
}

void Presolve::restore(const double* x, const double* y, const double* w, bool ray, std::vector<double>& full_x,
                       std::vector<double>& full_y, std::vector<double>& full_w) const {
  const int n = problem_.variables, m = problem_.rows;
  full_w.assign(w, w + problem_.cone_rows());
  if (!changed_) {
    full_x.assign(x, x + n);
    full_y.assign(y, y + m);
    return;
  }
  full_x.resize(n);
  full_y.assign(m, 0.0);
  for (int j = 0; j < n; ++j) full_x[j] = variable_at_[j] >= 0 ? x[variable_at_[j]] : value_[j];
  for (int i = 0; i < m; ++i)
    if (row_at_[i] >= 0) full_y[i] = y[row_at_[i]];
  // Last removed first: a row's other variables had been fixed before it, so their reduced costs wait for its
  // multiplier.
  for (auto each = singletons_.rbegin(); each != singletons_.rend(); ++each) {
    const int j = each->variable;
    const double d = reduced_cost(j, full_x, full_y, full_w, ray);
    if ((d > 0.0 && lower_from_[j] == each->row) || (d < 0.0 && upper_from_[j] == each->row))
      full_y[each->row] = d / each->coefficient;
  }
}

std::vector<double> Presolve::restore_direction(const double* x) const {
  std::vector<double> full(static_cast<std::size_t>(problem_.variables), 0.0);
  for (int j = 0; j < problem_.variables; ++j)
    if (!changed_) full[j] = x[j];
    else if (variable_at_[j] >= 0) full[j] = x[variable_at_[j]];
  return full;
}

}  // namespace wattstein::engine
