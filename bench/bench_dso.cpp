// Data sets of operator responses: rows per second from the first draw to the closed file, at 1e-6 verified, on one
// thread and on all. The counters tell where the time goes.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "engine/dataset/factory.hpp"
#include "engine/models/dso/read_dso.hpp"

namespace {

using namespace wattstein;
using namespace wattstein::engine;

void dataset(benchmark::State& state, const char* study) {
  const auto rows = state.range(0);
  const auto document =
      files::read_toml(std::string(WATTSTEIN_SOURCE) + "/engine/studies/bundled/" + study + "/study.toml",
                       {"sampler.count=" + std::to_string(rows), "shift[0].count=0", "shift[1].count=0"});
  DsoData data = read_dso(document, false);
  data.microgrids = read_microgrids(document, "microgrid", data.feeder);
  const auto folder = std::filesystem::temp_directory_path() / "wattstein_bench_dso";
  std::filesystem::create_directories(folder);
  FactoryReport report;
  for (auto _ : state) {
    FactoryJob job;
    job.name = study;
    job.folder = folder / "data";
    job.families = read_sampler(document, data);
    job.solver.tolerance = 1e-6;
    job.solver.threads = static_cast<int>(state.range(1));
    report = make_dataset(job);
  }
  std::filesystem::remove_all(folder);
  state.SetItemsProcessed(state.iterations() * rows);
  const double total = std::max(report.seconds, 1e-9);
  state.counters["solve_share"] = report.seconds_solve / total;
  state.counters["write_share"] = report.seconds_write / total;
  state.counters["wait_share"] = report.seconds_wait / total;
  state.counters["judge_share"] = report.seconds_judge / total;
  state.counters["assemble_share"] = (report.seconds_assemble + report.seconds_sample) / total;
  state.counters["capped_share"] = static_cast<double>(report.capped_rows) / static_cast<double>(rows);
}

BENCHMARK_CAPTURE(dataset, dso33, "dso33")
    ->ArgNames({"rows", "threads"})
    ->Args({20000, 1})
    ->Args({20000, 0})
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(dataset, dso33_tight, "dso33-tight")
    ->ArgNames({"rows", "threads"})
    ->Args({20000, 1})
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
