#pragma once
// The order of the steps, once for the host and for CUDA. Machine says how a step reaches all columns; its operations
// follow one another, each sees what the one before has written:
//
//   multiply(v, buffer, f)              f(i, column, (K v)_i) for all rows; buffer (rows, ld) may be used on the way
//   multiply_transposed(v, buffer, f)   f(j, column, (Kᵀv)_j) for all columns of K; buffer (n, ld)
//   elements(count, f)                  f(i, column), i < count
//   elements_of(flag, count, f)         the same for columns with flag[column] ≠ 0 alone
//   reduce(count, row, f)               totals[row ..] = sums, then maxima, of f(i, column, acc) over i < count
//   reduce_of(flag, count, row, f)      the same for flagged columns alone
//   columns(f)                          f(column)

#include "kernels/wide/wide_turnover.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Machine>
struct WideBody {
  Machine& machine;
  WideView v;

  /// Problems that were put into columns (control.problem, fresh) get their numbers.
  void load() {
    machine.reduce_of(v.fresh, v.pattern.n, wide_total::load_cost, MeasureColumns{v});
    machine.reduce_of(v.fresh, v.pattern.rows, wide_total::load_sides, MeasureRows{v});
    machine.columns(Begin{v});
    machine.elements_of(v.fresh, v.pattern.n, FillColumns{v});
    machine.elements_of(v.fresh, v.pattern.rows, FillRows{v});
    machine.columns(BeginDone{v});
    end();
  }

  /// check_period iterations and the check, after which finished columns are stored and empty.
  void window() {
    machine.columns(Weights{v});
    iterate(0, true);
    machine.multiply(v.x_hat, v.image, Keep{v, v.image, 1.0});
    machine.reduce(v.pattern.n, wide_total::step_x, MovesX{v});
    machine.reduce(v.pattern.rows, wide_total::step_y, MovesY{v});
    machine.columns(FirstError{v});
    for (int step = 1; step < v.check_period; ++step) iterate(step, step + 1 == v.check_period);
    check();
  }

 private:
  void iterate(int step, bool measured) {
    machine.multiply_transposed(v.y, v.slope, StepX{v, step, measured});
    machine.multiply(v.x_bar, v.image_bar, StepY{v, step, measured});
    if (v.pattern.cones > 0) machine.elements(v.pattern.cones, StepCone{v, step});
  }

  void check() {
    machine.multiply(v.x_hat, v.image, Keep{v, v.image, 1.0});
    machine.multiply_transposed(v.y_hat, v.slope, Keep{v, v.slope, 1.0});
    machine.reduce(v.pattern.n, wide_total::step_x, CheckColumns{v});
    machine.reduce(v.pattern.rows, wide_total::step_y, CheckRows{v});
    machine.reduce(v.pattern.cones, wide_total::cone, CheckCones{v, 1.0});
    machine.columns(JudgePoint{v});
    // Rays of columns where no test is due are measured as well: a few products in forty iterations, and no decision
    // leaves the device.
    machine.elements(v.pattern.n, DifferenceX{v});
    machine.elements(v.pattern.rows, CopyY{v});
    primal_ray(v.y_step, wide_total::step_bound, wide_total::step_sides);
    primal_ray(v.image_bar, wide_total::point_bound, wide_total::point_sides);
    machine.elements(v.pattern.n, ClipDirection{v});
    machine.multiply(v.x_bar, v.image, Keep{v, v.image, 1.0});
    machine.reduce(v.pattern.n, wide_total::ray_cost, DirectionCost{v});
    machine.reduce(v.pattern.m, wide_total::ray_rows, DirectionRows{v});
    machine.reduce(v.pattern.cones, wide_total::ray_cones, CheckCones{v, 0.0});
    machine.columns(JudgeRays{v});
    end();
    machine.elements(v.pattern.n, Restart{v, v.x, v.x_anchor, v.x_hat});
    machine.elements(v.pattern.rows, Restart{v, v.y, v.y_anchor, v.y_hat});
    machine.columns(Advance{v});
  }

  void primal_ray(double* ray, int bounds, int sides) {
    machine.elements(v.pattern.m, ClipRay{v, ray});
    if (v.pattern.cones > 0) machine.elements(v.pattern.cones, ConeRay{v, ray});
    machine.multiply_transposed(ray, v.slope, Keep{v, v.slope, -1.0});
    machine.reduce(v.pattern.rows, sides, RaySides{v, ray});
    machine.reduce(v.pattern.n, bounds, RayBounds{v});
  }

  void end() {
    machine.elements_of(v.ended, v.pattern.n, StoreX{v});
    machine.elements_of(v.ended, v.pattern.rows, StoreY{v});
    machine.columns(End{v});
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
