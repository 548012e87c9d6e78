#pragma once
// Operator splitting (ADMM) for QPs and second-order cone programs, after OSQP (Stellato et al. 2020) and SCS.
// With shared P, A, G one LDLᵀ per rung of a ladder of ρ serves the whole batch, and a change of ρ is a change of rung;
// with values per problem every problem has its own factor.

#include <memory>
#include <span>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/batch/resume.hpp"

namespace wattstein::kernels {

struct AdmmPlan;  // admm_plan.hpp

class AdmmMethod {
 public:
  static constexpr int default_max_iterations = 20000;

  /// Plans for the pattern of `batch` (A, P, G, cones): ordering and symbolic LDLᵀ of the KKT matrix. No numbers are
  /// kept.
  explicit AdmmMethod(const Batch& batch, const MethodSettings& settings = {});
  ~AdmmMethod();
  AdmmMethod(AdmmMethod&&) noexcept;
  AdmmMethod& operator=(AdmmMethod&&) noexcept;

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
  std::unique_ptr<AdmmPlan> plan_;
};

}  // namespace wattstein::kernels
