#include "engine/problem/elastic.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {
namespace {

// Rows of `from` with further entries (column, value) at the end of each.
kernels::Matrix widened(const kernels::Matrix& from, int columns,
                        const std::vector<std::vector<std::pair<int, double>>>& more) {
  kernels::Matrix to;
  to.pattern.rows = from.pattern.rows;
  to.pattern.columns = columns;
  for (int i = 0; i < from.pattern.rows; ++i) {
    for (int k = from.pattern.indptr[i]; k < from.pattern.indptr[i + 1]; ++k) {
      to.pattern.indices.push_back(from.pattern.indices[k]);
      to.data.push_back(from.data[k]);
    }
    for (const auto& [column, value] : more[i]) {
      to.pattern.indices.push_back(column);
      to.data.push_back(value);
    }
    to.pattern.indptr.push_back(static_cast<int>(to.pattern.indices.size()));
  }
  return to;
}

}  // namespace

kernels::Batch elastic_form(const kernels::Batch& problem) {
  const int n = problem.variables, m = problem.rows;
  const double *l = problem.l.of(0), *u = problem.u.of(0);
  std::vector<double> cost(static_cast<std::size_t>(n), 0.0);
  std::vector<std::vector<std::pair<int, double>>> row_more(m), cone_more(problem.cone_rows());
  const auto add = [&cost](double price) {
    cost.push_back(price);
    return static_cast<int>(cost.size()) - 1;
  };
  for (int i = 0; i < m; ++i) {
    double most = 0.0;
    for (int k = problem.A.pattern.indptr[i]; k < problem.A.pattern.indptr[i + 1]; ++k)
      most = std::max(most, std::fabs(problem.A.data[k]));
    const double price = most > 0.0 ? 1.0 / most : 1.0;
    if (std::isfinite(l[i])) row_more[i].emplace_back(add(price), 1.0);
    if (std::isfinite(u[i])) row_more[i].emplace_back(add(price), -1.0);
  }
  int first = 0;
  for (const auto& cone : problem.cones) {
    const int column = add(1.0);
    cone_more[first].emplace_back(column, 1.0);
    if (cone.kind == kernels::ConeKind::rotated) cone_more[first + 1].emplace_back(column, 1.0);
    first += cone.size;
  }
  const int columns = static_cast<int>(cost.size());
  kernels::Batch elastic = kernels::make_batch(1, columns, m);
  elastic.name = problem.name + " (elastic)";
  elastic.cones = problem.cones;
  elastic.A = widened(problem.A, columns, row_more);
  elastic.G = widened(problem.G, columns, cone_more);
  elastic.l = kernels::Field::shared({l, l + m});
  elastic.u = kernels::Field::shared({u, u + m});
  std::vector<double> lb(problem.lb.of(0), problem.lb.of(0) + n), ub(problem.ub.of(0), problem.ub.of(0) + n);
  lb.resize(cost.size(), 0.0);
  ub.resize(cost.size(), kernels::infinity);
  elastic.lb = kernels::Field::shared(std::move(lb));
  elastic.ub = kernels::Field::shared(std::move(ub));
  elastic.q = kernels::Field::shared(std::move(cost));
  const double* g = problem.cone_rows() > 0 ? problem.g.of(0) : nullptr;
  elastic.g = kernels::Field::shared(g ? std::vector<double>(g, g + problem.cone_rows()) : std::vector<double>{});
  return elastic;
}

}  // namespace wattstein::engine
