#pragma once
// Problems copied side by side for threads that each solve one (ipm_threads.hpp).

#include <functional>
#include <vector>

#include "kernels/ipm/ipm_flat_view.hpp"
#include "kernels/ipm/ipm_plan.hpp"

namespace wattstein::kernels {

struct IpmFlat {
  std::vector<double> constant, q, lb, ub, l, u, g, r, cost_scale, start_x, start_y, start_w;
  std::vector<signed char> has_start;
  std::vector<double> x, y, w;
  std::vector<int> status, iterations;
  unsigned long long next = 0;
  int stop = 0;
  IpmFlatView view{};  // of the vectors above

  /// Appends one problem.
  void add(const IpmPlan& plan, const IpmProblem& problem, bool shared_matrix);
  /// Makes room for the results and fills `view`; `shared` are the scaled values when all problems share them.
  void finish(const IpmPlan& plan, const double* shared);
};

/// Every problem of `flat` by the thread body, one after the other.
void run_ipm_emulated(const IpmPlan& plan, IpmFlat& flat);

/// The same on the CUDA device; false, and nothing done, when there is none or it has not the memory. `halt` is asked
/// now and then and ends the run early.
bool run_ipm_cuda(const IpmPlan& plan, IpmFlat& flat, const std::function<bool()>& halt);

}  // namespace wattstein::kernels
