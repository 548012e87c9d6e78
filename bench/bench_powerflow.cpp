// Batched power flow, one core: time per scenario from injections in MW to voltages. Loads scaled at random, as in
// peers/powerflow.py.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>
#include <span>
#include <string>

#include "engine/powerflow/ac_power_flow.hpp"

namespace {

using namespace wattstein;
using namespace wattstein::engine;

AcInjections draw(const AcPowerFlow& flow, std::size_t scenarios) {
  const std::size_t n = static_cast<std::size_t>(flow.buses());
  std::mt19937 random(7);
  std::uniform_real_distribution<double> whole(0.7, 1.1), each(0.9, 1.1);
  AcInjections out;
  out.p_mw.resize(scenarios * n);
  out.q_mvar.resize(scenarios * n);
  for (std::size_t s = 0; s < scenarios; ++s) {
    const std::span<double> p(out.p_mw.data() + s * n, n), q(out.q_mvar.data() + s * n, n);
    flow.case_injections(1.0, 1.0, p, q);
    const double scale = whole(random);
    for (std::size_t i = 0; i < n; ++i) {
      const grid::MatpowerBus& bus = flow.network().bus(static_cast<int>(i));
      const double factor = scale * each(random);
      p[i] += (1.0 - factor) * bus.p_mw;
      q[i] += (1.0 - factor) * bus.q_mvar;
    }
  }
  return out;
}

void power_flow(benchmark::State& state, const std::string& name, AcMethod method) {
  const std::filesystem::path file = std::filesystem::path(WATTSTEIN_SHARED) / "data/networks" / (name + ".m");
  if (!std::filesystem::exists(file)) {
    state.SkipWithError("no shared networks");
    return;
  }
  const AcPowerFlow flow(grid::make_network(grid::read_matpower(file)));
  const AcInjections injections = draw(flow, 4096);
  AcSettings settings;
  settings.method = method;
  settings.threads = 1;
  double iterations = 0.0, converged = 0.0;
  for (auto _ : state) {
    const AcSolution solution = flow.solve(injections, settings);
    benchmark::DoNotOptimize(solution.raw.re.data());
    iterations = converged = 0.0;
    for (int count : solution.raw.iterations) iterations += count;
    for (auto flag : solution.raw.converged) converged += flag;
  }
  state.counters["scenarios/s"] =
      benchmark::Counter(4096.0 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["iterations"] = iterations / 4096.0;
  state.counters["converged"] = converged / 4096.0;
}

BENCHMARK_CAPTURE(power_flow, case33bw_sweep, "case33bw", AcMethod::sweep)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(power_flow, case33bw_newton, "case33bw", AcMethod::newton)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(power_flow, case85_sweep, "case85", AcMethod::sweep)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(power_flow, case14_newton, "case14", AcMethod::newton)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(power_flow, case118_newton, "case118", AcMethod::newton)->Unit(benchmark::kMillisecond);

}  // namespace
