#include "engine/uncertainty/recourse_solver.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace wattstein::engine {

namespace {

constexpr std::size_t largest_batch = 4096;  // problems; bounds the memory of one call
// An LP that ends short of the last digits still gives its value and a certified bound to this relative accuracy.
constexpr double usable_residual = 1e-6;

bool usable(Status status, double relative_residual) {
  if (status == Status::solved || status == Status::solved_inaccurate) return true;
  return (status == Status::numerical_error || status == Status::iteration_limit) &&
         relative_residual <= usable_residual;
}

/// l_h + X_h x + W ω and so on, of one request.
void fill(const RecourseRequest& request, kernels::Batch& batch, std::int64_t b) {
  const Recourse& recourse = request.pool->recourse();
  const RecourseHour& hour = recourse.hours[static_cast<std::size_t>(request.hour)];
  double *l = batch.l.of(b), *u = batch.u.of(b), *lb = batch.lb.of(b), *ub = batch.ub.of(b);
  std::copy(hour.l.begin(), hour.l.end(), l);
  std::copy(hour.u.begin(), hour.u.end(), u);
  std::copy(hour.lb.begin(), hour.lb.end(), lb);
  std::copy(hour.ub.begin(), hour.ub.end(), ub);
  std::size_t place = 0;
  for (const int i : request.pool->row_targets()) {
    l[i] += request.shift[place];
    u[i] += request.shift[place];
    ++place;
  }
  for (const int j : request.pool->upper_targets()) ub[j] += request.shift[place++];
  double constant = hour.r;
  for (std::size_t r = 0; r < request.omega.size(); ++r) constant += recourse.w_cost[r] * request.omega[r];
  for (const auto& term : recourse.w_rows) {
    const double move = term.coefficient * request.omega[static_cast<std::size_t>(term.source)];
    l[term.target] += move;
    u[term.target] += move;
  }
  for (const auto& term : recourse.w_upper)
    ub[term.target] += term.coefficient * request.omega[static_cast<std::size_t>(term.source)];
  // A first stage within tolerance can leave b↑ at −1e-9: an empty interval there is meant as a point.
  for (int j = 0; j < batch.variables; ++j)
    if (ub[j] < lb[j]) ub[j] = lb[j];
  *batch.r.of(b) = constant;
}

}  // namespace

kernels::Batch recourse_batch(std::span<const RecourseRequest> requests) {
  const kernels::Batch& first = requests.front().pool->recourse().lp;
  const auto count = static_cast<std::int64_t>(requests.size());
  kernels::Batch batch = first;
  batch.problems = count;
  batch.l = kernels::Field::rows(count, first.rows);
  batch.u = kernels::Field::rows(count, first.rows);
  batch.lb = kernels::Field::rows(count, first.variables);
  batch.ub = kernels::Field::rows(count, first.variables);
  batch.r = kernels::Field::rows(count, 1);
  bool one_matrix = true, one_cost = true;
  const DualPool* previous = nullptr;
  for (const auto& request : requests) {
    if (request.pool == previous) continue;
    previous = request.pool;
    const kernels::Batch& lp = request.pool->recourse().lp;
    one_matrix = one_matrix && lp.A.data == first.A.data;
    one_cost = one_cost && lp.q.data == first.q.data;
  }
  const auto nonzeros = first.A.data.size();
  if (!one_matrix) {
    batch.A.per_problem = true;
    batch.A.data.resize(nonzeros * requests.size());
  }
  if (!one_cost) batch.q = kernels::Field::rows(count, first.variables);
  for (std::int64_t b = 0; b < count; ++b) {
    const RecourseRequest& request = requests[static_cast<std::size_t>(b)];
    const kernels::Batch& lp = request.pool->recourse().lp;
    if (!one_matrix)
      std::copy(lp.A.data.begin(), lp.A.data.end(), batch.A.data.begin() + b * static_cast<std::int64_t>(nonzeros));
    if (!one_cost) std::copy_n(lp.q.of(0), lp.variables, batch.q.of(b));
    fill(request, batch, b);
  }
  return batch;
}

void RecourseSolver::solve(std::span<const RecourseRequest> requests,
                           const std::function<void(const RecourseAnswer&)>& absorb) {
  for (std::size_t begin = 0; begin < requests.size(); begin += largest_batch) {
    const auto part = requests.subspan(begin, std::min(largest_batch, requests.size() - begin));
    const auto start = std::chrono::steady_clock::now();
    const kernels::Batch batch = recourse_batch(part);
    const BatchResult result = solver_.solve(batch);
    statistics_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    statistics_.solved += static_cast<std::int64_t>(part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto b = static_cast<std::int64_t>(i);
      RecourseAnswer answer{begin + i, 0.0, 0.0, {}, {}};
      const bool good = usable(result.status[i], result.relative_residual[i]);
      if (!good) ++statistics_.failed;
      answer.value = good ? result.objective[i] : std::numeric_limits<double>::infinity();
      answer.bound = std::isfinite(result.bound[i]) ? result.bound[i] : -std::numeric_limits<double>::infinity();
      if (good || std::isfinite(result.bound[i])) {
        answer.y = {result.y_of(b), static_cast<std::size_t>(result.rows)};
        answer.z = {result.x_of(b), static_cast<std::size_t>(result.variables)};
      }
      absorb(answer);
    }
  }
}

}  // namespace wattstein::engine
