#pragma once
// What a PDHG run is told, and the scalars of one problem that decide restarts and the primal weight.

#include "kernels/batch/method.hpp"
#include "kernels/math/norms.hpp"

namespace wattstein::kernels {

/// One run over a queue of problems; plain pointers, so that it can be handed to a device as it is.
struct PdhgJob {
  PatternView pattern;
  BatchView batch;
  SharedNumbers shared;  // used when the matrix does not vary
  SolutionView out;
  WorkQueue queue;
  double absolute = 1e-4, relative = 1e-4;
  int max_iterations = 0;
  int check_period = 40;
  bool warm_start = true;
  const int* spent = nullptr;  // (B) iterations of an earlier run that this one continues; null: none
  double* weight = nullptr;    // (B) ω at the end; where not 0 at the beginning, ω to begin with. Null: not kept
};

inline namespace WATTSTEIN_ISA {

/// One problem's state; every member of a team holds the same copy.
struct PdhgControl {
  std::int64_t problem = -1;  // -1: the lane is empty
  int iterations = 0;
  int checks = 0;
  int restarts = 0;
  int since_restart = 0;
  double eta = 1.0;
  double omega = 1.0;
  double error_sum = 0.0;  // Σ of the weight's controller
  double best_omega = 1.0;
  double best_imbalance = infinity;
  double first_error = 0.0;  // r⁰
  double last_error = 0.0;
  bool restarted = true;  // r⁰ is to be measured in the next iteration
  int primal_alarms = 0;  // successive certificates
  int dual_alarms = 0;

  WATTSTEIN_HD bool rays_due() const { return checks % 4 == 0; }
};

/// Restart rules and the weight's PID controller (constants of cuPDLPx, but k_p = 0.5: with 0.99 the weight swings by
/// orders of magnitude from restart to restart on some problems of recourse14, which then need 200,000 iterations
/// instead of 1,500). error: fixed-point error r of this check; dx, dy: ‖ẑ - z⁰‖ of both parts; primal, dual: residuals
/// relative to their tolerances. Returns true when the lane restarts.
WATTSTEIN_HD bool pdhg_decide_restart(PdhgControl& c, int period, double error, double dx, double dy, double primal,
                                      double dual) {
  constexpr double sufficient = 0.2, necessary = 0.5, artificial = 0.36;
  constexpr double k_p = 0.5, k_i = 0.01, smoothing = 0.3;
  constexpr double most = 1e5;  // of ω and 1/ω: beyond it one part would hardly move
  c.since_restart += period;
  const bool first = c.checks == 1;
  const bool restart = first || error <= sufficient * c.first_error ||
                       (error <= necessary * c.first_error && error > c.last_error) ||
                       c.since_restart >= artificial * c.iterations;
  c.last_error = error;
  if (!restart) return false;

  // e = ln‖Δy‖ - ln‖Δx‖ - ln ω;  ω ← ω exp(0.5 e + 0.01 Σ);  Σ ← e + 0.3 Σ.
  // Where one part stands still (x in a vertex while y drifts at a constant rate) e is infinite; bounded to ±5 it
  // speeds the other part up instead of leaving ω where it is, which costs thousands of iterations.
  if ((dx > 0.0 || dy > 0.0) && dx < 1e12 && dy < 1e12) {
    const double raw = ::log(max(dy, 1e-300)) - ::log(max(dx, 1e-300)) - ::log(c.omega);
    const double e = min(max(raw, -5.0), 5.0);
    c.error_sum = e + smoothing * c.error_sum;
    c.omega = min(max(c.omega * ::exp(k_p * e + k_i * c.error_sum), 1.0 / most), most);
  } else {
    c.omega = c.best_omega;
    c.error_sum = 0.0;
  }
  const double imbalance = primal > 0.0 && dual > 0.0 ? abs(::log(primal / dual)) : infinity;
  if (imbalance < c.best_imbalance) {
    c.best_imbalance = imbalance;
    c.best_omega = c.omega;
  }
  c.restarts += 1;
  c.since_restart = 0;
  c.restarted = true;
  return true;
}

WATTSTEIN_HD ScalingRecipe pdhg_scaling() {
  return ScalingRecipe{};
}

}  // namespace WATTSTEIN_ISA

/// Entry points of one instruction set. `arena` holds at least pdhg_arena_bytes() per worker.
struct PdhgEntries {
  /// Scales a shared matrix: fills values (nnz), row (rows), column (n), norm. work: rows + n + nnz_p + n doubles.
  bool (*prepare)(const PatternView& pattern, const BatchView& batch, double* values, double* row, double* column,
                  double* work, double* norm);
  std::int64_t (*arena_bytes)(const PdhgJob& job, int lanes);
  void (*run)(const PdhgJob& job, int lanes, char* arena);  // one worker thread
  int lanes;                                                // width of the wide form; 1 always exists
};

}  // namespace wattstein::kernels
