#include "kernels/pdhg/pdhg.hpp"

#include <algorithm>

#include "kernels/backend/isa.hpp"
#include "kernels/backend/launch.hpp"
#include "kernels/backend/threads.hpp"
#include "kernels/pdhg/pdhg_plan.hpp"

namespace wattstein::kernels {

namespace portable {
PdhgEntries pdhg_entries();
}
#if defined(__x86_64__)
namespace avx2 {
PdhgEntries pdhg_entries();
}
namespace avx512 {
PdhgEntries pdhg_entries();
}
#endif

PdhgEntries choose_pdhg_entries(int lanes) {
#if defined(__x86_64__)
  const Isa best = machine_isa();
  if (best >= Isa::avx512 && (lanes <= 1 || lanes == 8)) return avx512::pdhg_entries();
  if (best >= Isa::avx2 && (lanes <= 1 || lanes >= 4)) return avx2::pdhg_entries();
#endif
  (void)lanes;
  return portable::pdhg_entries();
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

namespace {

void answer_all(std::span<const std::int64_t> problems, Status status, RawSolution& out) {
  for (const std::int64_t b : problems) {
    out.status[b] = status;
    out.iterations[b] = out.restarts[b] = 0;
  }
}

}  // namespace

void PdhgMethod::solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
                       RawSolution& out) const {
  if (problems.empty()) return;
  if (!plan_->pattern.p_is_diagonal) return answer_all(problems, Status::numerical_error, out);
  const PdhgEntries entries = choose_pdhg_entries(settings.lanes);

  PdhgJob job;
  job.pattern = plan_->pattern.view();
  job.batch = view_of(batch);
  job.absolute = settings.tolerance_absolute;
  job.relative = settings.tolerance_relative;
  job.max_iterations = settings.max_iterations > 0 ? settings.max_iterations : default_max_iterations;
  job.warm_start = settings.warm_start;
  job.out = {reinterpret_cast<std::int8_t*>(out.status.data()),
             out.iterations.data(),
             out.restarts.data(),
             out.x.data(),
             out.y.data(),
             out.w.data()};
  PdhgSharedNumbers shared;
  if (!job.batch.matrix_varies) {
    shared = prepare_shared(*plan_, job.batch, entries);
    if (!shared.finite) return answer_all(problems, Status::invalid_data, out);
    job.shared = shared.view();
  }

  if (settings.device == Device::cuda) {
    if (!run_pdhg_cuda(*plan_, batch, problems, settings, job, out)) answer_all(problems, Status::numerical_error, out);
    return;
  }
  ProblemQueue queue(problems, settings);
  job.queue = queue.view();
  if (settings.device == Device::emulated_block) {
    constexpr int block_threads = 4;
    constexpr std::int64_t shared_memory = 227 * 1024;  // of an H100 or H200 block
    run_pdhg_emulated(job, settings.threads > 0 ? settings.threads : block_threads, shared_memory);
    return;
  }
  const int lanes = settings.lanes == 1 ? 1 : entries.lanes;
  const std::int64_t bytes = entries.arena_bytes(job, lanes);
  const auto packs = (static_cast<long long>(problems.size()) + lanes - 1) / lanes;
  run_workers(thread_count(settings.threads, packs), [&](int) {
    const AlignedBuffer arena(bytes);
    entries.run(job, lanes, arena.data());
  });
}

}  // namespace wattstein::kernels
