#pragma once
// One call of IpmMethod::solve: what all its workers share, and a worker's way from a problem of the batch to the plain
// pointers of the bodies and back.

#include <chrono>
#include <optional>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/ipm/ipm.hpp"
#include "kernels/ipm/ipm_plan.hpp"

namespace wattstein::kernels {

struct IpmCall {
  const IpmPlan& plan;
  const Batch& batch;
  const MethodSettings& settings;
  RawSolution& out;
  bool shared_matrix;
  std::vector<double> shared_constant;
  std::optional<IpmScales> shared_scales;  // where A and G are one set of numbers, or one with a few replaced
  std::chrono::steady_clock::time_point deadline;

  IpmCall(const IpmPlan& plan, const Batch& batch, const MethodSettings& settings, RawSolution& out);
  bool stopped() const;
  /// Whether problems may bring a start.
  bool warm() const {
    return settings.warm_start && (!batch.start_x.empty() || !batch.start_y.empty() || !batch.start_w.empty());
  }
  int iteration_limit() const { return settings.max_iterations > 0 ? settings.max_iterations : ipm_default_iterations; }
};

/// Buffers of one worker: a problem's mapped and scaled numbers, one set per lane.
class IpmWorker {
 public:
  IpmWorker(const IpmCall& call, int lanes);
  /// Problem b as the bodies want it; the pointers hold until the lane is loaded again.
  void load(std::int64_t b, int lane, IpmProblem& problem);

  double* x(std::int64_t b) const { return call_.out.x.data() + b * call_.plan.n; }
  double* y(std::int64_t b) const { return call_.out.y.data() + b * call_.plan.m; }
  double* w(std::int64_t b) const { return call_.out.w.data() + b * call_.plan.k; }

  /// The point of problem b stands in the results: cones are mapped back, rays scaled, status and counts written.
  void finish(std::int64_t b, Status status, int iterations) const;
  /// The answer of a problem that was not begun in time: the point of the box nearest to zero.
  void never_begun(std::int64_t b) const;

 private:
  void scale_primal_ray(std::int64_t b) const;
  void scale_dual_ray(std::int64_t b) const;

  const IpmCall& call_;
  std::vector<double> constant_;    // (lanes, constant_count) when matrices vary
  std::vector<double> g_;           // (lanes, k)
  std::vector<double> start_w_;     // (lanes, k)
  std::vector<double> a_, p_, gm_;  // unscaled values of one problem
  IpmScales own_scales_;            // of one problem, where they are not shared
};

}  // namespace wattstein::kernels
