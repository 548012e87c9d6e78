#include "engine/solver/forms.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/math/ldl.hpp"

namespace wattstein::engine {

using kernels::infinity;

namespace {

// The hull's programs need no digits, only their certified bounds.
constexpr double screening_tolerance = 1e-3;
// A bound must be missed by this times 1 + its size.
constexpr double margin = 1e-6;
// Variables asked about together once the first round, all at once, is over.
constexpr std::size_t group = 16;
// Most entries that one substitution may add: forms that are compared.
constexpr int growths[] = {0, 4, 20, 60};

// Multiply-adds of one iteration of the interior point: factor, two solves, passes over data and vectors (as in
// methods.cpp).
double work_of(const kernels::CsrPattern& a, const kernels::CsrPattern& g, std::int64_t nonzeros_p, int variables) {
  const int rows = a.rows + g.rows;
  std::vector<std::pair<int, int>> pairs;
  for (const auto* matrix : {&a, &g}) {
    const int first = variables + (matrix == &g ? a.rows : 0);
    for (int i = 0; i < matrix->rows; ++i)
      for (int k = matrix->indptr[i]; k < matrix->indptr[i + 1]; ++k) pairs.emplace_back(first + i, matrix->indices[k]);
  }
  const auto pattern = kernels::symmetric_pattern(variables + rows, std::move(pairs));
  const auto factor = kernels::ldl_symbolic(pattern, kernels::minimum_degree_order(pattern));
  return static_cast<double>(factor.flops) + 8.0 * static_cast<double>(factor.index.size()) +
         8.0 * static_cast<double>(a.nonzeros() + g.nonzeros() + nonzeros_p) + 40.0 * (variables + rows);
}

}  // namespace

BoundScreen::Hull BoundScreen::hull_of(const Batch& batch, const std::vector<std::int64_t>& valid) {
  const auto n = static_cast<std::size_t>(batch.variables), m = static_cast<std::size_t>(batch.rows);
  Hull hull{std::vector<double>(m, infinity),  std::vector<double>(m, -infinity), std::vector<double>(n, infinity),
            std::vector<double>(n, -infinity), std::vector<double>(n, -infinity), std::vector<double>(n, infinity)};
  for (const std::int64_t b : valid) {
    const double *l = batch.l.of(b), *u = batch.u.of(b), *lb = batch.lb.of(b), *ub = batch.ub.of(b);
    for (std::size_t i = 0; i < m; ++i) {
      hull.l[i] = std::min(hull.l[i], l[i]);
      hull.u[i] = std::max(hull.u[i], u[i]);
    }
    for (std::size_t j = 0; j < n; ++j) {
      hull.lb[j] = std::min(hull.lb[j], lb[j]);
      hull.ub[j] = std::max(hull.ub[j], ub[j]);
      hull.largest_lb[j] = std::max(hull.largest_lb[j], lb[j]);
      hull.smallest_ub[j] = std::min(hull.smallest_ub[j], ub[j]);
    }
  }
  return hull;
}

bool BoundScreen::within(const Hull& hull) const {
  if (hull_.lb.size() != hull.lb.size() || hull_.l.size() != hull.l.size()) return false;
  for (std::size_t i = 0; i < hull.l.size(); ++i)
    if (!(hull.l[i] >= hull_.l[i] && hull.u[i] <= hull_.u[i])) return false;
  for (std::size_t j = 0; j < hull.lb.size(); ++j) {
    if (!(hull.lb[j] >= hull_.lb[j] && hull.ub[j] <= hull_.ub[j])) return false;
    if (implied_[j] && !(hull.largest_lb[j] <= hull_.largest_lb[j] && hull.smallest_ub[j] >= hull_.smallest_ub[j]))
      return false;
  }
  return true;
}

std::vector<char> BoundScreen::implied(const Batch& batch, const std::vector<std::int64_t>& valid,
                                       const SolverOptions& options) {
  const auto n = static_cast<std::size_t>(batch.variables);
  solved_ = 0;
  if (valid.empty()) return std::vector<char>(n, 0);
  Hull hull = hull_of(batch, valid);
  const bool same_matrix = a_.pattern == batch.A.pattern && a_.data == batch.A.data;
  if (same_matrix && within(hull)) return implied_;

  // Asked about: what ties rows together, has no curvature and no cone, and is not fixed.
  std::vector<int> entries(n, 0);
  for (const int j : batch.A.pattern.indices) ++entries[j];
  for (const int j : batch.G.pattern.indices) entries[j] = 0;
  for (const int j : batch.P.pattern.indices) entries[j] = 0;
  std::vector<int> left;
  for (std::size_t j = 0; j < n; ++j)
    if (entries[j] >= 2 && hull.largest_lb[j] < hull.smallest_ub[j] && hull.lb[j] > -infinity && hull.ub[j] < infinity)
      left.push_back(static_cast<int>(j));

  SolverOptions own;
  own.method = "ipm";
  own.others = false;
  own.tolerance = screening_tolerance;
  own.threads = options.threads;
  own.lanes = options.lanes;
  own.layout = options.layout;
  own.device = "cpu";
  own.stop = options.stop;
  Solver solver(own);
  std::vector<char> proven(n, 0);
  const auto ask = [&](const std::vector<int>& among) {
    // minimise x_j and −x_j over the hull, the boxes of `among` and of what is proven half as wide again.
    const auto problems = static_cast<std::int64_t>(2 * among.size());
    Batch programs = kernels::make_batch(problems, batch.variables, batch.rows);
    programs.A = batch.A;
    programs.l = kernels::Field::shared(hull.l);
    programs.u = kernels::Field::shared(hull.u);
    auto wide_lb = hull.lb, wide_ub = hull.ub;
    const auto widen = [&](int j) {
      const double more = 0.25 * (hull.ub[j] - hull.lb[j]);
      wide_lb[j] -= more;
      wide_ub[j] += more;
    };
    for (const int j : among) widen(j);
    for (std::size_t j = 0; j < n; ++j)
      if (proven[j]) widen(static_cast<int>(j));
    programs.lb = kernels::Field::shared(std::move(wide_lb));
    programs.ub = kernels::Field::shared(std::move(wide_ub));
    programs.q = kernels::Field::rows(problems, batch.variables);
    for (std::size_t k = 0; k < among.size(); ++k) {
      programs.q.of(static_cast<std::int64_t>(2 * k))[among[k]] = 1.0;
      programs.q.of(static_cast<std::int64_t>(2 * k + 1))[among[k]] = -1.0;
    }
    const BatchResult answer = solver.solve(programs);
    solved_ += problems;
    for (std::size_t k = 0; k < among.size(); ++k) {
      const int j = among[k];
      const double least = answer.bound[2 * k], most = -answer.bound[2 * k + 1];
      const double lb = hull.largest_lb[j], ub = hull.smallest_ub[j];
      if (least > lb + margin * (1.0 + std::fabs(lb)) && most < ub - margin * (1.0 + std::fabs(ub))) proven[j] = 1;
    }
  };
  const auto stopped = [&] { return options.stop != nullptr && options.stop->load(); };
  if (!left.empty()) ask(left);
  std::erase_if(left, [&](int j) { return proven[j] != 0; });
  for (std::size_t at = 0; at < left.size() && !stopped(); at += group)
    ask({left.begin() + static_cast<std::ptrdiff_t>(at),
         left.begin() + static_cast<std::ptrdiff_t>(std::min(at + group, left.size()))});
  a_ = batch.A;
  hull_ = std::move(hull);
  implied_ = proven;
  return proven;
}

std::unique_ptr<Reduction> cheapest_form(const Batch& batch, const std::vector<char>& open) {
  const std::int64_t nonzeros_p = batch.P.pattern.nonzeros();
  double least = work_of(batch.A.pattern, batch.G.pattern, nonzeros_p, batch.variables);
  std::unique_ptr<Reduction> best;
  int removed = 0;
  Reduction form(batch, open, growths[0]);
  for (const int growth : growths) {
    form.extend(growth);
    if (form.removed() == removed) continue;
    removed = form.removed();
    auto cones = batch.G.pattern;  // the same entries, other columns: the removed variables have none
    const auto a = form.pattern();
    if (cones.nonzeros() > 0) cones = form.cone_pattern();
    const double work = work_of(a, cones, nonzeros_p, batch.variables - removed);
    if (work < least) {
      least = work;
      best = std::make_unique<Reduction>(form);
    }
  }
  return best;
}

Batch without_bounds(const Batch& batch, const std::vector<char>& open) {
  Batch out = batch;
  for (auto* field : {&out.lb, &out.ub}) {
    const std::int64_t sets = field->per_problem ? batch.problems : 1;
    for (std::int64_t b = 0; b < sets; ++b)
      for (std::size_t j = 0; j < open.size(); ++j)
        if (open[j]) field->of(b)[j] = field == &out.lb ? -infinity : infinity;
  }
  return out;
}

}  // namespace wattstein::engine
