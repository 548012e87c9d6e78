#include "kernels/ipm/ipm.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

#include "kernels/backend/isa.hpp"
#include "kernels/backend/threads.hpp"
#include "kernels/batch/large_pages.hpp"
#include "kernels/ipm/ipm_flat.hpp"
#include "kernels/ipm/ipm_plan.hpp"

namespace wattstein::kernels {

#define WATTSTEIN_IPM_ENTRIES(isa)                                   \
  namespace isa {                                                    \
  void ipm_run_wide(const IpmTask& task);                            \
  void ipm_run_one(const IpmTask& task);                             \
  std::int64_t ipm_workspace_wide(const IpmView& view, bool matrix); \
  std::int64_t ipm_workspace_one(const IpmView& view, bool matrix);  \
  }
#if defined(WATTSTEIN_X86_ISAS)
WATTSTEIN_IPM_ENTRIES(avx2)
WATTSTEIN_IPM_ENTRIES(avx512)
#endif
#if defined(__GNUC__)
inline namespace portable {
void ipm_run_wide(const IpmTask& task);
void ipm_run_one(const IpmTask& task);
std::int64_t ipm_workspace_wide(const IpmView& view, bool matrix);
std::int64_t ipm_workspace_one(const IpmView& view, bool matrix);
}  // namespace portable
#endif

namespace {

using Clock = std::chrono::steady_clock;

struct Entry {
  int lanes;
  void (*run)(const IpmTask&);
  std::int64_t (*workspace)(const IpmView&, bool);
};

Entry entry_for(Isa isa, bool wide) {
#if defined(WATTSTEIN_X86_ISAS)
  if (isa == Isa::avx512)
    return wide ? Entry{8, avx512::ipm_run_wide, avx512::ipm_workspace_wide}
                : Entry{1, avx512::ipm_run_one, avx512::ipm_workspace_one};
  if (isa == Isa::avx2)
    return wide ? Entry{4, avx2::ipm_run_wide, avx2::ipm_workspace_wide}
                : Entry{1, avx2::ipm_run_one, avx2::ipm_workspace_one};
#endif
  (void)isa;
  return wide ? Entry{2, portable::ipm_run_wide, portable::ipm_workspace_wide}
              : Entry{1, portable::ipm_run_one, portable::ipm_workspace_one};
}

// Where the numbers of eight problems no longer fit the inner caches, four at a time are faster (measured: hub24 18 %,
// cvar_own 5 %; recourse118, 1.4 MB, loses a third).
constexpr std::size_t wide_bytes = std::size_t{4} << 20;

// Forced widths pick the compilation that has them, when the machine has it too.
Entry choose_entry(std::int64_t problems, const MethodSettings& settings, const IpmView* view = nullptr,
                   bool matrix = false) {
  Isa isa = machine_isa();
#if defined(WATTSTEIN_X86_ISAS)
  if (view && settings.lanes == 0 && isa == Isa::avx512 &&
      static_cast<std::size_t>(avx512::ipm_workspace_wide(*view, matrix)) * sizeof(double) > wide_bytes)
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

/// What all workers of one call share.
struct Call {
  const IpmPlan& plan;
  const Batch& batch;
  std::span<const std::int64_t> problems;
  const MethodSettings& settings;
  RawSolution& out;
  bool shared_matrix;
  std::vector<double> shared_constant;
  std::optional<IpmScales> shared_scales;  // where A and G are one set of numbers, or one with a few replaced
  Clock::time_point deadline;
  std::atomic<std::int64_t> next{0}, finished{0};
};

bool is_stopped(const Call& call) {
  if (call.settings.stop && call.settings.stop->load(std::memory_order_relaxed)) return true;
  return call.settings.time_limit_seconds > 0.0 && Clock::now() >= call.deadline;
}

/// Buffers of one worker: a problem's mapped and scaled numbers, one set per lane.
struct Worker {
  Call& call;
  int id;
  std::vector<double> constant;  // (lanes, constant_count) when matrices vary
  std::vector<double> g;         // (lanes, k)
  std::vector<double> start_w;   // (lanes, k)
  std::vector<double> a, p, gm;  // unscaled values of one problem
  IpmScales own_scales;          // of one problem, where they are not shared

  Worker(Call& c, int worker, int lanes) : call(c), id(worker) {
    const auto count = [&](std::int64_t width) {
      return static_cast<std::size_t>(width) * static_cast<std::size_t>(lanes);
    };
    if (!call.shared_matrix) {
      constant.resize(count(call.plan.view.constant_count));
      a.resize(call.batch.A.pattern.indices.size());
      p.resize(call.batch.P.pattern.indices.size());
      gm.resize(call.batch.G.pattern.indices.size());
    }
    g.resize(count(call.plan.k));
    start_w.resize(count(call.plan.k));
  }

  bool next(int lane, IpmProblem& problem) {
    if (is_stopped(call)) return false;
    const std::int64_t at = call.next.fetch_add(1, std::memory_order_relaxed);
    if (at >= static_cast<std::int64_t>(call.problems.size())) return false;
    const std::int64_t b = call.problems[static_cast<std::size_t>(at)];
    const Batch& batch = call.batch;
    problem.index = b;
    if (call.shared_matrix) {
      problem.constant = call.shared_constant.data();
    } else {
      double* values = constant.data() + static_cast<std::ptrdiff_t>(lane) * call.plan.view.constant_count;
      batch.A.values_of(b, a.data());
      batch.P.values_of(b, p.data());
      batch.G.values_of(b, gm.data());
      if (!call.shared_scales) own_scales = find_scales(call.plan, a.data(), gm.data());
      scale_values(call.plan, a.data(), p.data(), gm.data(), call.shared_scales ? *call.shared_scales : own_scales,
                   values);
      problem.constant = values;
    }
    problem.q = batch.q.of(b);
    problem.r = batch.r.of(b);
    problem.l = batch.l.of(b);
    problem.u = batch.u.of(b);
    problem.lb = batch.lb.of(b);
    problem.ub = batch.ub.of(b);
    double* mapped = g.data() + static_cast<std::ptrdiff_t>(lane) * call.plan.k;
    if (call.plan.k > 0) {
      std::copy_n(batch.g.of(b), call.plan.k, mapped);
      map_rotated(call.plan.cones, mapped);
    }
    problem.g = mapped;
    problem.start_x = problem.start_y = problem.start_w = nullptr;
    if (call.settings.warm_start) {
      // An entry that is not finite: no start for that problem.
      const auto given = [b](const Field& field) {
        if (field.empty()) return false;
        return std::all_of(field.of(b), field.of(b) + field.width, [](double value) { return std::isfinite(value); });
      };
      if (given(batch.start_x)) problem.start_x = batch.start_x.of(b);
      if (given(batch.start_y)) problem.start_y = batch.start_y.of(b);
      if (call.plan.k > 0 && given(batch.start_w)) {
        double* w = start_w.data() + static_cast<std::ptrdiff_t>(lane) * call.plan.k;
        std::copy_n(batch.start_w.of(b), call.plan.k, w);
        map_rotated(call.plan.cones, w);
        problem.start_w = w;
      }
    }
    problem.cost_scale = cost_scale(call.plan, problem.constant, problem.q);
    return true;
  }

  double* x(std::int64_t b) const { return call.out.x.data() + b * call.plan.n; }
  double* y(std::int64_t b) const { return call.out.y.data() + b * call.plan.m; }
  double* w(std::int64_t b) const { return call.out.w.data() + b * call.plan.k; }

  void finish(std::int64_t b, Status status, int iterations) {
    if (call.plan.k > 0) map_rotated(call.plan.cones, w(b));
    if (status == Status::primal_infeasible) scale_primal_ray(b);
    if (status == Status::dual_infeasible) scale_dual_ray(b);
    call.out.status[static_cast<std::size_t>(b)] = status;
    call.out.iterations[static_cast<std::size_t>(b)] = iterations;
    call.out.restarts[static_cast<std::size_t>(b)] = 0;
    const std::int64_t done = call.finished.fetch_add(1, std::memory_order_relaxed) + 1;
    if (id == 0 && call.settings.progress) call.settings.progress(done);
  }

  // Ray objective Σ(y⁺l − y⁻u) − wᵀg + Σ_j min_{lb ≤ x ≤ ub}(−Aᵀy − Gᵀw)_j x_j becomes 1.
  void scale_primal_ray(std::int64_t b) const {
    const Batch& batch = call.batch;
    std::vector<double> values(batch.A.pattern.indices.size()), d(static_cast<std::size_t>(batch.variables), 0.0);
    double sum = 0.0;
    const auto subtract_transposed = [&](const Matrix& matrix, const double* multiplier) {
      values.resize(matrix.pattern.indices.size());
      matrix.values_of(b, values.data());
      for (int i = 0; i < matrix.pattern.rows; ++i)
        for (int e = matrix.pattern.indptr[static_cast<std::size_t>(i)];
             e < matrix.pattern.indptr[static_cast<std::size_t>(i) + 1]; ++e)
          d[static_cast<std::size_t>(matrix.pattern.indices[static_cast<std::size_t>(e)])] -=
              values[static_cast<std::size_t>(e)] * multiplier[i];
    };
    subtract_transposed(batch.A, y(b));
    subtract_transposed(batch.G, w(b));
    for (int i = 0; i < batch.rows; ++i) {
      const double yi = y(b)[i];
      if (yi > 0.0) sum += yi * batch.l.of(b)[i];
      if (yi < 0.0) sum += yi * batch.u.of(b)[i];
    }
    for (int i = 0; i < call.plan.k; ++i) sum -= w(b)[i] * batch.g.of(b)[i];
    for (int j = 0; j < batch.variables; ++j) {
      const double dj = d[static_cast<std::size_t>(j)], bound = dj > 0.0 ? batch.lb.of(b)[j] : batch.ub.of(b)[j];
      if (dj != 0.0 && std::isfinite(bound)) sum += dj * bound;
    }
    if (!(sum > 0.0)) return;
    for (int i = 0; i < batch.rows; ++i) y(b)[i] /= sum;
    for (int i = 0; i < call.plan.k; ++i) w(b)[i] /= sum;
  }

  // x becomes a recession direction with qᵀx = −1; components that a finite bound forbids are zero.
  void scale_dual_ray(std::int64_t b) const {
    const Batch& batch = call.batch;
    double slope = 0.0;
    for (int j = 0; j < batch.variables; ++j) {
      double& xj = x(b)[j];
      if ((xj < 0.0 && std::isfinite(batch.lb.of(b)[j])) || (xj > 0.0 && std::isfinite(batch.ub.of(b)[j]))) xj = 0.0;
      slope += batch.q.of(b)[j] * xj;
    }
    if (!(slope < 0.0)) return;
    for (int j = 0; j < batch.variables; ++j) x(b)[j] /= -slope;
  }
};

int next_problem(void* context, int lane, IpmProblem* problem) {
  return static_cast<Worker*>(context)->next(lane, *problem) ? 1 : 0;
}
void target(void* context, std::int64_t b, double** x, double** y, double** w) {
  const Worker& worker = *static_cast<Worker*>(context);
  *x = worker.x(b), *y = worker.y(b), *w = worker.w(b);
}
void finish_problem(void* context, std::int64_t b, int status, int iterations) {
  static_cast<Worker*>(context)->finish(b, static_cast<Status>(status), iterations);
}
int stopped(void* context) {
  return is_stopped(static_cast<Worker*>(context)->call) ? 1 : 0;
}

int iteration_limit(const MethodSettings& settings) {
  return settings.max_iterations > 0 ? settings.max_iterations : ipm_default_iterations;
}

// Problems as lanes of vector registers, workers on the cores.
void run_lanes(Call& call) {
  const IpmView& view = call.plan.view;
  const auto count = static_cast<std::int64_t>(call.problems.size());
  const Entry entry = choose_entry(count, call.settings, &view, !call.shared_matrix);
  const int threads = thread_count(call.settings.threads, (count + entry.lanes - 1) / entry.lanes);
  run_workers(threads, [&](int id) {
    Worker worker(call, id, entry.lanes);
    const auto doubles = static_cast<std::size_t>(entry.workspace(view, !call.shared_matrix));
    const LargeMemory workspace = allocate_large(doubles * sizeof(double));
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
    task.max_iterations = iteration_limit(call.settings);
    task.careful = view.careful;
    entry.run(task);
  });
}

// Problems as threads of warps: on a CUDA device, or one thread after the other on the CPU (Device::emulated_block).
// False when that device cannot be used; nothing has been done then.
bool run_threads(Call& call) {
  constexpr std::int64_t most = 8192;  // problems side by side at a time
  const IpmPlan& plan = call.plan;
  Worker worker(call, 0, 1);
  const auto count = static_cast<std::int64_t>(call.problems.size());
  while (call.next.load() < count) {
    IpmFlat flat;
    std::vector<std::int64_t> index;
    IpmProblem problem{};
    while (static_cast<std::int64_t>(index.size()) < most && worker.next(0, problem)) {
      index.push_back(problem.index);
      flat.add(plan, problem, call.shared_matrix);
    }
    if (index.empty()) return true;  // stopped
    flat.finish(plan, call.shared_matrix ? call.shared_constant.data() : nullptr);
    flat.view.tolerance_relative = call.settings.tolerance_relative;
    flat.view.tolerance_absolute = call.settings.tolerance_absolute;
    flat.view.max_iterations = iteration_limit(call.settings);
    flat.view.careful = plan.view.careful;
    const auto halt = [&call] { return is_stopped(call); };
    if (call.settings.device == Device::emulated_block) {
      run_ipm_emulated(plan, flat);
    } else if (!run_ipm_cuda(plan, flat, halt)) {
      call.next.store(0);
      return false;
    }
    for (std::size_t i = 0; i < index.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      std::copy_n(flat.x.data() + at * plan.n, plan.n, worker.x(index[i]));
      std::copy_n(flat.y.data() + at * plan.m, plan.m, worker.y(index[i]));
      std::copy_n(flat.w.data() + at * plan.k, plan.k, worker.w(index[i]));
      worker.finish(index[i], static_cast<Status>(flat.status[i]), flat.iterations[i]);
    }
  }
  return true;
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
  const IpmPlan& plan = *plan_;
  Call call{plan, batch, problems, settings, out, !batch.A.varies() && !batch.P.varies() && !batch.G.varies(),
            {},   {},    {}};
  if (settings.time_limit_seconds > 0.0)
    call.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(settings.time_limit_seconds));
  // Numbers with a few replaced are scaled by those that they replace: finding scales costs as much as two iterations.
  if (!batch.A.per_problem && !batch.G.per_problem)
    call.shared_scales = find_scales(plan, batch.A.data.data(), batch.G.data.data());
  if (call.shared_matrix) {
    call.shared_constant.resize(static_cast<std::size_t>(plan.view.constant_count));
    scale_values(plan, batch.A.data.data(), batch.P.data.data(), batch.G.data.data(), *call.shared_scales,
                 call.shared_constant.data());
  }
  const auto count = static_cast<std::int64_t>(problems.size());
  if (settings.device == Device::cpu || !run_threads(call)) run_lanes(call);
  // Never begun: the point of the box nearest to zero.
  Worker rest(call, 0, 1);
  for (std::int64_t at = call.next.load(); at < count; ++at) {
    const std::int64_t b = problems[static_cast<std::size_t>(at)];
    for (int j = 0; j < plan.n; ++j) rest.x(b)[j] = std::min(std::max(0.0, batch.lb.of(b)[j]), batch.ub.of(b)[j]);
    std::fill_n(rest.y(b), plan.m, 0.0);
    std::fill_n(rest.w(b), plan.k, 0.0);
    out.status[static_cast<std::size_t>(b)] = Status::time_limit;
    out.iterations[static_cast<std::size_t>(b)] = 0;
  }
}

}  // namespace wattstein::kernels
