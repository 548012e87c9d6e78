#include "kernels/powerflow/powerflow.hpp"

#include <algorithm>
#include <new>

#include "kernels/backend/isa.hpp"
#include "kernels/backend/threads.hpp"
#include "kernels/powerflow/lanes.hpp"
#include "kernels/powerflow/plan.hpp"
#include "kernels/powerflow/powerflow_cuda.hpp"

namespace wattstein::kernels {

WATTSTEIN_POWERFLOW_ENTRIES(portable)
#if defined(WATTSTEIN_X86_ISAS)
WATTSTEIN_POWERFLOW_ENTRIES(avx2)
WATTSTEIN_POWERFLOW_ENTRIES(avx512)
#endif

namespace {

struct Workers {
  decltype(&portable::newton_worker) newton;
  decltype(&portable::sweep_worker) sweep;
  decltype(&portable::sensitivity_worker) sensitivity;
  int lanes;
};

Workers workers() {
  const Isa isa = machine_isa();
#if defined(WATTSTEIN_X86_ISAS)
  if (isa == Isa::avx512) return {avx512::newton_worker, avx512::sweep_worker, avx512::sensitivity_worker, 8};
  if (isa == Isa::avx2) return {avx2::newton_worker, avx2::sweep_worker, avx2::sensitivity_worker, 4};
#endif
  static_cast<void>(isa);
  return {portable::newton_worker, portable::sweep_worker, portable::sensitivity_worker, 2};
}

/// Numbers aligned to a register, one block per thread.
class Workspace {
 public:
  explicit Workspace(std::size_t numbers)
      : data_(static_cast<double*>(::operator new[](numbers * sizeof(double), std::align_val_t{64}))) {
    std::fill_n(data_, numbers, 0.0);
  }
  ~Workspace() { ::operator delete[](data_, std::align_val_t{64}); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  double* data() const { return data_; }

 private:
  double* data_;
};

}  // namespace

struct PowerFlow::Plan {
  explicit Plan(const PowerGraph& graph) : newton(graph), sweep(graph) {}
  NewtonPlan newton;
  SweepPlan sweep;
};

PowerFlow::PowerFlow(const PowerGraph& graph) : plan_(std::make_unique<Plan>(graph)) {}
PowerFlow::~PowerFlow() = default;
PowerFlow::PowerFlow(PowerFlow&&) noexcept = default;
PowerFlow& PowerFlow::operator=(PowerFlow&&) noexcept = default;

bool PowerFlow::sweep_applies() const {
  return plan_->sweep.why_not.empty();
}
int PowerFlow::nodes() const {
  return plan_->newton.nodes;
}

std::string PowerFlow::solve(std::span<const double> p, std::span<const double> q, const PowerFlowSettings& settings,
                             PowerFlowSolution& out) const {
  const std::size_t n = static_cast<std::size_t>(nodes()), count = n == 0 ? 0 : p.size() / n;
  if (p.size() != count * n || q.size() != p.size()) return "p and q do not hold one row per scenario";
  const bool sweep = settings.method == PowerFlowMethod::sweep;
  if (sweep && !sweep_applies()) return "the sweep does not apply: " + plan_->sweep.why_not;
  out.re.resize(count * n);
  out.im.resize(count * n);
  out.mismatch.resize(count);
  out.iterations.resize(count);
  out.converged.resize(count);

  std::int64_t next = 0;
  PowerFlowTask task;
  task.scenarios = static_cast<std::int64_t>(count);
  task.nodes = nodes();
  task.p = p.data(), task.q = q.data();
  task.tolerance = settings.tolerance;
  task.max_iterations = settings.max_iterations > 0 ? settings.max_iterations : sweep ? 500 : 30;
  task.next = &next;
  task.re = out.re.data(), task.im = out.im.data();
  task.mismatch = out.mismatch.data(), task.iterations = out.iterations.data(), task.converged = out.converged.data();

  const NewtonView newton_view = plan_->newton.view();
  const SweepView sweep_view = sweep ? plan_->sweep.view() : SweepView{};
  if (settings.device == Device::cuda) {
    return solve_on_cuda(newton_view, plan_->newton.order.data(), sweep ? &sweep_view : nullptr, task,
                         settings.devices);
  }
  const Workers table = workers();
  const int numbers = sweep ? SweepWorkspace(sweep_view).total : NewtonWorkspace(newton_view).total;
  const int threads = thread_count(settings.threads, (task.scenarios + table.lanes - 1) / table.lanes);
  run_workers(threads, [&](int) {
    const Workspace workspace(static_cast<std::size_t>(numbers) * static_cast<std::size_t>(table.lanes));
    if (sweep) {
      table.sweep(sweep_view, task, workspace.data());
    } else {
      table.newton(newton_view, plan_->newton.order.data(), task, workspace.data());
    }
  });
  return {};
}

std::vector<double> PowerFlow::sensitivities(std::span<const double> re, std::span<const double> im,
                                             std::span<const VoltageSensitivity> pairs, int threads) const {
  const std::size_t n = static_cast<std::size_t>(nodes()), count = re.size() / n;
  std::vector<double> out(count * 2 * pairs.size(), 0.0);
  std::vector<int> voltage, injection;
  for (const VoltageSensitivity& pair : pairs) {
    voltage.push_back(plan_->newton.position[static_cast<std::size_t>(pair.voltage)]);
    injection.push_back(plan_->newton.position[static_cast<std::size_t>(pair.injection)]);
  }
  std::int64_t next = 0;
  SensitivityTask task;
  task.scenarios = static_cast<std::int64_t>(count);
  task.nodes = nodes();
  task.pairs = static_cast<int>(pairs.size());
  task.re = re.data(), task.im = im.data();
  task.voltage = voltage.data(), task.injection = injection.data();
  task.next = &next;
  task.out = out.data();
  const NewtonView view = plan_->newton.view();
  const Workers table = workers();
  run_workers(thread_count(threads, (task.scenarios + table.lanes - 1) / table.lanes), [&](int) {
    const Workspace workspace(static_cast<std::size_t>(NewtonWorkspace(view).total) *
                              static_cast<std::size_t>(table.lanes));
    table.sensitivity(view, plan_->newton.order.data(), task, workspace.data());
  });
  return out;
}

}  // namespace wattstein::kernels
