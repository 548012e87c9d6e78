#pragma once
// The loop of one worker: keeps the lanes filled, decides per lane when a problem is finished.

#include "kernels/ipm/ipm_body.hpp"
#include "kernels/ipm/ipm_least_squares.hpp"
#include "kernels/ipm/ipm_rays.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// A lane that has been loaded: its iterate or residuals are still to come, or just came. empty: the source begins no
/// more problems before the others have taken theirs.
enum class IpmFresh : int { no, waits, came, empty };

/// What the loop remembers of the problem in a lane.
struct IpmLane {
  IpmProblem problem;
  bool active, starting;  // starting: the least-squares start is still to come
  int iterations, stalled, primal_rays, dual_rays;
  double best, best_primal, best_mu;  // least merit, primal residual, complementarity so far
  double last_primal;                 // primal residual over its tolerance, one iteration ago
  bool refine;                        // the last step missed what it promised: refine the linear systems
  bool suspect;                       // may have no feasible point: look for a ray
  bool begun;                         // its first iterations were the source's
  int unhelped;                       // careful: iterations in a row in which no regularisation gave a good direction
  IpmFresh fresh;
};

enum : int { ipm_go_on = -1 };

/// Problems come from the task itself.
struct IpmNoSource {
  static constexpr bool rough = false;
};

/// Task offers what IpmTask does: next, target, finish, stopped and the settings. Source: what is done with a problem
/// before it comes here (ipm_rough.hpp).
template <class Space, class Values, class Task, class Source = IpmNoSource>
struct IpmDriver {
  using Body = IpmBody<Space, Values>;
  using LeastSquares = IpmLeastSquares<Space, Values>;
  using Real = typename Space::Real;
  using Mask = typename Body::Mask;
  static constexpr int lanes = LanesOf<Real>::value;
  static constexpr int split_stall = 6;  // iterations without a gain after which d is split by the multipliers
  static constexpr int most_unhelped = 3;

  const Task& task;
  Body& body;
  Source& source;

  WATTSTEIN_HD bool careful() const { return body.careful(); }
  IpmLane lane_[lanes];

  WATTSTEIN_HD bool anyone_waits() const {
    for (const IpmLane& lane : lane_)
      if (lane.fresh == IpmFresh::waits) return true;
    return false;
  }

  /// Takes over the iterates of the problems that the source has begun, and forms the residuals of all lanes: the same
  /// bits where they stand already. Some are solved so.
  WATTSTEIN_HD void resume() {
    if constexpr (Source::rough) {
      while (anyone_waits()) {
        source.hand_over(body);
        for (IpmLane& lane : lane_)
          if (lane.fresh == IpmFresh::waits) lane.fresh = IpmFresh::came;
        const IpmMeasure<Real> measure = body.residuals();
        for (int i = 0; i < lanes; ++i) {
          if (lane_[i].fresh != IpmFresh::came) continue;
          lane_[i].fresh = IpmFresh::no;
          if (lane_[i].begun && judge(i, measure, false, 1.0) == 0) {
            finish(i, 0);
            load(i);
          }
          lane_[i].suspect = false;
        }
        for (int i = 0; i < lanes; ++i)
          if (lane_[i].fresh == IpmFresh::empty) load(i);
      }
    }
  }

  WATTSTEIN_HD_CALL void load(int i) {
    IpmLane& lane = lane_[i];
    lane.iterations = 0;
    lane.begun = false;
    if constexpr (Source::rough) {
      lane.active = false;
      lane.fresh = IpmFresh::empty;
      if (source.empty() && anyone_waits()) return;
      if (source.empty()) source.refill();
      lane.active = source.take(i, lane.problem, lane.iterations, lane.begun);
      lane.fresh = lane.active ? IpmFresh::waits : IpmFresh::no;
    } else {
      lane.active = task.next(task.context, i, &lane.problem) != 0;
    }
    forget(lane);
    if (!lane.active) return;
    spread(body.a, lane.problem.constant, body.f.constant_count, i);
    if (lane.begun) return;  // its iterate comes with those of the others: resume
    begin(i);
  }

  WATTSTEIN_HD bool anyone_active() const {
    for (const IpmLane& lane : lane_)
      if (lane.active) return true;
    return false;
  }

  WATTSTEIN_HD void forget(IpmLane& lane) {
    lane.stalled = lane.primal_rays = lane.dual_rays = lane.unhelped = 0;
    lane.best = lane.best_primal = lane.best_mu = lane.last_primal = 1e300;
    lane.refine = lane.starting = lane.suspect = false;
  }

  WATTSTEIN_HD_CALL void begin(int i) {
    IpmLane& lane = lane_[i];
    IpmLoader<Space, Values>::load(body, lane.problem, i);
    lane.starting = careful();
    if constexpr (Space::careful)
      if (lane.starting) LeastSquares::prepare(body, i);
  }

  WATTSTEIN_HD_CALL void write_out(int i) {
    double *x, *y, *w;
    task.target(task.context, lane_[i].problem.index, &x, &y, &w);
    IpmLoader<Space, Values>::store(body, lane_[i].problem, i, x, y, w);
  }

  /// written: its answer has been, by write_out_all.
  WATTSTEIN_HD_CALL void finish(int i, int status, bool written = false) {
    IpmLane& lane = lane_[i];
    const bool ray = status == 2 || status == 3, kept = careful() && lane.best < 1e299;
    if (!written && (ray || !kept)) write_out(i);
    task.finish(task.context, lane.problem.index, status, lane.iterations);
  }

  /// Answers of the lanes that end, where there are enough of them to be turned side by side; whether it was done.
  WATTSTEIN_HD bool write_out_all(const int (&status)[lanes]) {
#ifndef __CUDACC__
    if constexpr (lanes > 1) {
      int count = 0;
      for (const int code : status) count += code != ipm_go_on;
      if (careful() || 3 * count <= lanes) return false;
      const IpmProblem* problem[lanes] = {};
      double *x[lanes] = {}, *y[lanes] = {}, *w[lanes] = {};
      for (int i = 0; i < lanes; ++i) {
        if (status[i] == ipm_go_on) continue;
        problem[i] = &lane_[i].problem;
        task.target(task.context, problem[i]->index, x + i, y + i, w + i);
      }
      IpmLoader<Space, Values>::store_all(body, problem, x, y, w);
      return true;
    }
#endif
    return false;
  }

  /// Status code of a lane after its residuals are known, or ipm_go_on.
  WATTSTEIN_HD_CALL int judge(int i, const IpmMeasure<Real>& measure, bool stopped, double step) {
    IpmLane& lane = lane_[i];
    const double eps_r = task.tolerance_relative, eps_a = task.tolerance_absolute;
    // A little tighter than asked: the caller judges again on his own sums.
    const double keep = 0.5;
    const double objective = get_lane(measure.objective, i);
    const double primal = get_lane(measure.primal, i) / (eps_a + eps_r * get_lane(measure.primal_scale, i));
    const double size = objective < 0 ? -objective : objective;
    const double dual_unit = eps_a + eps_r * get_lane(measure.dual_scale, i), gap_unit = eps_a + eps_r * size;
    const double dual = get_lane(measure.dual, i) / dual_unit, gap = get_lane(measure.gap, i) / gap_unit;
    // Rounding in d times a far bound can spoil the certified gap for good; then d is split by the multipliers of the
    // bounds, and what they leave of it counts as residual.
    const double dual_split = get_lane(measure.dual_split, i) / dual_unit;
    const double gap_split = get_lane(measure.gap_split, i) / gap_unit;
    const double certified = dual > gap ? dual : gap, split = dual_split > gap_split ? dual_split : gap_split;
    const double dual_merit = lane.stalled >= split_stall && split < certified ? split : certified;
    const double slip = get_lane(measure.slip, i) / gap_unit, primal_merit = primal > slip ? primal : slip;
    const double merit = primal_merit > dual_merit ? primal_merit : dual_merit;
    if (!(merit == merit)) return 6;
    // A careful lane leaves its best point in the results as it goes.
    if (careful() && merit < lane.best) write_out(i);
    if (merit <= keep) return 0;
    // A full step should have taken the share `step` off the primal residual, and near the end the gap should be what
    // complementarity leaves of it; where not, the linear systems were not solved well enough.
    const double product = get_lane(measure.mu, i) * get_lane(body.degree, i) * get_lane(body.inverse_cost, i);
    lane.refine = lane.iterations > 1 && (step < 0.1 || (primal > keep && primal > (1.5 - step) * lane.last_primal) ||
                                          (merit < 1e3 && gap > keep && product < 0.3 * get_lane(measure.gap, i)));
    lane.last_primal = primal;
    set_lane(body.least_mu, i, 0.02 * gap_unit / (get_lane(body.inverse_cost, i) * get_lane(body.degree, i)));

    // Certificates, tested on two successive iterations.
    const double ray = get_lane(measure.ray, i);
    const bool primal_ray =
        lane.suspect && ray > 1e-9 * get_lane(measure.ray_size, i) && get_lane(measure.ray_residual, i) <= 1e-9 * ray;
    lane.primal_rays = primal_ray ? lane.primal_rays + 1 : 0;
    if (lane.primal_rays >= 2 && lane.iterations >= 3) return 2;
    // Where there is a ray the dual objective passes every primal one, or the steps get short, and rows stay broken.
    lane.suspect = primal > keep && (get_lane(measure.excess, i) > 0.0 || step < 0.5);
    const bool dual_ray = get_lane(measure.slope, i) < -1e3 && is_dual_ray(body, i);
    lane.dual_rays = dual_ray ? lane.dual_rays + 1 : 0;
    if (lane.dual_rays >= 2) return 3;

    const double reached = careful() && lane.best < merit ? lane.best : merit;
    const int fallback = reached <= 1.0 ? 0 : reached <= 100.0 ? 1 : 6;
    if (stopped) return reached <= 1.0 ? 0 : 5;
    if (lane.iterations >= task.max_iterations) return reached <= 1.0 ? 0 : reached <= 100.0 ? 1 : 4;
    // Stalled: nothing has moved for a while, neither the merit nor what it is made of.
    const double mu = get_lane(measure.mu, i);
    const bool moved = merit < 0.9 * lane.best || primal_merit < 0.9 * lane.best_primal || mu < 0.9 * lane.best_mu;
    lane.best = merit < lane.best ? merit : lane.best;
    lane.best_primal = primal_merit < lane.best_primal ? primal_merit : lane.best_primal;
    lane.best_mu = mu < lane.best_mu ? mu : lane.best_mu;
    lane.stalled = moved ? 0 : lane.stalled + 1;
    const int patience = lane.begun ? 6 : !careful() ? 15 : lane.best > 100.0 ? 40 : 10;
    if (lane.stalled >= patience) return fallback;
    // Where the dual residual, not complementarity, makes the gap, x drifts along a face: less regularisation. A step
    // that fails is taken again with more, unless that is at its most already.
    const double caution = get_lane(body.caution, i);
    if (lane.iterations > 0 && step == 0.0 && (careful() || caution >= ipm_most_caution)) return fallback;
    if (step < 1e-2) set_lane(body.caution, i, caution < ipm_most_caution ? caution * 100.0 : caution);
    else if (gap > keep && product < 0.3 * get_lane(measure.gap, i))
      set_lane(body.caution, i, caution > 10.0 * ipm_most_caution || caution < 10.0 ? 1.0 : caution * 0.1);
    return ipm_go_on;
  }

  // The least-squares start of the lanes that wait for it.
  WATTSTEIN_HD_CALL void start() {
    Mask starting = Real(1.0) < Real(0.0);
    for (int i = 0; i < lanes; ++i) {
      set_lane(starting, i, lane_[i].active && lane_[i].starting);
      lane_[i].starting = false;
    }
    if (!any(starting)) return;
    LeastSquares::run(body, starting);
    body.residuals();
  }

  // Both directions, solved as exactly as they can be: where the remainder stays large, another regularisation is
  // tried. Returns the lanes whose direction is worth a step.
  WATTSTEIN_HD_CALL Mask solve_carefully() {
    IpmKrylov<Space, Values> krylov(body);
    constexpr double others[] = {1e-6, 1e-10};
    constexpr int tries = 2;
    const Real good(ipm_krylov_good);
    Mask content = Real(1.0) < Real(0.0);  // with whatever the first try gives
    for (int i = 0; i < lanes; ++i) set_lane(content, i, !lane_[i].active || lane_[i].unhelped >= most_unhelped);
    Real shift(Body::Numbers::shift), best_shift = shift, best(1e300);
    for (int attempt = 0;; ++attempt) {
      body.factor(shift);
      body.predictor_rhs();
      const Real remainder = krylov.solve();
      const Mask better = remainder < best;
      best = select(better, remainder, best);
      best_shift = select(better, shift, best_shift);
      const Mask kept = content || best < good;
      if (attempt > tries || all(kept)) break;
      shift = select(kept, best_shift, attempt < tries ? Real(others[attempt]) : best_shift);
    }
    for (int i = 0; i < lanes; ++i) lane_[i].unhelped = get_lane(best, i) < ipm_krylov_good ? 0 : lane_[i].unhelped + 1;
    body.corrector_rhs();
    const Real remainder = krylov.solve();
    return max(best, remainder) < Real(1e250);
  }

  WATTSTEIN_HD_CALL void run() {
    for (int i = 0; i < lanes; ++i) {
      // An idle lane computes on harmless numbers: those of the first problem.
      load(i);
      if (!lane_[i].active) {
        if (i == 0) return;
        lane_[i].problem = lane_[0].problem;
        spread(body.a, lane_[0].problem.constant, body.f.constant_count, i);
        IpmLoader<Space, Values>::load(body, lane_[0].problem, i);
      }
    }
    for (resume(); anyone_active(); resume()) {
      Mask moving = Real(1.0) < Real(0.0), refine = moving;
      if constexpr (Space::careful)
        if (careful()) start();
      for (int i = 0; i < lanes; ++i) {
        set_lane(moving, i, lane_[i].active);
        set_lane(refine, i,
                 lane_[i].active &&
                     (lane_[i].refine || body.f.expanded > 0 || get_lane(body.caution, i) < ipm_most_caution));
        if (lane_[i].active) ++lane_[i].iterations;
      }
      // Rows of expanded cones give Δx less exactly than a dense block.
      const int passes = body.f.expanded > 0 ? 3 : 1;
      if (careful()) {
        if constexpr (Space::careful) moving = moving && solve_carefully();
      } else {
        body.factor(Real(Body::Numbers::shift));
        body.predictor_rhs();
        body.solve(refine, passes);
        body.corrector_rhs();
        body.solve(refine, passes);
        if (body.f.correctors > 0) body.centre(moving, refine, passes);
      }
      body.wants_ray = body.wants_split = false;
      for (int i = 0; i < lanes; ++i) {
        body.wants_ray = body.wants_ray || (lane_[i].active && lane_[i].suspect);
        body.wants_split = body.wants_split || (lane_[i].active && lane_[i].stalled >= split_stall);
        set_lane(body.idle, i, !lane_[i].active);
      }
      const Real step = body.step(moving, body.step_fraction());
      const IpmMeasure<Real> measure = body.residuals();
      const bool stopped = task.stopped(task.context) != 0;
      int status[lanes];
      for (int i = 0; i < lanes; ++i) {
        status[i] = lane_[i].active ? judge(i, measure, stopped, get_lane(step, i)) : ipm_go_on;
        if (lane_[i].begun && (status[i] == 1 || status[i] == 6)) {
          // What the first iterations left led nowhere: once more from the start.
          lane_[i].begun = false;
          forget(lane_[i]);
          begin(i);
          lane_[i].fresh = IpmFresh::waits;
          status[i] = ipm_go_on;
        }
      }
      const bool written = write_out_all(status);
      for (int i = 0; i < lanes; ++i) {
        if (status[i] == ipm_go_on) continue;
        finish(i, status[i], written);
        load(i);  // sets its residuals as well
      }
    }
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
