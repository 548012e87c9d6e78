#pragma once
// The state of many problems that share a matrix, iterated in lockstep: entry i of all problems side by side, so every
// array is (·, columns) with one problem a column. Plain pointers, the same on the host and on a device.
//
// Steps are functors over (entry, column), templates over Real: a double is one column, a Pack is that many neighbours.
// Nothing ever crosses columns, so a problem's numbers do not depend on its neighbours, on the number of columns or on
// the column it stands in.

#include "kernels/backend/team.hpp"
#include "kernels/pdhg/pdhg_control.hpp"

namespace wattstein::kernels {

/// Where the answer of a finished column stands.
enum class WideSource : std::int8_t { nowhere, point, difference_ray, point_ray, dual_ray };

struct WideView {
  PatternView pattern;
  SharedNumbers shared;        // of the matrix
  const double* p = nullptr;   // (nnz_p) numbers of P, or null
  std::int64_t ld = 0;         // columns in memory; entry i of column c is [i * ld + c]
  BatchView batch;             // where problems come from
  SolutionView out;            // where answers go
  const int* spent = nullptr;  // (B) as in PdhgJob
  double* weight = nullptr;    // (B) as in PdhgJob
  double absolute = 0.0, relative = 0.0;
  int max_iterations = 0, check_period = 40;
  bool warm_start = true;
  const volatile int* stop = nullptr;  // not 0: every problem ends at the next check

  double *x, *x_anchor, *x_bar, *x_hat, *slope, *q, *lb, *ub, *p_scaled;  // (n, ld); p_scaled null: P = 0
  double *y, *y_anchor, *y_hat, *y_step, *image_bar, *image, *l, *u;      // (rows, ld); image_bar = K x̄
  double *tau, *sigma, *inverse_sigma, *eta, *omega, *k;                  // (ld) k: iterations since restart
  double *theta_b, *theta_c, *constant;                                   // (ld)
  double *point_weight, *anchor_weight;                                   // (check_period, ld)
  double* totals;                                                         // (wide_total::count, ld)
  double *fresh, *restart, *ended, *x_factor, *y_factor;                  // (ld) flags are 0 or 1
  PdhgControl* control;                                                   // (ld) problem -1: empty
  std::int8_t* status;                                                    // (ld) of columns that ended
  WideSource* source;                                                     // (ld)
};

/// Rows of `totals`: what the reductions leave for the decisions; neighbours are filled by one reduction.
namespace wide_total {
enum Row : int {
  step_x,      // ‖x̂ - x‖²
  move_x,      // ‖x̂ - x⁰‖²
  cost,        // qᵀx̂
  curvature,   // x̂ᵀPx̂
  bound,       // Σ d·bound
  reduced,     // Σ d, to carry NaN
  dual,        // ‖residual of d‖∞
  dual_scale,  // its largest term
  outside,     // of the bounds of x
  step_y,      // ‖ŷ - y‖²
  step_image,  // ⟨Δy, K Δx⟩
  move_y,      // ‖ŷ - y⁰‖²
  sides,       // Σ y⁺l - y⁻u
  primal,      // distance of rows from their sides
  primal_scale,
  cone,  // violation of cones
  // rays of ŷ - y and of ŷ: objective by bounds and by sides with their terms, residual
  step_bound,
  step_bound_terms,
  step_residual,
  step_sides,
  step_sides_terms,
  point_bound,
  point_bound_terms,
  point_residual,
  point_sides,
  point_sides_terms,
  // direction of x
  ray_cost,
  ray_cost_terms,
  ray_curvature,
  ray_rows,
  ray_cones,
  // of a problem that is loaded
  load_cost,
  load_column_errors,
  load_sides,
  load_row_errors,
  count
};
}

inline namespace WATTSTEIN_ISA {

template <class Real>
WATTSTEIN_HD Real read(const double* at) {
  if constexpr (LanesOf<Real>::value == 1) return *at;
  else return Real::load(at);
}
WATTSTEIN_HD void write(double* at, double value) {
  *at = value;
}
#ifndef __CUDACC__
template <class T, int W>
WATTSTEIN_HD void write(double* at, const Pack<T, W>& value) {
  value.store(at);
}
#endif

/// Places the arrays for `ld` columns; null stores only count.
WATTSTEIN_HD void take(WideView& v, Arena& arena) {
  const std::int64_t n = v.pattern.n * v.ld, rows = v.pattern.rows * v.ld;
  double** of_columns[] = {&v.x, &v.x_anchor, &v.x_bar, &v.x_hat, &v.slope, &v.q, &v.lb, &v.ub};
  for (double** array : of_columns) *array = arena.take<double>(n);
  v.p_scaled = v.pattern.p_diagonal ? arena.take<double>(n) : nullptr;
  double** of_rows[] = {&v.y, &v.y_anchor, &v.y_hat, &v.y_step, &v.image_bar, &v.image, &v.l, &v.u};
  for (double** array : of_rows) *array = arena.take<double>(rows);
  double** single[] = {&v.tau,     &v.sigma,    &v.inverse_sigma, &v.eta,     &v.omega, &v.k,        &v.theta_b,
                       &v.theta_c, &v.constant, &v.fresh,         &v.restart, &v.ended, &v.x_factor, &v.y_factor};
  for (double** array : single) *array = arena.take<double>(v.ld);
  v.point_weight = arena.take<double>(v.check_period * v.ld);
  v.anchor_weight = arena.take<double>(v.check_period * v.ld);
  v.totals = arena.take<double>(wide_total::count * v.ld);
  v.control = arena.take<PdhgControl>(v.ld);
  v.status = arena.take<std::int8_t>(v.ld);
  v.source = arena.take<WideSource>(v.ld);
}

/// The job's arrays and limits; pointers of the state are null.
WATTSTEIN_HD WideView wide_view(const PdhgJob& job, std::int64_t columns) {
  WideView v{};
  v.pattern = job.pattern;
  v.shared = job.shared;
  v.p = job.batch.p.data;
  v.ld = columns;
  v.batch = job.batch;
  v.out = job.out;
  v.spent = job.spent;
  v.weight = job.weight;
  v.absolute = job.absolute;
  v.relative = job.relative;
  v.max_iterations = job.max_iterations;
  v.check_period = job.check_period;
  v.warm_start = job.warm_start;
  return v;
}

}  // namespace WATTSTEIN_ISA

/// Entry points of one instruction set. `columns` is a multiple of 8; memory holds arena_bytes zeros.
struct WideEntries {
  std::int64_t (*arena_bytes)(const PdhgJob& job, int columns);
  void (*run)(const PdhgJob& job, int columns, char* memory);  // one worker thread
};

}  // namespace wattstein::kernels
