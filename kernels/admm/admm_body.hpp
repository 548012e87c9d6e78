#pragma once
// Operator splitting on one problem (Real = double) or on W problems side by side (Real = Pack), by any team.
//
// Copies z = K x of the rows and z_b = x of the variables, scaled multipliers u = y/ρ and u_b (signs of OSQP: opposite
// to the canonical form), α = 1.6:
//   [ P + σ + ρ   Kᵀ      ] [x̃]   [ σx - q + ρ(z_b - u_b) ]
//   [ K          -1/ρ_i   ] [ν] = [ z - u                  ]
//   x ← αx̃ + (1-α)x
//   s_b = αx̃ + (1-α)z_b + u_b,          z_b ← Π_[lb,ub](s_b),   u_b ← s_b - z_b
//   s = z + αν/ρ + (1-α)u,              z ← Π(s),               u ← s - z      Π: [l, u], or K - g for cones
// Sources: Stellato et al., OSQP (2020), algorithm 1; SCS for the cones. ρ moves on a ladder: a problem changes rung,
// not factor.

#include "kernels/admm/admm_control.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Team, class Real, bool Shared>
struct AdmmBody {
  static constexpr int lanes = LanesOf<Real>::value;
  static constexpr int slots = lanes > 1 && Shared ? 4 * lanes : 0;  // parked problems, waiting for their rung
  using Mask = typename LanesOf<Real>::Mask;
  using Number = typename Choose<Shared, const double, Real>::Type;

  const Team& team;
  const AdmmJob& job;
  ScaledProblem<Real, Shared> problem;
  LoadScratch scratch;
  Real *x, *z_b, *u_b, *x_step, *slope;               // (n)
  Real *z, *u, *soft, *y_step, *y_hat, *image;        // (rows); soft = 1/ρ_i
  Real* v;                                            // (N) right-hand side and solution by place
  Number *by_column, *by_row, *inverse_pivot;         // the factor in use
  double *own_l, *own_scaled, *own_pivot, *diagonal;  // scratch of an own factor
  signed char* equality;                              // (rows) scratch of an own factor
  double* parked = nullptr;                           // (slots, 3n + 2 rows)
  AdmmControl* parked_control = nullptr;              // (slots)
  Real rho;
  AdmmControl control[lanes];
  int group_key = -1, group_rung = 0;  // shared: what all lanes work with

  WATTSTEIN_BODY AdmmBody(const Team& t, const AdmmJob& j, Arena& arena) : team(t), job(j) {
    problem.pattern = job.pattern;
    const int n = job.pattern.n, rows = job.pattern.rows;
    v = arena.take<Real>(job.factor.size);
    if constexpr (Shared) {
      problem.row_form = job.shared.row_form;
      problem.column_form = job.shared.column_form;
      problem.row_scale = job.shared.row_scale;
      problem.column_scale = job.shared.column_scale;
    }
    z_b = arena.take<Real>(n);
    u_b = arena.take<Real>(n);
    x = arena.take<Real>(n);
    z = arena.take<Real>(rows);
    u = arena.take<Real>(rows);
    soft = arena.take<Real>(rows);
    if constexpr (!Shared) {
      by_column = arena.take<Real>(job.factor.entries);
      inverse_pivot = arena.take<Real>(job.factor.size);
      by_row = nullptr;
    }
    problem.take(arena);
    x_step = arena.take<Real>(n);
    slope = arena.take<Real>(n);
    y_step = arena.take<Real>(rows);
    y_hat = arena.take<Real>(rows);
    image = arena.take<Real>(rows);
    scratch.take(arena, job.pattern, Shared);
    if constexpr (!Shared) {
      own_l = arena.take<double>(job.factor.entries);
      own_scaled = arena.take<double>(job.factor.entries);
      own_pivot = arena.take<double>(job.factor.size);
      diagonal = arena.take<double>(job.factor.size);
      equality = arena.take<signed char>(rows);
    }
    if constexpr (slots > 0) {
      parked = arena.take<double>(static_cast<std::int64_t>(slots) * (3 * n + 2 * rows));
      parked_control = arena.take<AdmmControl>(slots);
    }
  }

  /// Every lane starts as an empty problem, so that lanes without work compute with numbers.
  WATTSTEIN_BODY void clear();

  /// Data of problem b into a lane. False: invalid, and already answered.
  WATTSTEIN_BODY bool load_data(int lane, std::int64_t b);

  /// A new problem: data, start point, first rung.
  WATTSTEIN_BODY bool load(int lane, std::int64_t b);

  /// ρ of the lane's rung: softness of its rows, and its own factor.
  WATTSTEIN_BODY void take_rung(int lane);

  /// Start point: the batch's, where it has one; otherwise x = Π(0), y = 0.
  WATTSTEIN_BODY void start(int lane, std::int64_t b);

  /// One iteration. Measured: also keeps the steps of x and of the multipliers (canonical signs).
  template <bool Measured>
  WATTSTEIN_BODY void iterate() {
    const PatternView& pattern = job.pattern;
    const int* place = job.factor.place;
    const int n = pattern.n;
    const Real alpha = Real(1.6), rest = Real(1.0) - alpha;
    const Real sigma = rho * Real(RhoLadder::sigma);
    team.each(n, [&](int j) { v[place[j]] = sigma * x[j] - problem.q[j] + rho * (z_b[j] - u_b[j]); });
    team.each(pattern.rows, [&](int i) { v[place[n + i]] = z[i] - u[i]; });
    solve_factor<Shared>(team, job.factor, by_column, by_row, inverse_pivot, v);
    team.each(n, [&](int j) {
      const Real step = alpha * v[place[j]];
      const Real next = step + rest * x[j];
      const Real s = step + rest * z_b[j] + u_b[j];
      const Real copy = project_interval(s, problem.lb[j], problem.ub[j]);
      if constexpr (Measured) x_step[j] = next - x[j];
      x[j] = next;
      z_b[j] = copy;
      u_b[j] = s - copy;
    });
    team.each(pattern.rows, [&](int i) {
      const Real old = u[i];
      const Real s = z[i] + alpha * (v[place[n + i]] * soft[i]) + rest * old;
      if constexpr (Measured) y_step[i] = old;
      if (i < pattern.m) {
        const Real copy = project_interval(s, problem.l[i], problem.u[i]);
        z[i] = copy;
        u[i] = s - copy;
      } else {
        z[i] = s + problem.l[i];
        u[i] = s;
      }
    });
    if (pattern.cones > 0)
      team.each(pattern.cones, [&](int c) {
        const int first = pattern.cone_start[c], end = pattern.cone_start[c + 1];
        project_cone(pattern.cone_kind[c], z + first, end - first);
        for (int i = first; i < end; ++i) {
          z[i] = z[i] - problem.l[i];
          u[i] = u[i] - z[i];
        }
      });
    if constexpr (Measured) team.each(pattern.rows, [&](int i) { y_step[i] = (y_step[i] - u[i]) / soft[i]; });
  }

  WATTSTEIN_BODY void window(bool stop) {
    for (int step = 1; step < job.check_period; ++step) iterate<false>();
    iterate<true>();
    check(stop);
  }

  WATTSTEIN_BODY void check(bool stop) {
    const PatternView& pattern = job.pattern;
    team.each(pattern.rows, [&](int i) { y_hat[i] = -(u[i] / soft[i]); });
    Residuals<Real> residuals;
    measure_residuals(team, problem, z_b, y_hat, image, slope, residuals);
    const Mask good = within(residuals, Tolerance{job.absolute, job.relative});

    // Splitting residuals, for ρ: r_p = max(‖x - z_b‖, ‖K z_b - z‖), r_d = ‖P x + q - Kᵀy + ρ u_b‖, each over its
    // largest term. P x, not P z_b: where P is large the distance of the two copies would pass for a dual residual and
    // drive ρ to 0.
    Real columns[4], rows[2];
    team.template maxima<4>(pattern.n, columns, [&](int j, Real(&acc)[4]) {
      const Real px = problem.p ? problem.p[j] * x[j] : Real(0.0);
      const Real y_b = rho * u_b[j];
      acc[0] = max(acc[0], abs(x[j] - z_b[j]));
      acc[1] = max(acc[1], abs(z_b[j]));
      acc[2] = max(acc[2], abs(px + problem.q[j] - slope[j] + y_b));
      acc[3] = max(acc[3], max(max(abs(px), abs(problem.q[j])), max(abs(slope[j]), abs(y_b))));
    });
    team.template maxima<2>(pattern.rows, rows, [&](int i, Real(&acc)[2]) {
      const Real kx = i < pattern.m ? image[i] : image[i] - problem.l[i];
      acc[0] = max(acc[0], abs(kx - z[i]));
      acc[1] = max(acc[1], max(abs(kx), abs(z[i])));
    });

    bool rays_due = false;
    int target[lanes];
    for (int lane = 0; lane < lanes; ++lane) {
      AdmmControl& c = control[lane];
      target[lane] = c.rung;
      if (c.problem < 0) continue;
      c.iterations += job.check_period;
      c.checks += 1;
      const double objective = get_lane(residuals.primal_objective, lane);
      const double moved = get_lane(columns[0], lane) + get_lane(columns[2], lane);
      if (get_lane(good, lane)) {
        finish(lane, Status::solved, z_b, y_hat, 1.0, 1.0);
      } else if (!is_finite(objective) || !is_finite(moved)) {
        finish(lane, Status::numerical_error, nullptr, nullptr, 0.0, 0.0);
      } else {
        rays_due = rays_due || c.rays_due();
        if (c.checks >= c.next_change) {
          const double tiny = 1e-30;
          const double primal = max(get_lane(columns[0], lane), get_lane(rows[0], lane)) /
                                max(max(get_lane(columns[1], lane), get_lane(rows[1], lane)), tiny);
          const double dual = get_lane(columns[2], lane) / max(get_lane(columns[3], lane), tiny);
          target[lane] = next_rung(c.rung, primal, dual);
        }
      }
    }
    if (rays_due) check_rays();
    for (int lane = 0; lane < lanes; ++lane) {
      AdmmControl& c = control[lane];
      if (c.problem < 0) continue;
      if (stop) finish(lane, Status::time_limit, z_b, y_hat, 1.0, 1.0);
      else if (c.iterations >= job.max_iterations) finish(lane, Status::iteration_limit, z_b, y_hat, 1.0, 1.0);
      else if (target[lane] != c.rung) change_rung(lane, target[lane]);
    }
  }

  /// ρ ← ρ √(r_p/r_d), when that is a step of the ladder or more.
  WATTSTEIN_BODY static int next_rung(int rung, double primal, double dual) {
    if (!(primal > 0.0) || !(dual > 0.0)) return rung;
    const double steps = 0.5 * ::log(primal / dual) / ::log(RhoLadder::step);
    if (abs(steps) < 1.0) return rung;
    return nearest_rung(rho_of(rung) * ::exp(steps * ::log(RhoLadder::step)));
  }

  WATTSTEIN_BODY void change_rung(int lane, int rung) {
    AdmmControl& c = control[lane];
    const double ratio = rho_of(c.rung) / rho_of(rung);  // y stays: u = y/ρ
    c.rung = rung;
    c.rho_changed();
    team.each(job.pattern.n, [&](int j) { set_lane(u_b[j], lane, get_lane(u_b[j], lane) * ratio); });
    team.each(job.pattern.rows, [&](int i) { set_lane(u[i], lane, get_lane(u[i], lane) * ratio); });
    if constexpr (slots > 0) park(lane);
    else take_rung(lane);
  }

  /// Difference rays and the iterates themselves as certificates; the same kind must hold in two successive tests.
  WATTSTEIN_BODY void check_rays() {
    RayMeasure<Real> from_difference, from_point, dual_ray;
    measure_primal_ray(team, problem, y_step, slope, from_difference);
    // Lanes that go on need y_hat unchanged when they stop at a limit: the copy is tested.
    team.each(job.pattern.rows, [&](int i) { v[i] = y_hat[i]; });
    measure_primal_ray(team, problem, v, slope, from_point);
    measure_dual_ray(team, problem, x_step, image, dual_ray);
    for (int lane = 0; lane < lanes; ++lane) {
      AdmmControl& c = control[lane];
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
        const double objective = get_lane(difference ? from_difference.objective : from_point.objective, lane);
        finish(lane, Status::primal_infeasible, z_b, difference ? y_step : v, 1.0, 1.0 / objective);
      } else if (c.dual_alarms >= 2) {
        finish(lane, Status::dual_infeasible, x_step, y_hat, 1.0 / get_lane(dual_ray.objective, lane), 1.0);
      }
    }
  }

  /// Writes a lane's answer (x null: zeros) and empties the lane.
  WATTSTEIN_BODY void finish(int lane, Status status, const Real* x_from, const Real* y_from, double x_factor,
                             double y_factor) {
    AdmmControl& c = control[lane];
    const std::int64_t b = c.problem;
    if (x_from) store_point(team, problem, x_from, y_from, x_factor, y_factor, lane, b, job.out);
    else store_zero(team, job.pattern, b, job.out);
    if (team.leader()) {
      job.out.status[b] = static_cast<std::int8_t>(status);
      job.out.iterations[b] = c.iterations;
      job.out.restarts[b] = c.changes;
      if (job.weight) job.weight[b] = rho_of(c.rung);
    }
    c.problem = -1;
    team.finished(job.queue);
  }

  // ---- lanes that share a factor: problems of one rung work side by side, the others wait in slots

  WATTSTEIN_BODY double* slot_state(int slot) {
    return parked + static_cast<std::int64_t>(slot) * (3 * job.pattern.n + 2 * job.pattern.rows);
  }

  WATTSTEIN_BODY void park(int lane);

  WATTSTEIN_BODY void unpark(int slot, int lane);

  /// The shared factor of a key and rung becomes the one in use.
  WATTSTEIN_BODY void take_group(int key, int rung);

  WATTSTEIN_BODY int active_lanes() const;

  /// Fills the free lanes with problems of the current group, parked ones first; new problems of other groups are
  /// parked.
  WATTSTEIN_BODY void fill_group(bool& more);

  /// The group with the most parked problems, when it has more than `than`; -1 otherwise.
  WATTSTEIN_BODY int fullest_slot(int than) const;

  WATTSTEIN_BODY void run_groups();

  // ---- one problem per team, or lanes with factors of their own

  WATTSTEIN_BODY void run_single() {
    bool more = true;
    while (true) {
      for (int lane = 0; lane < lanes; ++lane)
        while (more && control[lane].problem < 0) {
          const std::int64_t b = team.next(job.queue);
          if (b < 0) more = false;
          else load(lane, b);
        }
      if (active_lanes() == 0) break;
      if constexpr (Shared) take_group(control[0].key, control[0].rung);
      window(team.stop(job.queue));
    }
  }

  /// Solves problems from the queue until none is left.
  WATTSTEIN_BODY void run() {
    clear();
    if constexpr (slots > 0) run_groups();
    else run_single();
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels

#include "kernels/admm/admm_groups.hpp"
#include "kernels/admm/admm_load.hpp"
