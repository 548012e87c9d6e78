#include "engine/problem/reduction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wattstein::engine {

using kernels::infinity;

namespace {

// A pivot must not be smaller than this times the largest entry of its row: error grows by no more than its inverse.
constexpr double least_pivot = 1e-2;
// Entries this small against the terms that they are the difference of are rounding.
constexpr double rounding = 1e-13;

}  // namespace

Reduction::Reduction(const kernels::Batch& batch, const std::vector<char>& open, int growth)
    : batch_(batch), open_(open) {
  const int n = batch.variables, m = batch.rows;
  row_in_.assign(static_cast<std::size_t>(m), 1);
  variable_in_.assign(static_cast<std::size_t>(n), 1);
  rows_.resize(static_cast<std::size_t>(m));
  columns_.resize(static_cast<std::size_t>(n));
  for (int i = 0; i < m; ++i)
    for (int k = batch.A.pattern.indptr[i]; k < batch.A.pattern.indptr[i + 1]; ++k)
      if (batch.A.data[k] != 0.0) {
        rows_[i].push_back({batch.A.pattern.indices[k], batch.A.data[k]});
        columns_[batch.A.pattern.indices[k]].push_back(i);
      }

  auto &equality = equality_, &may = may_;
  equality.assign(static_cast<std::size_t>(m), 1);
  may.assign(static_cast<std::size_t>(n), 1);
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    const double *l = batch.l.of(b), *u = batch.u.of(b), *lb = batch.lb.of(b), *ub = batch.ub.of(b);
    for (int i = 0; i < m; ++i)
      if (!(l[i] == u[i])) equality[i] = 0;
    for (int j = 0; j < n; ++j)
      if (!open[j] && (std::fabs(lb[j]) < infinity || std::fabs(ub[j]) < infinity)) may[j] = 0;
  }
  for (int i = 0; i < batch.P.pattern.rows; ++i)
    for (int k = batch.P.pattern.indptr[i]; k < batch.P.pattern.indptr[i + 1]; ++k)
      may[i] = may[batch.P.pattern.indices[k]] = 0;
  for (const int j : batch.G.pattern.indices) may[j] = 0;
  extend(growth);
}

void Reduction::extend(int growth) {
  const int n = batch_.variables, m = batch_.rows;
  // Markowitz: the pair that adds the fewest entries, (r − 1)(c − 1) new ones at most for r + c − 1 that leave.
  while (true) {
    std::int64_t best = growth + 1LL;
    int best_row = -1, best_variable = -1;
    for (int j = 0; j < n; ++j) {
      if (!may_[j] || !variable_in_[j]) continue;
      const auto c = static_cast<std::int64_t>(columns_[j].size());
      for (const int i : columns_[j]) {
        if (!equality_[i]) continue;
        const auto r = static_cast<std::int64_t>(rows_[i].size());
        const std::int64_t added = (r - 1) * (c - 1) - (r + c - 1);
        if (added >= best) continue;
        double most = 0.0, pivot = 0.0;
        for (const Entry& e : rows_[i]) {
          most = std::max(most, std::fabs(e.value));
          if (e.index == j) pivot = std::fabs(e.value);
        }
        if (pivot < least_pivot * most) continue;
        best = added, best_row = i, best_variable = j;
      }
    }
    if (best_row < 0) break;
    substitute(best_row, best_variable);
  }
  kept_rows_.clear();
  kept_variables_.clear();
  for (int i = 0; i < m; ++i)
    if (row_in_[i]) kept_rows_.push_back(i);
  for (int j = 0; j < n; ++j)
    if (variable_in_[j]) kept_variables_.push_back(j);
}

// Rows p with a_pj ≠ 0:  row_p ← row_p − (a_pj/a_ij) row_i.
void Reduction::substitute(int row, int variable) {
  Step step{row, variable, 0.0, {}, {}};
  for (const Entry& e : rows_[row]) {
    if (e.index == variable) step.pivot = e.value;
    else step.of_row.push_back(e);
  }
  for (const int p : columns_[variable]) {
    if (p == row) continue;
    auto& other = rows_[p];
    double value = 0.0;
    for (const Entry& e : other)
      if (e.index == variable) value = e.value;
    step.of_column.push_back({p, value});
    const double factor = value / step.pivot;
    std::vector<Entry> merged;
    merged.reserve(other.size() + step.of_row.size());
    std::size_t a = 0, b = 0;
    while (a < other.size() || b < step.of_row.size()) {
      const int at = a < other.size() ? other[a].index : std::numeric_limits<int>::max();
      const int bt = b < step.of_row.size() ? step.of_row[b].index : std::numeric_limits<int>::max();
      if (at == variable) {
        ++a;
      } else if (at < bt) {
        merged.push_back(other[a++]);
      } else {
        const double term = factor * step.of_row[b].value, old = at == bt ? other[a].value : 0.0;
        const double sum = old - term;
        auto& rows_of = columns_[bt];
        if (std::fabs(sum) > rounding * std::fabs(term)) {
          merged.push_back({bt, sum});
          if (at != bt) rows_of.push_back(p);
        } else if (at == bt) {
          rows_of.erase(std::find(rows_of.begin(), rows_of.end(), p));
        }
        if (at == bt) ++a;
        ++b;
      }
    }
    other = std::move(merged);
  }
  for (const Entry& e : step.of_row) {
    auto& rows_of = columns_[e.index];
    rows_of.erase(std::find(rows_of.begin(), rows_of.end(), row));
  }
  rows_[row].clear();
  columns_[variable].clear();
  row_in_[row] = 0;
  variable_in_[variable] = 0;
  steps_.push_back(std::move(step));
}

std::vector<int> Reduction::numbers() const {
  std::vector<int> at(static_cast<std::size_t>(batch_.variables), -1);
  for (std::size_t k = 0; k < kept_variables_.size(); ++k) at[kept_variables_[k]] = static_cast<int>(k);
  return at;
}

kernels::CsrPattern Reduction::cone_pattern() const {
  const auto at = numbers();
  kernels::CsrPattern pattern = batch_.G.pattern;
  pattern.columns = static_cast<int>(kept_variables_.size());
  for (int& j : pattern.indices) j = at[j];
  return pattern;
}

kernels::CsrPattern Reduction::pattern() const {
  const auto at = numbers();
  kernels::CsrPattern pattern;
  pattern.rows = static_cast<int>(kept_rows_.size());
  pattern.columns = static_cast<int>(kept_variables_.size());
  for (const int i : kept_rows_) {
    for (const Entry& e : rows_[i]) pattern.indices.push_back(at[e.index]);
    pattern.indptr.push_back(static_cast<int>(pattern.indices.size()));
  }
  return pattern;
}

void Reduction::replay_sides(std::vector<double>& l, std::vector<double>& u, std::vector<double>& sides) const {
  sides.resize(steps_.size());
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    const double value = sides[s] = l[steps_[s].row];
    for (const Entry& e : steps_[s].of_column) {
      const double shift = e.value / steps_[s].pivot * value;
      l[e.index] -= shift;
      u[e.index] -= shift;
    }
  }
}

void Reduction::build() {
  const auto n = static_cast<int>(kept_variables_.size()), m = static_cast<int>(kept_rows_.size());
  const std::int64_t problems = batch_.problems;
  reduced_ = kernels::make_batch(problems, n, m);
  reduced_.name = batch_.name;
  reduced_.objective_unit = batch_.objective_unit;
  reduced_.A.pattern = pattern();
  for (const int i : kept_rows_)
    for (const Entry& e : rows_[i]) reduced_.A.data.push_back(e.value);

  // Quadratic terms and cones: the same values, other numbers of variables.
  const auto at = numbers();
  reduced_.G = batch_.G;
  reduced_.G.pattern = cone_pattern();
  reduced_.cones = batch_.cones;
  reduced_.g = batch_.g;
  reduced_.P = batch_.P;
  reduced_.P.pattern.rows = reduced_.P.pattern.columns = n;
  reduced_.P.pattern.indptr.assign(1, 0);
  for (const int j : kept_variables_)  // removed rows are empty
    reduced_.P.pattern.indptr.push_back(reduced_.P.pattern.indptr.back() + batch_.P.pattern.indptr[j + 1] -
                                        batch_.P.pattern.indptr[j]);
  for (int& j : reduced_.P.pattern.indices) j = at[j];

  const auto gather = [](const kernels::Field& from, const std::vector<int>& kept, std::int64_t count) {
    kernels::Field to;
    if (from.empty()) return to;
    to.width = static_cast<std::int64_t>(kept.size());
    to.per_problem = from.per_problem;
    const std::int64_t sets = from.per_problem ? count : 1;
    to.data.resize(static_cast<std::size_t>(sets * to.width));
    for (std::int64_t b = 0; b < sets; ++b)
      for (std::size_t k = 0; k < kept.size(); ++k) to.of(b)[k] = from.of(b)[kept[k]];
    return to;
  };
  reduced_.lb = gather(batch_.lb, kept_variables_, problems);
  reduced_.ub = gather(batch_.ub, kept_variables_, problems);
  for (int k = 0; k < n; ++k)  // proven not to bind: not carried along
    if (open_[kept_variables_[k]])
      for (std::int64_t b = 0; b < problems; ++b) {
        reduced_.lb.of(b)[k] = -infinity;
        reduced_.ub.of(b)[k] = infinity;
      }
  reduced_.start_x = gather(batch_.start_x, kept_variables_, problems);
  reduced_.start_y = gather(batch_.start_y, kept_rows_, problems);
  reduced_.start_w = batch_.start_w;

  // Costs, constants and sides.
  const bool own_cost = batch_.q.per_problem;
  reduced_.q = own_cost ? kernels::Field::rows(problems, n) : kernels::Field::constant(n, 0.0);
  reduced_.r = kernels::Field::rows(problems, 1);
  reduced_.l = kernels::Field::rows(problems, m);
  reduced_.u = kernels::Field::rows(problems, m);
  std::vector<double> q, l, u, sides, price(steps_.size());
  for (std::int64_t b = 0; b < problems; ++b) {
    if (own_cost || b == 0) {
      q.assign(batch_.q.of(b), batch_.q.of(b) + batch_.variables);
      for (std::size_t s = 0; s < steps_.size(); ++s) {
        const Step& step = steps_[s];
        price[s] = q[step.variable] / step.pivot;
        if (price[s] != 0.0)
          for (const Entry& e : step.of_row) q[e.index] -= price[s] * e.value;
      }
      for (int k = 0; k < n; ++k) reduced_.q.of(b)[k] = q[kept_variables_[k]];
    }
    l.assign(batch_.l.of(b), batch_.l.of(b) + batch_.rows);
    u.assign(batch_.u.of(b), batch_.u.of(b) + batch_.rows);
    replay_sides(l, u, sides);
    double constant = *batch_.r.of(b);
    for (std::size_t s = 0; s < steps_.size(); ++s) constant += price[s] * sides[s];
    *reduced_.r.of(b) = constant;
    for (int k = 0; k < m; ++k) {
      reduced_.l.of(b)[k] = l[kept_rows_[k]];
      reduced_.u.of(b)[k] = u[kept_rows_[k]];
    }
  }
}

void Reduction::restore(std::int64_t b, const double* x, const double* y, double* full_x, double* full_y) const {
  std::vector<double> l(batch_.l.of(b), batch_.l.of(b) + batch_.rows), u = l, sides;
  replay_sides(l, u, sides);
  std::vector<double> q(batch_.q.of(b), batch_.q.of(b) + batch_.variables), cost(steps_.size());
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    const Step& step = steps_[s];
    cost[s] = q[step.variable];
    if (cost[s] != 0.0)
      for (const Entry& e : step.of_row) q[e.index] -= cost[s] / step.pivot * e.value;
  }
  for (std::size_t k = 0; k < kept_variables_.size(); ++k) full_x[kept_variables_[k]] = x[k];
  for (std::size_t k = 0; k < kept_rows_.size(); ++k) full_y[kept_rows_[k]] = y[k];
  for (std::size_t s = steps_.size(); s-- > 0;) {
    const Step& step = steps_[s];
    double left = sides[s], slope = cost[s];  // b_i − Σ a_ik x_k, q_j − Σ a_pj y_p
    for (const Entry& e : step.of_row) left -= e.value * full_x[e.index];
    for (const Entry& e : step.of_column) slope -= e.value * full_y[e.index];
    full_x[step.variable] = left / step.pivot;
    full_y[step.row] = slope / step.pivot;
  }
}

}  // namespace wattstein::engine
