#pragma once
// Reflected, restarted Halpern PDHG for LPs, QPs with a diagonal P, and second-order and rotated cones.
// Restart, primal weight and stopping are decided per problem, where the problem lives (lane or block).
// Method: Lu and Yang, r²HPDHG (arXiv 2407.16144); step rules as in cuPDLPx (arXiv 2507.14051).

#include <memory>
#include <span>
#include <string>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/batch/resume.hpp"

namespace wattstein::kernels {

struct PdhgPlan;  // pdhg_plan.hpp

class PdhgMethod {
 public:
  static constexpr int default_max_iterations = 200000;

  /// Plans for the pattern of `batch` (A, P, G, cones): row and column form of [A; G]. No numbers are kept.
  explicit PdhgMethod(const Batch& batch, const MethodSettings& settings = {});
  ~PdhgMethod();
  PdhgMethod(PdhgMethod&&) noexcept;
  PdhgMethod& operator=(PdhgMethod&&) noexcept;

  /// False when the method cannot take the pattern: an entry of P off its diagonal. Such problems end as
  /// numerical_error.
  static bool supports(const Batch& batch);

  /// Solves the listed problems of a batch with the planned pattern; `out` must have the batch's size
  /// (RawSolution::resize). Convergence is judged on the unscaled data. Device::cuda without a device: every listed
  /// problem gets numerical_error; ask cuda_device_count() (kernels/backend/device.hpp) before. resume: may continue
  /// the run that left its answers in `out`, and keeps what the next one needs (on a CUDA device: start points only).
  void solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
             RawSolution& out, Resume* resume = nullptr) const;

 private:
  std::unique_ptr<PdhgPlan> plan_;
};

}  // namespace wattstein::kernels
