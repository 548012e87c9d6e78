#pragma once
// Rough iterations: the first ones of a problem in single precision, twice as many lanes to a register, as long as
// single precision gains anything; then its iterate goes on in double (ipm_handover.hpp). Answers are finished and
// judged there, so the roughness costs iterations at most, never digits.

#include "kernels/ipm/ipm_handover.hpp"
#include "kernels/ipm/ipm_rough_start.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Relative residuals and gap that end the rough iterations: this, or where less is asked for, so much of that.
inline constexpr double ipm_rough_tolerance = 4e-5, ipm_rough_enough = 0.4;
/// Their number at most; how many in a row may gain nothing.
inline constexpr int ipm_rough_iterations = 40, ipm_rough_stall = 8;

/// A source of problems for the lanes of Exact. As many as a register of single precision holds are begun together.
template <class Exact, class Space, class Values>
struct IpmRough {
  static constexpr bool rough = true;
  using Body = IpmBody<Space, Values>;
  using Real = typename Space::Real;
  using Mask = typename Body::Mask;
  static constexpr int lanes = LanesOf<Real>::value, exact_lanes = Exact::lanes;
  static constexpr int problems = lanes + exact_lanes;  // held at once

  const IpmTask& task;
  Body& body;
  IpmProblem problem_[problems];
  int free_[problems], free_count_ = 0;
  int held_[exact_lanes];  // by each lane of Exact, or -1
  int from_[exact_lanes];  // the rough lane whose iterate it waits for, or -1
  bool drained_ = false;

  struct Lane {
    int held = -1;  // place of its problem; none: idle
    int iterations = 0, stalled = 0;
    double best = 1e300, best_mu = 1e300;
    bool running = false, worth = false;
  };
  Lane lane_[lanes];
  int next_ = lanes;  // the first lane that has not been handed over

  IpmRough(const IpmTask& given, Body& given_body) : task(given), body(given_body) {
    for (int t = problems - 1; t >= 0; --t) free_[free_count_++] = t;
    for (int& held : held_) held = -1;
    for (int& from : from_) from = -1;
  }

  /// No problem that is begun and still to be taken.
  bool empty() const { return next_ >= lanes || lane_[next_].held < 0; }

  /// Begins the next problems, if any are left.
  void refill() {
    const IpmProblem* given[lanes];
    int count = 0;
    for (; count < lanes && !drained_; ++count) {
      const int t = free_[free_count_ - 1];
      drained_ = task.next(task.context, t, &problem_[t]) == 0;
      if (drained_) break;
      --free_count_;
      lane_[count] = Lane{};
      lane_[count].held = t;
      lane_[count].running = true;
      given[count] = &problem_[t];
    }
    next_ = count > 0 ? 0 : lanes;
    if (count == 0) return;
    // An idle lane computes on harmless numbers: those of the first problem.
    for (int i = count; i < lanes; ++i) {
      lane_[i] = Lane{};
      given[i] = given[0];
    }
    spread_all(body.a, given, body.f.constant_count);
    IpmRoughStart<Space, Values>{body, given}.run();
    body.wants_ray = body.wants_split = false;
    while (iterate()) {
    }
  }

  /// Whether the rough iterations of a lane end.
  bool ends(Lane& lane, int i, const IpmMeasure<Real>& measure, double step) const {
    const auto of = [i](const Real& value) { return static_cast<double>(get_lane(value, i)); };
    const double asked = ipm_rough_enough * task.tolerance_relative;
    const double eps = asked > ipm_rough_tolerance ? asked : ipm_rough_tolerance;
    const double objective = of(measure.objective), size = objective < 0.0 ? -objective : objective;
    const double gap_unit = eps * (1.0 + size), mu = of(measure.mu), gap = of(measure.gap) / gap_unit;
    const double primal = of(measure.primal) / (eps * (1.0 + of(measure.primal_scale)));
    const double dual = of(measure.dual) / (eps * (1.0 + of(measure.dual_scale)));
    const double product = mu * of(body.degree) * of(body.inverse_cost) / gap_unit;
    double merit = primal > dual ? primal : dual;
    merit = gap > merit ? gap : merit;
    lane.worth = merit < Body::Numbers::huge && mu < Body::Numbers::huge;  // false for what is no number
    lane.stalled = merit < 0.9 * lane.best || mu < 0.9 * lane.best_mu ? 0 : lane.stalled + 1;
    lane.best = merit < lane.best ? merit : lane.best;
    lane.best_mu = mu < lane.best_mu ? mu : lane.best_mu;
    // A gap larger than what complementarity leaves is made by rounding.
    const bool resolved = gap <= 1.0 || primal > 1.0 || product >= gap;
    return !(merit > 1.0) || !(step > 0.0) || !resolved || lane.stalled >= ipm_rough_stall ||
           lane.iterations >= ipm_rough_iterations || lane.iterations >= task.max_iterations;
  }

  /// One iteration of all lanes that still run; whether any goes on.
  bool iterate() {
    const Mask none = Real(1.0) < Real(0.0);
    Mask moving = none;
    for (int i = 0; i < lanes; ++i) {
      set_lane(moving, i, lane_[i].running);
      set_lane(body.idle, i, lane_[i].held < 0);
    }
    body.factor(Real(Body::Numbers::shift));
    body.predictor_rhs();
    body.solve(none, 0);
    body.corrector_rhs();
    body.solve(none, 0);
    if (body.f.correctors > 0) body.centre(moving, none, 0);
    const Real step = body.step(moving, body.step_fraction());
    const IpmMeasure<Real> measure = body.residuals();
    const bool stopped = task.stopped(task.context) != 0;
    bool any_running = false;
    for (int i = 0; i < lanes; ++i) {
      Lane& lane = lane_[i];
      if (!lane.running) continue;
      ++lane.iterations;
      lane.running = !ends(lane, i, measure, static_cast<double>(get_lane(step, i))) && !stopped;
      any_running = any_running || lane.running;
    }
    return any_running;
  }

  /// The next problem for a lane of Exact; whether there is one. `begun`: its iterate is to be handed over.
  bool take(int lane, IpmProblem& problem, int& iterations, bool& begun) {
    if (held_[lane] >= 0) free_[free_count_++] = held_[lane];
    held_[lane] = -1;
    if (empty()) return false;
    const Lane& from = lane_[next_];
    held_[lane] = from.held;
    problem = problem_[from.held];
    iterations = from.iterations;
    begun = from.worth;
    from_[lane] = begun ? next_ : -1;
    ++next_;
    return true;
  }

  /// Iterates of the lanes that wait for them.
  void hand_over(Exact& exact) {
    IpmHandover<Exact, Body> handover{exact, body, {}, {}};
    handover.fresh = decltype(exact.mu)(1.0) < decltype(exact.mu)(0.0);
    const IpmProblem* given[exact_lanes];
    const IpmProblem* any_given = nullptr;
    for (int i = 0; i < exact_lanes; ++i) {
      const bool waits = from_[i] >= 0;
      set_lane(handover.fresh, i, waits);
      handover.map.set(i, waits ? from_[i] : 0);
      given[i] = waits ? &problem_[held_[i]] : nullptr;
      if (waits) any_given = given[i];
      from_[i] = -1;
    }
    if (!any_given) return;
    for (const IpmProblem*& problem : given)
      if (!problem) problem = any_given;
    handover.load(given);
    handover.run();
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
