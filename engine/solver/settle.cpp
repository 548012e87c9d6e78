#include "engine/solver/settle.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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
  result.x.clear(), result.y.clear(), result.w.clear();
  kernels::assign_large(result.d, problems * static_cast<std::size_t>(batch.variables), nan);
}

bool settle(const Batch& batch, std::int64_t b, MethodName method, kernels::RawSolution& raw, double tolerance,
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
    now.status = Status::primal_infeasible, now.distance = 0.0;
    const double nan = std::nan("");
    found = {infinity, nan, infinity, nan, residual, nan, 0.0, 0.0, 0.0};
  } else if (said == Status::dual_infeasible && judge.dual_ray(b, x, ray_tolerance, residual)) {
    now.status = Status::dual_infeasible, now.distance = 0.0;
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
  if (!first && !(now.distance < known.distance)) return false;
  known.status = now.status, known.distance = now.distance;
  known.point.clear();
  if (!known.done()) {
    known.point.reserve(n + m + k);
    known.point.assign(x, x + n);
    known.point.insert(known.point.end(), y, y + m);
    known.point.insert(known.point.end(), w, w + k);
  }
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
  if (!first) std::copy(d, d + n, result.d.data() + row * n);
  return true;
}

void hand_over(const Batch& batch, const std::vector<Settled>& known, kernels::RawSolution& raw, BatchResult& result) {
  const auto n = static_cast<std::size_t>(batch.variables), m = static_cast<std::size_t>(batch.rows),
             k = static_cast<std::size_t>(batch.cone_rows());
  for (std::size_t row = 0; row < known.size(); ++row) {
    if (known[row].done()) continue;
    double *x = raw.x.data() + row * n, *y = raw.y.data() + row * m, *w = raw.w.data() + row * k;
    if (const auto& point = known[row].point; !point.empty()) {
      std::copy_n(point.data(), n, x);
      std::copy_n(point.data() + n, m, y);
      std::copy_n(point.data() + n + m, k, w);
    } else {
      const double nan = std::nan("");
      std::fill_n(x, n, nan), std::fill_n(y, m, nan), std::fill_n(w, k, nan);
    }
  }
  result.x = std::move(raw.x), result.y = std::move(raw.y), result.w = std::move(raw.w);
}

}  // namespace wattstein::engine
