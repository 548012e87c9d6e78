#include "engine/solver/settle.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/batch/large_pages.hpp"

namespace wattstein::engine {

using kernels::infinity;

namespace {

// solved_inaccurate: within this factor of the tolerance.
constexpr double inaccurate_factor = 100.0;

// Rays are verified to this, whatever the tolerance: with the ray scaled to 1, a feasible point would need ‖x‖₁ > 1e7.
constexpr double ray_tolerance = 1e-7;

}  // namespace

void prepare_result(const Batch& batch, BatchResult& result) {
  const auto problems = static_cast<std::size_t>(batch.problems);
  const double nan = std::nan("");
  result.problems = batch.problems;
  result.variables = batch.variables;
  result.rows = batch.rows;
  result.cone_rows = batch.cone_rows();
  result.status.assign(problems, Status::invalid_data);
  for (auto* values : {&result.objective, &result.bound, &result.primal_residual, &result.dual_residual, &result.gap,
                       &result.primal_relative, &result.dual_relative, &result.relative_residual})
    values->assign(problems, nan);
  result.iterations.assign(problems, 0);
  result.restarts.assign(problems, 0);
  result.method_code.assign(problems, -1);
  kernels::assign_large(result.x, problems * static_cast<std::size_t>(batch.variables), nan);
  kernels::assign_large(result.y, problems * static_cast<std::size_t>(batch.rows), nan);
  kernels::assign_large(result.w, problems * static_cast<std::size_t>(batch.cone_rows()), nan);
  kernels::assign_large(result.d, problems * static_cast<std::size_t>(batch.variables), nan);
}

void settle(const Batch& batch, std::int64_t b, MethodName method, kernels::RawSolution& raw, double tolerance,
            Judge& judge, BatchResult& result, Settled& known) {
  const auto n = static_cast<std::size_t>(batch.variables), m = static_cast<std::size_t>(batch.rows),
             k = static_cast<std::size_t>(batch.cone_rows());
  const auto row = static_cast<std::size_t>(b);
  double *x = raw.x.data() + row * n, *y = raw.y.data() + row * m, *w = raw.w.data() + row * k;
  // The first answer is written where it will stand; a later one may turn out to be worse.
  const bool first = result.status[row] == Status::invalid_data;
  std::vector<double> apart(first ? 0 : n);
  double* d = first ? result.d.data() + row * n : apart.data();
  Settled now;
  Judgement found;
  double residual = 0.0;
  const Status said = raw.status[row];
  if (said == Status::primal_infeasible && judge.primal_ray(b, y, w, d, ray_tolerance, residual)) {
    now = {Status::primal_infeasible, 0.0};
    const double nan = std::nan("");
    found = {infinity, nan, infinity, nan, residual, nan, 0.0, 0.0, 0.0};
  } else if (said == Status::dual_infeasible && judge.dual_ray(b, x, ray_tolerance, residual)) {
    now = {Status::dual_infeasible, 0.0};
    const double nan = std::nan("");
    found = {-infinity, nan, -infinity, residual, nan, nan, 0.0, 0.0, 0.0};
    std::fill(d, d + n, nan);
  } else {
    found = judge.judge(b, x, y, w, d, tolerance);
    const double relative = found.relative();
    now.distance = relative <= tolerance ? 0.0 : relative;
    if (relative <= tolerance) now.status = Status::solved;
    else if (relative <= inaccurate_factor * tolerance) now.status = Status::solved_inaccurate;
    else if (said == Status::iteration_limit || said == Status::time_limit) now.status = said;
  }
  if (!first && !(now.distance < known.distance)) return;
  known = now;
  result.status[row] = now.status;
  result.objective[row] = found.objective;
  result.bound[row] = found.bound;
  result.primal_residual[row] = found.primal_residual;
  result.dual_residual[row] = found.dual_residual;
  result.gap[row] = found.gap;
  result.primal_relative[row] = found.primal_relative;
  result.dual_relative[row] = found.dual_relative;
  result.relative_residual[row] = found.relative();
  result.method_code[row] = static_cast<std::int8_t>(method);
  result.iterations[row] = raw.iterations[row];
  result.restarts[row] = raw.restarts[row];
  std::copy(x, x + n, result.x.data() + row * n);
  std::copy(y, y + m, result.y.data() + row * m);
  std::copy(w, w + k, result.w.data() + row * k);
  if (!first) std::copy(d, d + n, result.d.data() + row * n);
}

}  // namespace wattstein::engine
