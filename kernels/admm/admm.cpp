#include "kernels/admm/admm.hpp"

#include <optional>

#include "kernels/admm/admm_plan.hpp"
#include "kernels/backend/isa.hpp"
#include "kernels/backend/launch.hpp"
#include "kernels/backend/threads.hpp"

namespace wattstein::kernels {

namespace portable {
AdmmEntries admm_entries();
}
#if defined(__x86_64__)
namespace avx2 {
AdmmEntries admm_entries();
}
namespace avx512 {
AdmmEntries admm_entries();
}
#endif

AdmmEntries choose_admm_entries(int lanes) {
#if defined(__x86_64__)
  const Isa best = machine_isa();
  if (best >= Isa::avx512 && (lanes <= 1 || lanes == 8)) return avx512::admm_entries();
  if (best >= Isa::avx2 && (lanes <= 1 || lanes >= 4)) return avx2::admm_entries();
#endif
  (void)lanes;
  return portable::admm_entries();
}

AdmmMethod::AdmmMethod(const Batch& batch, const MethodSettings&) : plan_(std::make_unique<AdmmPlan>(batch)) {}
AdmmMethod::~AdmmMethod() = default;
AdmmMethod::AdmmMethod(AdmmMethod&&) noexcept = default;
AdmmMethod& AdmmMethod::operator=(AdmmMethod&&) noexcept = default;

bool AdmmMethod::supports(const Batch& batch) {
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

void AdmmMethod::solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
                       RawSolution& out) const {
  if (problems.empty()) return;
  if (!plan_->pattern.p_is_diagonal) return answer_all(problems, Status::numerical_error, out);
  const AdmmEntries entries = choose_admm_entries(settings.lanes);
  const bool lanes_team = settings.device == Device::cpu;

  AdmmJob job;
  job.pattern = plan_->pattern.view();
  job.factor = lanes_team ? plan_->lanes.view() : plan_->blocks.view();
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
    if (!run_admm_cuda(*plan_, batch, problems, settings, job, factors ? &*factors : nullptr,
                       static_cast<int>(equalities.pattern.size()), out))
      answer_all(problems, Status::numerical_error, out);
    return;
  }
  ProblemQueue queue(problems, settings);
  job.queue = queue.view();
  if (settings.device == Device::emulated_block) {
    constexpr int block_threads = 4;
    constexpr std::int64_t shared_memory = 227 * 1024;  // of an H100 or H200 block
    run_admm_emulated(job, settings.threads > 0 ? settings.threads : block_threads, shared_memory);
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
