#pragma once
// How a problem gets into a lane, its factor and its start. Included by admm_body.hpp.

#include "kernels/admm/admm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::clear() {
  const Real zero = Real(0.0), one = Real(1.0);
  team.each(job.pattern.n, [&](int j) {
    x[j] = z_b[j] = u_b[j] = x_step[j] = slope[j] = problem.q[j] = problem.lb[j] = problem.ub[j] = zero;
    if (problem.p) problem.p[j] = zero;
    if constexpr (!Shared) problem.column_scale[j] = one;
  });
  team.each(job.pattern.rows, [&](int i) {
    z[i] = u[i] = y_step[i] = y_hat[i] = image[i] = problem.l[i] = problem.u[i] = zero;
    soft[i] = one;
    if constexpr (!Shared) problem.row_scale[i] = one;
  });
  if constexpr (!Shared) {
    team.each(job.pattern.nnz, [&](int e) { problem.row_form[e] = zero; });
    team.each(job.factor.entries, [&](int e) { by_column[e] = zero; });
    team.each(job.factor.size, [&](int p) { inverse_pivot[p] = one; });
  }
  rho = one;
  for (int lane = 0; lane < lanes; ++lane) control[lane] = AdmmControl{};
  for (int slot = 0; slot < slots; ++slot) parked_control[slot] = AdmmControl{};
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY auto AdmmBody<Team, Real, Shared>::load_data(int lane, std::int64_t b) -> bool {
  double norm = 0.0;
  if (load_problem(team, job.batch, b, admm_scaling(), job.shared, scratch, lane, problem, norm)) return true;
  control[lane].problem = b;
  finish(lane, Status::invalid_data, nullptr, nullptr, 0.0, 0.0);
  return false;
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY auto AdmmBody<Team, Real, Shared>::load(int lane, std::int64_t b) -> bool {
  AdmmControl& c = control[lane];
  c = AdmmControl{};
  if (!load_data(lane, b)) return false;
  c.problem = b;
  c.key = job.key ? job.key[b] : 0;
  // As in OSQP's cost scaling: ρ = 0.1 · max(mean of P̃, ‖q̃‖∞).
  double curvature[1] = {0.0}, cost[1];
  if (problem.p)
    team.template sums<1>(job.pattern.n, curvature,
                          [&](int j, double(&acc)[1]) { acc[0] += get_lane(problem.p[j], lane); });
  team.template maxima<1>(job.pattern.n, cost,
                          [&](int j, double(&acc)[1]) { acc[0] = max(acc[0], abs(get_lane(problem.q[j], lane))); });
  const double size = max(curvature[0] / job.pattern.n, cost[0]);
  c.rung = size > 0.0 ? nearest_rung(RhoLadder::base * size) : 0;
  if (job.spent) c.iterations = job.spent[b];
  if (job.weight && job.weight[b] > 0.0) c.rung = nearest_rung(job.weight[b]);
  take_rung(lane);
  start(lane, b);
  return true;
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::take_rung(int lane) {
  const double value = rho_of(control[lane].rung);
  if constexpr (!Shared || lanes == 1) set_lane(rho, lane, value);
  team.each(job.pattern.rows, [&](int i) {
    const bool fixed = i < job.pattern.m && get_lane(problem.l[i], lane) == get_lane(problem.u[i], lane);
    set_lane(soft[i], lane, 1.0 / (fixed ? value * RhoLadder::equality : value));
    if constexpr (!Shared) equality[i] = fixed ? 1 : 0;
  });
  if constexpr (!Shared) {
    team.each(job.pattern.nnz, [&](int k) { scratch.values[k] = get_lane(problem.row_form[k], lane); });
    if (problem.p) team.each(job.pattern.n, [&](int j) { scratch.p[j] = get_lane(problem.p[j], lane); });
    kkt_diagonal(team, job.pattern, job.factor, problem.p ? scratch.p : nullptr, equality, value, diagonal);
    factorise(team, job.factor, scratch.values, diagonal, own_l, own_scaled, own_pivot);
    team.each(job.factor.entries, [&](int e) { set_lane(by_column[e], lane, own_l[e]); });
    team.each(job.factor.size, [&](int p) { set_lane(inverse_pivot[p], lane, own_pivot[p]); });
  }
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::start(int lane, std::int64_t b) {
  const PatternView& pattern = job.pattern;
  const FieldView &from_x = job.batch.start_x, &from_y = job.batch.start_y, &from_w = job.batch.start_w;
  const bool warm_x = job.warm_start && from_x.data, warm_y = job.warm_start && (from_y.data || from_w.data);
  team.each(pattern.n, [&](int j) {
    double at = warm_x ? from_x.at(b, j) : 0.0;
    at = is_finite(at) ? at / get_lane(problem.column_scale[j], lane) : 0.0;
    at = project_interval(at, get_lane(problem.lb[j], lane), get_lane(problem.ub[j], lane));
    set_lane(x[j], lane, at);
    set_lane(z_b[j], lane, at);
    set_lane(u_b[j], lane, 0.0);
  });
  team.each(pattern.rows, [&](int i) {
    double at = 0.0;
    if (warm_y && i < pattern.m && from_y.data) at = from_y.at(b, i);
    if (warm_y && i >= pattern.m && from_w.data) at = from_w.at(b, i - pattern.m);
    at = is_finite(at) ? at / get_lane(problem.row_scale[i], lane) : 0.0;
    set_lane(y_hat[i], lane, at);
    set_lane(u[i], lane, -at * get_lane(soft[i], lane));
    set_lane(z[i], lane, 0.0);
  });
  if (!warm_x && !warm_y) return;
  problem.multiply(team, z_b, [&](int i, Real s) { image[i] = s; });
  problem.multiply_transposed(team, y_hat, [&](int j, Real s) { slope[j] = s; });
  team.each(pattern.rows, [&](int i) {
    const double at = get_lane(image[i], lane);
    set_lane(z[i], lane,
             i < pattern.m ? project_interval(at, get_lane(problem.l[i], lane), get_lane(problem.u[i], lane)) : at);
  });
  if (warm_y)
    team.each(pattern.n, [&](int j) {
      const double px = problem.p ? get_lane(problem.p[j], lane) * get_lane(z_b[j], lane) : 0.0;
      const double d = px + get_lane(problem.q[j], lane) - get_lane(slope[j], lane);
      set_lane(u_b[j], lane, -d / rho_of(control[lane].rung));
    });
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
