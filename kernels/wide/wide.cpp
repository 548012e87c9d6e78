#include "kernels/wide/wide.hpp"

#include <algorithm>

#include "kernels/backend/device.hpp"
#include "kernels/backend/job.hpp"
#include "kernels/wide/wide_plan.hpp"

namespace wattstein::kernels {

namespace portable {
WideEntries wide_entries();
}
#if defined(WATTSTEIN_X86_ISAS)
namespace avx2 {
WideEntries wide_entries();
}
namespace avx512 {
WideEntries wide_entries();
}
#endif

namespace {

WideEntries choose_wide_entries() {
#if defined(WATTSTEIN_X86_ISAS)
  return choose_entries(0, portable::wide_entries, avx2::wide_entries, avx512::wide_entries);
#else
  return choose_entries<WideEntries>(0, portable::wide_entries, nullptr, nullptr);
#endif
}

bool shares_matrices(const Batch& batch) {
  return !batch.A.varies() && !batch.P.varies() && !batch.G.varies();
}

}  // namespace

bool wide_suits(Layout layout, Device device, bool shared_matrix, std::int64_t block_bytes, std::int64_t block_memory) {
  if (!shared_matrix || layout == Layout::lanes) return false;
  return layout == Layout::wide || (device == Device::cuda && block_bytes > block_memory);
}

int wide_columns(std::int64_t problems, int threads) {
  constexpr std::int64_t most = 32, unit = 8;
  const std::int64_t each = (problems + threads - 1) / std::max(threads, 1);
  return static_cast<int>(std::clamp((each + unit - 1) / unit * unit, unit, most));
}

WideProducts wide_products(const PatternView& pattern) {
  constexpr std::int64_t long_rows = 32;
  return pattern.nnz > long_rows * pattern.rows ? WideProducts::cusparse : WideProducts::fused;
}

WideMethod::WideMethod(const Batch& batch, const MethodSettings&)
    : products(WideProducts::automatic), plan_(std::make_unique<PdhgPlan>(batch)) {}
WideMethod::~WideMethod() = default;
WideMethod::WideMethod(WideMethod&&) noexcept = default;
WideMethod& WideMethod::operator=(WideMethod&&) noexcept = default;

bool WideMethod::supports(const Batch& batch) {
  return shares_matrices(batch) && ConstraintPattern(batch).p_is_diagonal;
}

bool WideMethod::chosen(const Batch& batch, const MethodSettings& settings) const {
  if (!plan_->pattern.p_is_diagonal || !shares_matrices(batch)) return false;
  PdhgJob job;  // sizes only
  job.pattern = plan_->pattern.view();
  const std::int64_t block_bytes = choose_pdhg_entries(1).arena_bytes(job, 1);
  return wide_suits(settings.layout, settings.device, true, block_bytes, cuda_block_memory());
}

void WideMethod::solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
                       RawSolution& out, Resume* resume) const {
  if (problems.empty()) return;
  if (continue_on_cuda(*this, batch, problems, settings, out, resume)) return;
  if (!plan_->pattern.p_is_diagonal || !shares_matrices(batch))
    return answer_all(problems, Status::numerical_error, out);

  PdhgJob job;
  job.pattern = plan_->pattern.view();
  job.batch = view_of(batch);
  fill_job(settings, default_max_iterations, out, job);
  std::vector<int> spent;  // (B) lives as long as the job
  fill_resume(batch, settings, out, resume, spent, job);
  const PdhgSharedNumbers shared = prepare_shared(*plan_, job.batch, choose_pdhg_entries(0));
  if (!shared.finite) return answer_all(problems, Status::invalid_data, out);
  job.shared = shared.view();

  if (settings.device == Device::cuda) {
    const WideProducts how = products == WideProducts::automatic ? wide_products(job.pattern) : products;
    // Where memory is short for columns side by side, blocks need less.
    const std::vector<std::int64_t> left = run_wide_cuda(*plan_, batch, problems, settings, job, how, out);
    if (left.empty()) return;
    return answer_all(run_pdhg_cuda(*plan_, batch, left, settings, job, out), Status::numerical_error, out);
  }
  ProblemQueue queue(problems, settings);
  job.queue = queue.view();
  const WideEntries entries = choose_wide_entries();
  const auto count = static_cast<std::int64_t>(problems.size());
  const int most_threads = thread_count(settings.threads, (count + 7) / 8);
  const int width = columns > 0 ? columns : wide_columns(count, most_threads);
  run_workers(thread_count(settings.threads, (count + width - 1) / width), [&](int) {
    const AlignedBuffer memory(entries.arena_bytes(job, width));
    entries.run(job, width, memory.data());
  });
}

}  // namespace wattstein::kernels
