#include "engine/problem/recession.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {

using kernels::infinity;

namespace {

// Rows of A, then of all of P, which is given by its upper triangle.
kernels::Matrix stacked(const kernels::Batch& problem) {
  const int n = problem.variables;
  kernels::Matrix all;
  all.pattern.columns = n;
  all.pattern.indptr = {0};
  const auto close = [&all] { all.pattern.indptr.push_back(static_cast<int>(all.pattern.indices.size())); };
  const auto& a = problem.A.pattern;
  for (int i = 0; i < problem.rows; ++i) {
    for (int k = a.indptr[i]; k < a.indptr[i + 1]; ++k) {
      all.pattern.indices.push_back(a.indices[k]);
      all.data.push_back(problem.A.data[k]);
    }
    close();
  }
  const auto& p = problem.P.pattern;
  std::vector<std::vector<std::pair<int, double>>> full(static_cast<std::size_t>(n));
  for (int i = 0; i < p.rows; ++i)
    for (int k = p.indptr[i]; k < p.indptr[i + 1]; ++k) {
      const int j = p.indices[k];
      full[j].emplace_back(i, problem.P.data[k]);
      if (i != j) full[i].emplace_back(j, problem.P.data[k]);
    }
  for (auto& row : full) {
    std::erase_if(row, [](const auto& entry) { return entry.second == 0.0; });
    if (row.empty()) continue;
    std::sort(row.begin(), row.end());
    for (const auto& [j, value] : row) {
      all.pattern.indices.push_back(j);
      all.data.push_back(value);
    }
    close();
  }
  all.pattern.rows = static_cast<int>(all.pattern.indptr.size()) - 1;
  return all;
}

// Column sizes by a few passes of Ruiz equilibration.
std::vector<double> column_sizes(const kernels::Matrix& rows, const kernels::Matrix& cones, int n) {
  constexpr int passes = 6;
  std::vector<double> size(static_cast<std::size_t>(n), 1.0);
  std::vector<double> row_size(static_cast<std::size_t>(rows.pattern.rows + cones.pattern.rows), 1.0);
  for (int pass = 0; pass < passes; ++pass) {
    std::vector<double> column(size.size(), 0.0), row(row_size.size(), 0.0);
    int at = 0;
    for (const auto* matrix : {&rows, &cones})
      for (int i = 0; i < matrix->pattern.rows; ++i, ++at)
        for (int k = matrix->pattern.indptr[i]; k < matrix->pattern.indptr[i + 1]; ++k) {
          const int j = matrix->pattern.indices[k];
          const double value = std::fabs(matrix->data[k]) * size[j] * row_size[at];
          column[j] = std::max(column[j], value);
          row[at] = std::max(row[at], value);
        }
    const auto shrink = [](std::vector<double>& scale, const std::vector<double>& norm) {
      for (std::size_t i = 0; i < scale.size(); ++i)
        if (norm[i] > 0.0) scale[i] = std::clamp(scale[i] / std::sqrt(norm[i]), 1e-8, 1e8);
    };
    shrink(size, column);
    shrink(row_size, row);
  }
  return size;
}

}  // namespace

kernels::Batch recession_form(const kernels::Batch& problem) {
  const int n = problem.variables, m = problem.rows;
  kernels::Batch form = kernels::make_batch(1, n, m);
  form.name = problem.name + " (recession)";
  form.A = stacked(problem);
  form.rows = form.A.pattern.rows;
  form.G = problem.G;
  form.cones = problem.cones;
  form.g = kernels::Field::constant(problem.cone_rows(), 0.0);
  form.q = kernels::Field::shared({problem.q.of(0), problem.q.of(0) + n});
  std::vector<double> l(static_cast<std::size_t>(form.rows), 0.0), u(l);
  for (int i = 0; i < m; ++i) {
    l[i] = std::isfinite(problem.l.of(0)[i]) ? 0.0 : -infinity;
    u[i] = std::isfinite(problem.u.of(0)[i]) ? 0.0 : infinity;
  }
  const std::vector<double> size = column_sizes(form.A, form.G, n);
  std::vector<double> lb(static_cast<std::size_t>(n)), ub(lb);
  for (int j = 0; j < n; ++j) {
    lb[j] = std::isfinite(problem.lb.of(0)[j]) ? 0.0 : -size[j];
    ub[j] = std::isfinite(problem.ub.of(0)[j]) ? 0.0 : size[j];
  }
  form.l = kernels::Field::shared(std::move(l)), form.u = kernels::Field::shared(std::move(u));
  form.lb = kernels::Field::shared(std::move(lb)), form.ub = kernels::Field::shared(std::move(ub));
  return form;
}

void clean_direction(const kernels::Batch& form, double* d) {
  constexpr double rounding = 1e-9;
  const auto size = [&form](int j) { return std::max(-form.lb.of(0)[j], form.ub.of(0)[j]); };
  double most = 0.0;
  for (int j = 0; j < form.variables; ++j)
    if (size(j) > 0.0) most = std::max(most, std::fabs(d[j]) / size(j));
  for (int j = 0; j < form.variables; ++j)
    if (!(std::fabs(d[j]) > rounding * most * size(j))) d[j] = 0.0;
}

}  // namespace wattstein::engine
