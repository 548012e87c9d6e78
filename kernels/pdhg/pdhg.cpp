#include "kernels/pdhg/pdhg.hpp"

#include "kernels/backend/job.hpp"
#include "kernels/pdhg/pdhg_plan.hpp"

namespace wattstein::kernels {

namespace portable {
PdhgEntries pdhg_entries();
}
#if defined(WATTSTEIN_X86_ISAS)
namespace avx2 {
PdhgEntries pdhg_entries();
}
namespace avx512 {
PdhgEntries pdhg_entries();
}
#endif

PdhgEntries choose_pdhg_entries(int lanes) {
#if defined(WATTSTEIN_X86_ISAS)
  return choose_entries(lanes, portable::pdhg_entries, avx2::pdhg_entries, avx512::pdhg_entries);
#else
  return choose_entries<PdhgEntries>(lanes, portable::pdhg_entries, nullptr, nullptr);
#endif
}

SharedNumbers PdhgSharedNumbers::view() const {
  return {row_form.data(), column_form.data(), row_scale.data(), column_scale.data(), norm};
}

PdhgSharedNumbers prepare_shared(const PdhgPlan& plan, const BatchView& batch, const PdhgEntries& entries) {
  const PatternView pattern = plan.pattern.view();
  PdhgSharedNumbers shared;
  shared.row_form.resize(static_cast<std::size_t>(pattern.nnz));
  shared.row_scale.resize(static_cast<std::size_t>(pattern.rows));
  shared.column_scale.resize(static_cast<std::size_t>(pattern.n));
  std::vector<double> work(static_cast<std::size_t>(pattern.rows + pattern.n));
  shared.finite = entries.prepare(pattern, batch, shared.row_form.data(), shared.row_scale.data(),
                                  shared.column_scale.data(), work.data(), &shared.norm);
  shared.column_form.resize(static_cast<std::size_t>(pattern.nnz));
  for (int k = 0; k < pattern.nnz; ++k) shared.column_form[k] = shared.row_form[pattern.to_row_form[k]];
  return shared;
}

PdhgMethod::PdhgMethod(const Batch& batch, const MethodSettings&) : plan_(std::make_unique<PdhgPlan>(batch)) {}
PdhgMethod::~PdhgMethod() = default;
PdhgMethod::PdhgMethod(PdhgMethod&&) noexcept = default;
PdhgMethod& PdhgMethod::operator=(PdhgMethod&&) noexcept = default;

bool PdhgMethod::supports(const Batch& batch) {
  return ConstraintPattern(batch).p_is_diagonal;
}

void PdhgMethod::solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
                       RawSolution& out, Resume* resume) const {
  if (problems.empty()) return;
  if (continue_on_cuda(*this, batch, problems, settings, out, resume)) return;
  if (!plan_->pattern.p_is_diagonal) return answer_all(problems, Status::numerical_error, out);
  const PdhgEntries entries = choose_pdhg_entries(settings.lanes);

  PdhgJob job;
  job.pattern = plan_->pattern.view();
  job.batch = view_of(batch);
  fill_job(settings, default_max_iterations, out, job);
  std::vector<int> spent;  // (B) lives as long as the job
  fill_resume(batch, settings, out, resume, spent, job);
  PdhgSharedNumbers shared;
  if (!job.batch.matrix_varies) {
    shared = prepare_shared(*plan_, job.batch, entries);
    if (!shared.finite) return answer_all(problems, Status::invalid_data, out);
    job.shared = shared.view();
  }

  if (settings.device == Device::cuda) {
    answer_all(run_pdhg_cuda(*plan_, batch, problems, settings, job, out), Status::numerical_error, out);
    return;
  }
  run_on_cpu(problems, settings, entries, run_pdhg_emulated, job);
}

}  // namespace wattstein::kernels
