// End to end: small coordination studies, whole runs. The large ones (t118e20) are timed by their own summary.json.

#include <benchmark/benchmark.h>

#include "engine/coordination/coordinate.hpp"
#include "engine/files/table.hpp"
#include "engine/studies/coordination_system.hpp"
#include "engine/studies/study.hpp"

namespace {

using namespace wattstein;

void whole_run(benchmark::State& state, const char* model, const char* method) {
  const auto document = files::read_toml(
      engine::find_study("six-bus"), {std::string("ambiguity.model=") + model,
                                      std::string("coordination.method=") + method, "coordination.case=electric_only"});
  const auto system = engine::read_coordination(document, 24, 1.0, 1);
  engine::SolverOptions options;
  options.tolerance = 1e-4;
  for (auto _ : state) {
    const auto outcome = engine::coordinate(system, options, {});
    benchmark::DoNotOptimize(outcome.objective);
    state.counters["iterations"] = outcome.iterations;
    state.counters["gap"] = (outcome.objective - outcome.lower_bound) / outcome.objective;
    state.counters["recourse_lp"] = static_cast<double>(outcome.recourse_problems);
  }
}

BENCHMARK_CAPTURE(whole_run, six_bus_det_monolith, "det", "monolith")->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(whole_run, six_bus_dro_aal, "dro", "aal")->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(whole_run, six_bus_dro_benders, "dro", "benders")->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
