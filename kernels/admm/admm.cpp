#include "kernels/admm/admm.hpp"

#include <optional>

#include "kernels/admm/admm_plan.hpp"
#include "kernels/backend/job.hpp"

namespace wattstein::kernels {

namespace portable {
AdmmEntries admm_entries();
}
#if defined(WATTSTEIN_X86_ISAS)
namespace avx2 {
AdmmEntries admm_entries();
}
namespace avx512 {
AdmmEntries admm_entries();
}
#endif

AdmmEntries choose_admm_entries(int lanes) {
#if defined(WATTSTEIN_X86_ISAS)
  return choose_entries(lanes, portable::admm_entries, avx2::admm_entries, avx512::admm_entries);
#else
  return choose_entries<AdmmEntries>(lanes, portable::admm_entries, nullptr, nullptr);
#endif
}

AdmmMethod::AdmmMethod(const Batch& batch, const MethodSettings&) : plan_(std::make_unique<AdmmPlan>(batch)) {}
AdmmMethod::~AdmmMethod() = default;
AdmmMethod::AdmmMethod(AdmmMethod&&) noexcept = default;
AdmmMethod& AdmmMethod::operator=(AdmmMethod&&) noexcept = default;

bool AdmmMethod::supports(const Batch& batch) {
  return ConstraintPattern(batch).p_is_diagonal;
}

void AdmmMethod::solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
                       RawSolution& out, Resume* resume) const {
  if (problems.empty()) return;
  if (continue_on_cuda(*this, batch, problems, settings, out, resume)) return;
  if (!plan_->pattern.p_is_diagonal) return answer_all(problems, Status::numerical_error, out);
  const AdmmEntries entries = choose_admm_entries(settings.lanes);
  const bool lanes_team = settings.device == Device::cpu;

  AdmmJob job;
  job.pattern = plan_->pattern.view();
  job.factor = lanes_team ? plan_->lanes.view() : plan_->blocks.view();
  job.batch = view_of(batch);
  fill_job(settings, default_max_iterations, out, job);
  std::vector<int> spent;  // (B) lives as long as the job
  fill_resume(batch, settings, out, resume, spent, job);

  EqualityPatterns equalities;
  std::optional<SharedFactors> factors;
  job.own_factors = job.batch.matrix_varies;
  if (!job.own_factors) {
    equalities = equality_patterns(batch, problems, job.pattern.rows);
    job.own_factors = equalities.too_many;
  }
  if (!job.own_factors) {
    factors.emplace(job.pattern, job.factor, job.batch, entries, equalities);
    if (!factors->finite()) return answer_all(problems, Status::invalid_data, out);
    job.shared = factors->numbers();
    job.factors = factors->source();
    job.key = equalities.key.empty() ? nullptr : equalities.key.data();
  }

  if (settings.device == Device::cuda) {
    answer_all(run_admm_cuda(*plan_, batch, problems, settings, job, factors ? &*factors : nullptr,
                             static_cast<int>(equalities.pattern.size()), out),
               Status::numerical_error, out);
    return;
  }
  run_on_cpu(problems, settings, entries, run_admm_emulated, job);
}

}  // namespace wattstein::kernels
