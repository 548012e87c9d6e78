#include "kernels/ipm/ipm.hpp"

#include <algorithm>
#include <atomic>

#include "kernels/backend/isa.hpp"
#include "kernels/backend/threads.hpp"
#include "kernels/batch/large_pages.hpp"
#include "kernels/ipm/ipm_call.hpp"
#include "kernels/ipm/ipm_stream.hpp"

namespace wattstein::kernels {

#define WATTSTEIN_IPM_ENTRIES(isa)                           \
  namespace isa {                                            \
  void ipm_run_wide(const IpmTask& task);                    \
  void ipm_run_one(const IpmTask& task);                     \
  IpmNeeds ipm_needs_wide(const IpmView& view, bool matrix); \
  IpmNeeds ipm_needs_one(const IpmView& view, bool matrix);  \
  }
#if defined(WATTSTEIN_X86_ISAS)
WATTSTEIN_IPM_ENTRIES(avx2)
WATTSTEIN_IPM_ENTRIES(avx512)
#endif
#if defined(__GNUC__)
inline namespace portable {
void ipm_run_wide(const IpmTask& task);
void ipm_run_one(const IpmTask& task);
IpmNeeds ipm_needs_wide(const IpmView& view, bool matrix);
IpmNeeds ipm_needs_one(const IpmView& view, bool matrix);
}  // namespace portable
#endif

namespace {

struct Entry {
  int lanes;
  void (*run)(const IpmTask&);
  IpmNeeds (*needs)(const IpmView&, bool);
};

Entry entry_for(Isa isa, bool wide) {
#if defined(WATTSTEIN_X86_ISAS)
  if (isa == Isa::avx512)
    return wide ? Entry{8, avx512::ipm_run_wide, avx512::ipm_needs_wide}
                : Entry{1, avx512::ipm_run_one, avx512::ipm_needs_one};
  if (isa == Isa::avx2)
    return wide ? Entry{4, avx2::ipm_run_wide, avx2::ipm_needs_wide} : Entry{1, avx2::ipm_run_one, avx2::ipm_needs_one};
#endif
  (void)isa;
  return wide ? Entry{2, portable::ipm_run_wide, portable::ipm_needs_wide}
              : Entry{1, portable::ipm_run_one, portable::ipm_needs_one};
}

// Where the numbers of eight problems are far larger than the inner caches, four at a time are faster (hub24, 13 MB: 18
// % on an Intel Xeon, 0 to 10 % on an AMD EPYC). cvar, 5 MB: 0 to 5 % faster on the one, 10 to 15 % slower on the
// other.
constexpr std::int64_t wide_bytes = std::int64_t{8} << 20;

// Forced widths pick the compilation that has them, when the machine has it too.
Entry choose_entry(std::int64_t problems, const MethodSettings& settings, const IpmView* view = nullptr,
                   bool matrix = false) {
  Isa isa = machine_isa();
#if defined(WATTSTEIN_X86_ISAS)
  if (view && settings.lanes == 0 && isa == Isa::avx512 && avx512::ipm_needs_wide(*view, matrix).exact > wide_bytes)
    isa = Isa::avx2;
#else
  (void)view, (void)matrix;
#endif
  if (settings.lanes == 1) return entry_for(machine_isa(), false);
  if (settings.lanes == 2) return entry_for(Isa::portable, true);
  if (settings.lanes == 4) return entry_for(std::min(isa, Isa::avx2), true);
  const bool wide = problems * 3 >= isa_lanes(isa);
  return entry_for(wide ? isa : machine_isa(), wide);
}

/// The problems of a call, handed out to the lanes one after another.
struct Queue {
  std::span<const std::int64_t> problems;
  std::atomic<std::int64_t> next{0}, finished{0};
};

/// A worker that takes its problems from the queue.
struct LaneWorker {
  const IpmCall& call;
  Queue& queue;
  int id;
  IpmWorker worker;

  LaneWorker(const IpmCall& c, Queue& q, int number, int lanes) : call(c), queue(q), id(number), worker(c, lanes) {}
  bool next(int lane, IpmProblem& problem) {
    if (call.stopped()) return false;
    const std::int64_t at = queue.next.fetch_add(1, std::memory_order_relaxed);
    if (at >= static_cast<std::int64_t>(queue.problems.size())) return false;
    worker.load(queue.problems[static_cast<std::size_t>(at)], lane, problem);
    return true;
  }
  void finish(std::int64_t b, Status status, int iterations) {
    worker.finish(b, status, iterations);
    const std::int64_t done = queue.finished.fetch_add(1, std::memory_order_relaxed) + 1;
    if (id == 0 && call.settings.progress) call.settings.progress(done);
  }
};

int next_problem(void* context, int lane, IpmProblem* problem) {
  return static_cast<LaneWorker*>(context)->next(lane, *problem) ? 1 : 0;
}
void target(void* context, std::int64_t b, double** x, double** y, double** w) {
  const IpmWorker& worker = static_cast<LaneWorker*>(context)->worker;
  *x = worker.x(b), *y = worker.y(b), *w = worker.w(b);
}
void finish_problem(void* context, std::int64_t b, int status, int iterations) {
  static_cast<LaneWorker*>(context)->finish(b, static_cast<Status>(status), iterations);
}
int stopped(void* context) {
  return static_cast<LaneWorker*>(context)->call.stopped() ? 1 : 0;
}

// Problems as lanes of vector registers, workers on the cores.
void run_lanes(const IpmCall& call, std::span<const std::int64_t> problems) {
  const IpmView& view = call.plan.view;
  const auto count = static_cast<std::int64_t>(problems.size());
  if (count == 0) return;
  Queue queue{problems};
  const Entry entry = choose_entry(count, call.settings, &view, !call.shared_matrix);
  const int threads = thread_count(call.settings.threads, (count + entry.lanes - 1) / entry.lanes);
  const bool rough = call.settings.rough && view.rough && !call.warm();
  run_workers(threads, [&](int id) {
    const IpmNeeds needs = entry.needs(view, !call.shared_matrix);
    LaneWorker worker(call, queue, id, rough ? needs.problems : entry.lanes);
    const LargeMemory workspace = allocate_large(static_cast<std::size_t>(needs.exact + (rough ? needs.rough : 0)));
    if (!workspace) return;  // the problems go to the other workers, or end as time_limit
    IpmTask task{};
    task.view = &view;
    task.context = &worker;
    task.next = next_problem, task.target = target, task.finish = finish_problem, task.stopped = stopped;
    task.workspace = reinterpret_cast<double*>(workspace.get());
    task.shared_matrix = call.shared_matrix;
    task.shared_constant = call.shared_constant.data();
    task.tolerance_relative = call.settings.tolerance_relative;
    task.tolerance_absolute = call.settings.tolerance_absolute;
    task.max_iterations = call.iteration_limit();
    task.rough = rough ? 1 : 0;
    entry.run(task);
  });
  if (queue.next.load() >= count) return;
  const IpmWorker rest(call, 1);
  for (std::int64_t at = queue.next.load(); at < count; ++at) rest.never_begun(problems[static_cast<std::size_t>(at)]);
}

}  // namespace

struct IpmMethod::Plan : IpmPlan {
  using IpmPlan::IpmPlan;
};

IpmMethod::IpmMethod(const Batch& batch, const MethodSettings& settings)
    : plan_(std::make_unique<const Plan>(batch, settings.careful)) {}
IpmMethod::~IpmMethod() = default;
IpmMethod::IpmMethod(IpmMethod&&) noexcept = default;
IpmMethod& IpmMethod::operator=(IpmMethod&&) noexcept = default;

std::int64_t IpmMethod::factor_nonzeros() const {
  return plan_->ldl.column.back();
}
std::int64_t IpmMethod::factor_flops() const {
  return plan_->ldl.flops;
}
int IpmMethod::kkt_rows() const {
  return plan_->ldl.rows;
}

int ipm_lanes(std::int64_t problems, const MethodSettings& settings) {
  return choose_entry(problems, settings).lanes;
}

void IpmMethod::solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
                      RawSolution& out) const {
  if (problems.empty()) return;
  const IpmCall call(*plan_, batch, settings, out);
  if (settings.device == Device::cpu || plan_->view.careful) run_lanes(call, problems);
  else if (settings.device == Device::emulated_block) run_ipm_emulated(call, problems);
  else run_lanes(call, run_ipm_cuda(call, problems));
}

}  // namespace wattstein::kernels
