#include "kernels/ipm/ipm_call.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::kernels {

IpmCall::IpmCall(const IpmPlan& p, const Batch& b, const MethodSettings& s, RawSolution& o)
    : plan(p), batch(b), settings(s), out(o), shared_matrix(!b.A.varies() && !b.P.varies() && !b.G.varies()) {
  using clock = std::chrono::steady_clock;
  if (settings.time_limit_seconds > 0.0)
    deadline = clock::now() +
               std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(settings.time_limit_seconds));
  // Numbers with a few replaced are scaled by those that they replace: finding scales costs as much as two iterations.
  if (!batch.A.per_problem && !batch.G.per_problem)
    shared_scales = find_scales(plan, batch.A.data.data(), batch.G.data.data());
  if (shared_matrix) {
    shared_constant.resize(static_cast<std::size_t>(plan.view.constant_count));
    scale_values(plan, batch.A.data.data(), batch.P.data.data(), batch.G.data.data(), *shared_scales,
                 shared_constant.data());
  }
}

bool IpmCall::stopped() const {
  if (settings.stop && settings.stop->load(std::memory_order_relaxed)) return true;
  return settings.time_limit_seconds > 0.0 && std::chrono::steady_clock::now() >= deadline;
}

IpmWorker::IpmWorker(const IpmCall& call, int lanes) : call_(call) {
  const auto count = [&](std::int64_t width) {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(lanes);
  };
  if (!call.shared_matrix) {
    constant_.resize(count(call.plan.view.constant_count));
    a_.resize(call.batch.A.pattern.indices.size());
    p_.resize(call.batch.P.pattern.indices.size());
    gm_.resize(call.batch.G.pattern.indices.size());
  }
  g_.resize(count(call.plan.k));
  start_w_.resize(count(call.plan.k));
}

void IpmWorker::load(std::int64_t b, int lane, IpmProblem& problem) {
  const Batch& batch = call_.batch;
  problem.index = b;
  if (call_.shared_matrix) {
    problem.constant = call_.shared_constant.data();
  } else {
    double* values = constant_.data() + static_cast<std::ptrdiff_t>(lane) * call_.plan.view.constant_count;
    batch.A.values_of(b, a_.data());
    batch.P.values_of(b, p_.data());
    batch.G.values_of(b, gm_.data());
    if (!call_.shared_scales) own_scales_ = find_scales(call_.plan, a_.data(), gm_.data());
    scale_values(call_.plan, a_.data(), p_.data(), gm_.data(), call_.shared_scales ? *call_.shared_scales : own_scales_,
                 values);
    problem.constant = values;
  }
  problem.q = batch.q.of(b);
  problem.r = batch.r.of(b);
  problem.l = batch.l.of(b);
  problem.u = batch.u.of(b);
  problem.lb = batch.lb.of(b);
  problem.ub = batch.ub.of(b);
  double* mapped = g_.data() + static_cast<std::ptrdiff_t>(lane) * call_.plan.k;
  if (call_.plan.k > 0) {
    std::copy_n(batch.g.of(b), call_.plan.k, mapped);
    map_rotated(call_.plan.cones, mapped);
  }
  problem.g = mapped;
  problem.start_x = problem.start_y = problem.start_w = nullptr;
  if (call_.settings.warm_start) {
    // An entry that is not finite: no start for that problem.
    const auto given = [b](const Field& field) {
      if (field.empty()) return false;
      return std::all_of(field.of(b), field.of(b) + field.width, [](double value) { return std::isfinite(value); });
    };
    if (given(batch.start_x)) problem.start_x = batch.start_x.of(b);
    if (given(batch.start_y)) problem.start_y = batch.start_y.of(b);
    if (call_.plan.k > 0 && given(batch.start_w)) {
      double* w = start_w_.data() + static_cast<std::ptrdiff_t>(lane) * call_.plan.k;
      std::copy_n(batch.start_w.of(b), call_.plan.k, w);
      map_rotated(call_.plan.cones, w);
      problem.start_w = w;
    }
  }
  problem.cost_scale = cost_scale(call_.plan, problem.constant, problem.q);
}

void IpmWorker::finish(std::int64_t b, Status status, int iterations) const {
  if (call_.plan.k > 0) map_rotated(call_.plan.cones, w(b));
  if (status == Status::primal_infeasible) scale_primal_ray(b);
  if (status == Status::dual_infeasible) scale_dual_ray(b);
  call_.out.status[static_cast<std::size_t>(b)] = status;
  call_.out.iterations[static_cast<std::size_t>(b)] = iterations;
  call_.out.restarts[static_cast<std::size_t>(b)] = 0;
}

void IpmWorker::never_begun(std::int64_t b) const {
  const double *lb = call_.batch.lb.of(b), *ub = call_.batch.ub.of(b);
  for (int j = 0; j < call_.plan.n; ++j) x(b)[j] = std::min(std::max(0.0, lb[j]), ub[j]);
  std::fill_n(y(b), call_.plan.m, 0.0);
  std::fill_n(w(b), call_.plan.k, 0.0);
  call_.out.status[static_cast<std::size_t>(b)] = Status::time_limit;
  call_.out.iterations[static_cast<std::size_t>(b)] = 0;
  call_.out.restarts[static_cast<std::size_t>(b)] = 0;
}

// Ray objective Σ(y⁺l − y⁻u) − wᵀg + Σ_j min_{lb ≤ x ≤ ub}(−Aᵀy − Gᵀw)_j x_j becomes 1.
void IpmWorker::scale_primal_ray(std::int64_t b) const {
  const Batch& batch = call_.batch;
  std::vector<double> values(batch.A.pattern.indices.size()), d(static_cast<std::size_t>(batch.variables), 0.0);
  double sum = 0.0;
  const auto subtract_transposed = [&](const Matrix& matrix, const double* multiplier) {
    values.resize(matrix.pattern.indices.size());
    matrix.values_of(b, values.data());
    for (int i = 0; i < matrix.pattern.rows; ++i)
      for (int e = matrix.pattern.indptr[static_cast<std::size_t>(i)];
           e < matrix.pattern.indptr[static_cast<std::size_t>(i) + 1]; ++e)
        d[static_cast<std::size_t>(matrix.pattern.indices[static_cast<std::size_t>(e)])] -=
            values[static_cast<std::size_t>(e)] * multiplier[i];
  };
  subtract_transposed(batch.A, y(b));
  subtract_transposed(batch.G, w(b));
  for (int i = 0; i < batch.rows; ++i) {
    const double yi = y(b)[i];
    if (yi > 0.0) sum += yi * batch.l.of(b)[i];
    if (yi < 0.0) sum += yi * batch.u.of(b)[i];
  }
  for (int i = 0; i < call_.plan.k; ++i) sum -= w(b)[i] * batch.g.of(b)[i];
  for (int j = 0; j < batch.variables; ++j) {
    const double dj = d[static_cast<std::size_t>(j)], bound = dj > 0.0 ? batch.lb.of(b)[j] : batch.ub.of(b)[j];
    if (dj != 0.0 && std::isfinite(bound)) sum += dj * bound;
  }
  if (!(sum > 0.0)) return;
  for (int i = 0; i < batch.rows; ++i) y(b)[i] /= sum;
  for (int i = 0; i < call_.plan.k; ++i) w(b)[i] /= sum;
}

// x becomes a recession direction with qᵀx = −1; components that a finite bound forbids are zero.
void IpmWorker::scale_dual_ray(std::int64_t b) const {
  const Batch& batch = call_.batch;
  double slope = 0.0;
  for (int j = 0; j < batch.variables; ++j) {
    double& xj = x(b)[j];
    if ((xj < 0.0 && std::isfinite(batch.lb.of(b)[j])) || (xj > 0.0 && std::isfinite(batch.ub.of(b)[j]))) xj = 0.0;
    slope += batch.q.of(b)[j] * xj;
  }
  if (!(slope < 0.0)) return;
  for (int j = 0; j < batch.variables; ++j) x(b)[j] /= -slope;
}

}  // namespace wattstein::kernels
