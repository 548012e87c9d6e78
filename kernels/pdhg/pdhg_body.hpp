#pragma once
// Reflected, restarted Halpern PDHG on one problem (Real = double) or on W problems side by side (Real = Pack), by any
// team.
//
// z = (x, y), anchor z⁰, k iterations since the last restart, τ = η/ω, σ = ηω, η = 0.998/‖K̃‖₂:
//   x̂ = Π_[lb,ub]((x - τ(q - Kᵀy)) / (1 + τp)),   x̄ = 2x̂ - x
//   rows:  ŷ = y - σ K x̄ + σ Π_[l,u](K x̄ - y/σ)     cones:  ŷ = Π_K*(y - σ(K x̄ + g))
//   z ← (k+1)/(k+2) · (2ẑ - z) + z⁰/(k+2)
// Every `check_period` iterations the residuals of ẑ are judged on the unscaled data, and restart and weight are
// decided; fixed-point error  r = √(ω‖Δx‖² + ‖Δy‖²/ω + 2η⟨KᵀΔy, Δx⟩),  Δ = (2ẑ - z) - z. Sources: Lu and Yang 2024
// (arXiv 2407.16144), cuPDLPx (arXiv 2507.14051).

#include "kernels/math/norms.hpp"
#include "kernels/pdhg/pdhg_control.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Team, class Real, bool Shared>
struct PdhgBody {
  static constexpr int lanes = LanesOf<Real>::value;
  using Mask = typename LanesOf<Real>::Mask;

  const Team& team;
  const PdhgJob& job;
  ScaledProblem<Real, Shared> problem;
  LoadScratch scratch;
  Real *x, *x_anchor, *x_bar, *x_hat, *slope;               // (n)
  Real *y, *y_anchor, *y_hat, *y_step, *image_bar, *image;  // (rows); y_step = ŷ - y, image_bar = K x̄
  Real tau, sigma, eta, omega, k;                           // k: iterations since the restart
  PdhgControl control[lanes];
  double unit_b[lanes], unit_c[lanes];  // 1/θ_b, 1/θ_c

  WATTSTEIN_BODY PdhgBody(const Team& t, const PdhgJob& j, Arena& arena) : team(t), job(j) {
    problem.pattern = job.pattern;
    const int n = job.pattern.n, rows = job.pattern.rows;
    if constexpr (Shared) {
      problem.row_form = job.shared.row_form;
      problem.column_form = job.shared.column_form;
      problem.row_scale = job.shared.row_scale;
      problem.column_scale = job.shared.column_scale;
    }
    // Read in every iteration first: they get the fast store.
    x_bar = arena.take<Real>(n);
    y = arena.take<Real>(rows);
    x = arena.take<Real>(n);
    x_anchor = arena.take<Real>(n);
    y_anchor = arena.take<Real>(rows);
    y_hat = arena.take<Real>(rows);
    problem.take(arena);
    x_hat = arena.take<Real>(n);
    y_step = arena.take<Real>(rows);
    image_bar = arena.take<Real>(rows);
    image = arena.take<Real>(rows);
    slope = arena.take<Real>(n);
    scratch.take(arena, job.pattern, Shared);
  }

  /// Every lane starts as an empty problem, so that lanes without work compute with numbers.
  WATTSTEIN_BODY void clear() {
    const int n = job.pattern.n, rows = job.pattern.rows;
    const Real zero = Real(0.0);
    team.each(n, [&](int j) {
      x[j] = x_anchor[j] = x_bar[j] = x_hat[j] = slope[j] = problem.q[j] = problem.lb[j] = problem.ub[j] = zero;
      if (problem.p) problem.p[j] = zero;
      if constexpr (!Shared) problem.column_scale[j] = Real(1.0);
    });
    team.each(rows, [&](int i) {
      y[i] = y_anchor[i] = y_hat[i] = y_step[i] = image_bar[i] = image[i] = problem.l[i] = problem.u[i] = zero;
      if constexpr (!Shared) problem.row_scale[i] = Real(1.0);
    });
    if constexpr (!Shared) team.each(job.pattern.nnz, [&](int e) { problem.row_form[e] = zero; });
    tau = sigma = eta = omega = Real(1.0);
    k = zero;
    for (int lane = 0; lane < lanes; ++lane) control[lane].problem = -1;
  }

  /// Puts problem b into a lane. False: its data are invalid and it is already answered.
  WATTSTEIN_BODY bool load(int lane, std::int64_t b) {
    double norm = 0.0;
    PdhgControl& c = control[lane];
    c = PdhgControl{};
    if (!load_problem(team, job.batch, b, pdhg_scaling(), job.shared, scratch, lane, problem, norm)) {
      c.problem = b;
      finish(lane, Status::invalid_data, nullptr, nullptr, 0.0, 0.0);
      return false;
    }
    c.problem = b;
    c.eta = norm > 0.0 ? 0.998 / norm : 1.0;
    if (job.spent) c.iterations = job.spent[b];
    if (job.weight && job.weight[b] > 0.0) c.omega = c.best_omega = job.weight[b];
    unit_b[lane] = 1.0 / get_lane(problem.theta_b, lane);
    unit_c[lane] = 1.0 / get_lane(problem.theta_c, lane);
    start(lane, b);
    set_step(lane);
    set_lane(k, lane, 0.0);
    return true;
  }

  /// Start point: the batch's, where it has one; otherwise x = Π(0), y = 0.
  WATTSTEIN_BODY void start(int lane, std::int64_t b) {
    const PatternView& pattern = job.pattern;
    const bool warm = job.warm_start;
    const double tb = get_lane(problem.theta_b, lane), tc = get_lane(problem.theta_c, lane);
    team.each(pattern.n, [&](int j) {
      double v = warm && job.batch.start_x.data ? job.batch.start_x.at(b, j) : 0.0;
      v = is_finite(v) ? v * tb / get_lane(problem.column_scale[j], lane) : 0.0;
      v = project_interval(v, get_lane(problem.lb[j], lane), get_lane(problem.ub[j], lane));
      set_lane(x[j], lane, v);
      set_lane(x_anchor[j], lane, v);
    });
    team.each(pattern.rows, [&](int i) {
      double v = 0.0;
      if (warm && i < pattern.m && job.batch.start_y.data) v = job.batch.start_y.at(b, i);
      if (warm && i >= pattern.m && job.batch.start_w.data) v = job.batch.start_w.at(b, i - pattern.m);
      v = is_finite(v) ? v * tc / get_lane(problem.row_scale[i], lane) : 0.0;
      set_lane(y[i], lane, v);
      set_lane(y_anchor[i], lane, v);
    });
  }

  WATTSTEIN_BODY void set_step(int lane) {
    const PdhgControl& c = control[lane];
    set_lane(eta, lane, c.eta);
    set_lane(omega, lane, c.omega);
    set_lane(tau, lane, c.eta / c.omega);
    set_lane(sigma, lane, c.eta * c.omega);
  }

  /// One iteration. Measured: also keeps x̂, ŷ, ŷ - y and K x̄.
  template <bool Measured>
  WATTSTEIN_BODY void iterate() {
    const PatternView& pattern = job.pattern;
    const Real two = Real(2.0);
    const Real anchor_weight = Real(1.0) / (k + two);
    const Real point_weight = (k + Real(1.0)) * anchor_weight;
    const Real inverse_sigma = Real(1.0) / sigma;
    problem.multiply_transposed(team, y, [&](int j, Real s) {
      const Real at = x[j];
      Real v = at - tau * (problem.q[j] - s);
      if (problem.p) v = v / (Real(1.0) + tau * problem.p[j]);
      const Real hat = project_interval(v, problem.lb[j], problem.ub[j]);
      const Real bar = two * hat - at;
      x_bar[j] = bar;
      if constexpr (Measured) x_hat[j] = hat;
      x[j] = point_weight * bar + anchor_weight * x_anchor[j];
    });
    problem.multiply(team, x_bar, [&](int i, Real s) {
      const Real at = y[i];
      if constexpr (Measured) image_bar[i] = s;
      if (i < pattern.m) {
        const Real v = s - at * inverse_sigma;
        const Real hat = sigma * (project_interval(v, problem.l[i], problem.u[i]) - v);
        if constexpr (Measured) {
          y_hat[i] = hat;
          y_step[i] = hat - at;
        }
        y[i] = point_weight * (two * hat - at) + anchor_weight * y_anchor[i];
      } else {
        y_hat[i] = at - sigma * (s + problem.l[i]);
      }
    });
    if (pattern.cones > 0)
      team.each(pattern.cones, [&](int c) {
        const int first = pattern.cone_start[c], end = pattern.cone_start[c + 1];
        project_cone(pattern.cone_kind[c], y_hat + first, end - first);
        for (int i = first; i < end; ++i) {
          const Real at = y[i];
          if constexpr (Measured) y_step[i] = y_hat[i] - at;
          y[i] = point_weight * (two * y_hat[i] - at) + anchor_weight * y_anchor[i];
        }
      });
    k += Real(1.0);
  }

  /// r² of the last measured iteration, given image = K x̂ (cones: + g̃).
  WATTSTEIN_BODY Real fixed_point_error() {
    Real dx[1], dy[2];
    team.template sums<1>(job.pattern.n, dx, [&](int j, Real(&acc)[1]) {
      const Real d = x_bar[j] - x_hat[j];  // x̂ - x
      acc[0] += d * d;
    });
    team.template sums<2>(job.pattern.rows, dy, [&](int i, Real(&acc)[2]) {
      const Real image_hat = i < job.pattern.m ? image[i] : image[i] - problem.l[i];
      acc[0] += y_step[i] * y_step[i];
      acc[1] += y_step[i] * (image_bar[i] - image_hat);  // ⟨Δy, K Δx⟩
    });
    const Real square = omega * dx[0] + dy[0] / omega + Real(2.0) * eta * dy[1];
    return Real(2.0) * sqrt(max(square, Real(0.0)));
  }

  /// The first iteration after a check: its fixed-point error is r⁰ of the lanes that have just restarted.
  WATTSTEIN_BODY void first_iteration() {
    iterate<true>();
    problem.multiply(team, x_hat, [&](int i, Real s) { image[i] = i < job.pattern.m ? s : s + problem.l[i]; });
    const Real error = fixed_point_error();
    for (int lane = 0; lane < lanes; ++lane)
      if (control[lane].restarted) {
        control[lane].restarted = false;
        control[lane].first_error = control[lane].last_error = get_lane(error, lane);
      }
  }

  /// One window: check_period iterations, then the check. Returns with finished lanes stored and emptied.
  WATTSTEIN_BODY void window(bool stop) {
    first_iteration();
    for (int step = 2; step < job.check_period; ++step) iterate<false>();
    iterate<true>();
    check(stop);
  }

  WATTSTEIN_BODY void check(bool stop) {
    Residuals<Real> residuals;
    measure_residuals(team, problem, x_hat, y_hat, image, slope, residuals);
    const Real error = fixed_point_error();
    const Tolerance tolerance{job.absolute, job.relative};
    const Mask good = within(residuals, tolerance);

    // Restart distances from the anchors, for the weight.
    Real dx[1], dy[1];
    team.template sums<1>(job.pattern.n, dx, [&](int j, Real(&acc)[1]) {
      const Real d = x_hat[j] - x_anchor[j];
      acc[0] += d * d;
    });
    team.template sums<1>(job.pattern.rows, dy, [&](int i, Real(&acc)[1]) {
      const Real d = y_hat[i] - y_anchor[i];
      acc[0] += d * d;
    });

    bool restart[lanes];
    bool any_restart = false, rays_due = false;
    for (int lane = 0; lane < lanes; ++lane) {
      PdhgControl& c = control[lane];
      restart[lane] = false;
      if (c.problem < 0) continue;
      c.iterations += job.check_period;
      c.checks += 1;
      const double primal = get_lane(residuals.primal, lane) /
                            (tolerance.absolute + tolerance.relative * get_lane(residuals.primal_scale, lane));
      const double dual = get_lane(residuals.dual, lane) /
                          (tolerance.absolute + tolerance.relative * get_lane(residuals.dual_scale, lane));
      const double objective = get_lane(residuals.primal_objective, lane);
      if (get_lane(good, lane)) {
        finish(lane, Status::solved, x_hat, y_hat, unit_b[lane], unit_c[lane]);
      } else if (!is_finite(get_lane(error, lane)) || !is_finite(objective)) {
        finish(lane, Status::numerical_error, nullptr, nullptr, 0.0, 0.0);
      } else {
        rays_due = rays_due || c.rays_due();
        restart[lane] = pdhg_decide_restart(c, job.check_period, get_lane(error, lane), ::sqrt(get_lane(dx[0], lane)),
                                            ::sqrt(get_lane(dy[0], lane)), primal, dual);
        any_restart = any_restart || restart[lane];
      }
    }
    if (rays_due) check_rays();
    for (int lane = 0; lane < lanes; ++lane) {
      const PdhgControl& c = control[lane];
      if (c.problem < 0) continue;
      if (stop) finish(lane, Status::time_limit, x_hat, y_hat, unit_b[lane], unit_c[lane]);
      else if (c.iterations >= job.max_iterations)
        finish(lane, Status::iteration_limit, x_hat, y_hat, unit_b[lane], unit_c[lane]);
    }
    if (any_restart) restart_lanes(restart);
  }

  /// z = z⁰ = ẑ in the lanes that restart; the others keep theirs.
  WATTSTEIN_BODY void restart_lanes(const bool* restart) {
    Mask mask = Real(0.0) > Real(1.0);
    for (int lane = 0; lane < lanes; ++lane)
      if (restart[lane] && control[lane].problem >= 0) {
        set_lane(mask, lane, true);
        set_step(lane);
      }
    team.each(job.pattern.n, [&](int j) {
      x[j] = select(mask, x_hat[j], x[j]);
      x_anchor[j] = select(mask, x_hat[j], x_anchor[j]);
    });
    team.each(job.pattern.rows, [&](int i) {
      y[i] = select(mask, y_hat[i], y[i]);
      y_anchor[i] = select(mask, y_hat[i], y_anchor[i]);
    });
    k = select(mask, Real(0.0), k);
  }

  /// Difference rays and the iterates themselves as certificates; the same kind must hold in two successive tests.
  /// Overwrites y_step and x_bar, which the next iteration computes anew.
  WATTSTEIN_BODY void check_rays() {
    RayMeasure<Real> from_difference, from_point, dual_ray;
    const int n = job.pattern.n, rows = job.pattern.rows;
    team.each(n, [&](int j) { x_bar[j] = x_bar[j] - x_hat[j]; });
    measure_primal_ray(team, problem, y_step, slope, from_difference);
    team.each(rows, [&](int i) { image_bar[i] = y_hat[i]; });
    measure_primal_ray(team, problem, image_bar, slope, from_point);
    measure_dual_ray(team, problem, x_bar, image, dual_ray);
    for (int lane = 0; lane < lanes; ++lane) {
      PdhgControl& c = control[lane];
      if (c.problem < 0 || !c.rays_due()) continue;
      const bool difference =
          certifies(get_lane(from_difference.objective, lane), get_lane(from_difference.residual, lane),
                    get_lane(from_difference.terms, lane));
      const bool point = certifies(get_lane(from_point.objective, lane), get_lane(from_point.residual, lane),
                                   get_lane(from_point.terms, lane));
      const bool unbounded = certifies(get_lane(dual_ray.objective, lane), get_lane(dual_ray.residual, lane),
                                       get_lane(dual_ray.terms, lane));
      c.primal_alarms = difference || point ? c.primal_alarms + 1 : 0;
      c.dual_alarms = unbounded ? c.dual_alarms + 1 : 0;
      if (c.primal_alarms >= 2) {
        // Scaled so that the ray objective is 1; x is the last iterate.
        const double objective = get_lane(difference ? from_difference.objective : from_point.objective, lane);
        finish(lane, Status::primal_infeasible, x_hat, difference ? y_step : image_bar, unit_b[lane],
               unit_c[lane] / objective);
      } else if (c.dual_alarms >= 2) {
        // Scaled so that qᵀx = -1.
        finish(lane, Status::dual_infeasible, x_bar, y_hat, unit_b[lane] / get_lane(dual_ray.objective, lane),
               unit_c[lane]);
      }
    }
  }

  /// Writes a lane's answer (x null: zeros) and empties the lane.
  WATTSTEIN_BODY void finish(int lane, Status status, const Real* x_from, const Real* y_from, double x_factor,
                             double y_factor) {
    PdhgControl& c = control[lane];
    const std::int64_t b = c.problem;
    if (x_from) store_point(team, problem, x_from, y_from, x_factor, y_factor, lane, b, job.out);
    else store_zero(team, job.pattern, b, job.out);
    if (team.leader()) {
      job.out.status[b] = static_cast<std::int8_t>(status);
      job.out.iterations[b] = c.iterations;
      job.out.restarts[b] = c.restarts;
      if (job.weight) job.weight[b] = c.omega;
    }
    c.problem = -1;
    team.finished(job.queue);
  }

  /// Solves problems from the queue until none is left.
  WATTSTEIN_BODY void run() {
    clear();
    bool more = true;
    while (true) {
      int active = 0;
      for (int lane = 0; lane < lanes; ++lane) {
        while (more && control[lane].problem < 0) {
          const std::int64_t b = team.next(job.queue);
          if (b < 0) more = false;
          else load(lane, b);
        }
        active += control[lane].problem >= 0 ? 1 : 0;
      }
      if (active == 0) break;
      window(team.stop(job.queue));
    }
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
