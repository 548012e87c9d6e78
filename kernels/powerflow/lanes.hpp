#pragma once
// The stream of scenarios through SIMD lanes. Each lane works on one scenario; when it is done (converged, out of
// iterations, or no longer finite) its result is written and the lane takes the next scenario from a shared counter.
// Lanes never see one another, so a result depends on its scenario alone.

#include <cstdint>

#include "kernels/backend/pack.hpp"
#include "kernels/powerflow/newton_view.hpp"
#include "kernels/powerflow/sweep_view.hpp"

namespace wattstein::kernels {

/// Plain arrays of one call; shared by all threads.
struct PowerFlowTask {
  std::int64_t scenarios = 0;  // S
  int nodes = 0;               // n
  const double* p = nullptr;   // (S, n)
  const double* q = nullptr;   // (S, n)
  double tolerance = 0.0;
  int max_iterations = 0;
  std::int64_t* next = nullptr;  // the counter; advanced atomically
  double* re = nullptr;          // (S, n)
  double* im = nullptr;          // (S, n)
  double* mismatch = nullptr;    // (S)
  int* iterations = nullptr;     // (S)
  std::int8_t* converged = nullptr;
};

/// Sensitivities: K pairs of positions, per scenario.
struct SensitivityTask {
  std::int64_t scenarios = 0;
  int nodes = 0, pairs = 0;
  const double* re = nullptr;  // (S, n)
  const double* im = nullptr;
  const int* voltage = nullptr;    // (K) positions
  const int* injection = nullptr;  // (K)
  std::int64_t* next = nullptr;
  double* out = nullptr;  // (S, 2K)
};

// Entry points of each compilation. `order`: (n) node of each position. `workspace`: room for total × lanes doubles.
#define WATTSTEIN_POWERFLOW_ENTRIES(isa)                                                                             \
  namespace isa {                                                                                                    \
  void newton_worker(const NewtonView& view, const int* order, const PowerFlowTask& task, double* workspace);        \
  void sweep_worker(const SweepView& view, const PowerFlowTask& task, double* workspace);                            \
  void sensitivity_worker(const NewtonView& view, const int* order, const SensitivityTask& task, double* workspace); \
  }

}  // namespace wattstein::kernels
