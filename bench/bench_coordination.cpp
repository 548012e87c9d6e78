// End to end: small coordination studies, whole runs. The large ones (t118e20) are timed by their own summary.json.

#include <benchmark/benchmark.h>

#include "engine/coordination/coordinate.hpp"
#include "engine/files/table.hpp"
#include "engine/studies/coordination_system.hpp"
#include "engine/studies/study.hpp"

namespace {

using namespace wattstein;

void whole_run(benchmark::State& state, const char* study_case, const char* model, const char* method,
               const char* recourse) {
  const auto document = files::read_toml(
      engine::find_study("six-bus"),
      {std::string("ambiguity.model=") + model, std::string("coordination.method=") + method,
       std::string("coordination.recourse=") + recourse, std::string("coordination.case=") + study_case});
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

#define WATTSTEIN_RUN(name, ...) \
  BENCHMARK_CAPTURE(whole_run, name, __VA_ARGS__)->Unit(benchmark::kMillisecond)->Iterations(1)->MeasureProcessCPUTime()

WATTSTEIN_RUN(six_bus_electric_det_monolith, "electric_only", "det", "monolith", "cuts");
WATTSTEIN_RUN(six_bus_electric_dro_aal, "electric_only", "dro", "aal", "cuts");
WATTSTEIN_RUN(six_bus_electric_dro_benders, "electric_only", "dro", "benders", "cuts");
// The methods on the whole system, as in `wattstein run compare --set by=methods`.
WATTSTEIN_RUN(six_bus_dro_monolith, "multi_energy", "dro", "monolith", "cuts");
WATTSTEIN_RUN(six_bus_dro_benders, "multi_energy", "dro", "benders", "cuts");
WATTSTEIN_RUN(six_bus_dro_admm, "multi_energy", "dro", "admm", "cuts");
WATTSTEIN_RUN(six_bus_dro_aal, "multi_energy", "dro", "aal", "cuts");

}  // namespace
