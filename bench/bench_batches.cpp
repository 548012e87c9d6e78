// Every standard batch × method × tolerance: problems per second on one thread, everything included, and how wrong the
// worst answer is against the reference.   bench_batches --benchmark_filter=recourse118/ipm

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include "engine/problem/batch_file.hpp"
#include "engine/solver/solver.hpp"

namespace {

using namespace wattstein::engine;

// Read once, kept for all benchmarks of the file.
const BatchFile& batch_of(const std::filesystem::path& file) {
  static std::map<std::filesystem::path, std::unique_ptr<BatchFile>> kept;
  auto& batch = kept[file];
  if (!batch) {
    kept.clear();  // one file in memory at a time
    auto read = std::make_unique<BatchFile>(read_batch_file(file));
    return *(kept[file] = std::move(read));
  }
  return *batch;
}

void solve_batch(benchmark::State& state, const std::filesystem::path& file, const std::string& method,
                 double tolerance) {
  const BatchFile& problems = batch_of(file);
  SolverOptions options;
  options.method = method;
  options.tolerance = tolerance;
  options.threads = 1;
  options.device = "cpu";
  options.pool = method == "pool" || method == "pool_grown" ? 4000 : 0;
  if (options.pool > 0) options.method = "auto";
  Solver solver(options);
  BatchResult result;
  if (method == "pool_grown")
    result = solver.solve(problems.batch);  // the same problems again: a pool that has all it needs
  for (auto _ : state) {
    if (method == "pool") {  // from an empty pool every time
      state.PauseTiming();
      solver = Solver(options);
      state.ResumeTiming();
    }
    result = solver.solve(problems.batch);
  }
  double worst = 0.0, above = 0.0;
  std::int64_t unsolved = 0, iterations = 0;
  for (std::int64_t b = 0; b < result.problems; ++b) {
    iterations += result.iterations[b];
    if (result.status[b] != Status::solved) {
      ++unsolved;
      continue;
    }
    if (problems.reference.objective.empty() || !std::isfinite(problems.reference.objective[b])) continue;
    const double known = problems.reference.objective[b];
    worst = std::max(worst, std::fabs(result.objective[b] - known) / (1.0 + std::fabs(known)));
    above = std::max(above, (result.bound[b] - known) / (1.0 + std::fabs(known)));
  }
  const auto count = static_cast<double>(result.problems);
  state.counters["problems/s"] = benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["ms/problem"] =
      benchmark::Counter(count * 1e-3, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["iterations"] = static_cast<double>(iterations) / count;
  state.counters["worst_error"] = worst;
  state.counters["bound_above"] = above;
  state.counters["unsolved"] = static_cast<double>(unsolved);
}

}  // namespace

int main(int count, char** words) {
  const char* other = std::getenv("WATTSTEIN_BATCHES");  // a folder with files of the same names
  const auto folder = other ? std::filesystem::path(other) : std::filesystem::path(WATTSTEIN_SHARED) / "batches";
  std::error_code none;
  for (const char* name : {"recourse118", "recourse118_ptdf", "recourse30", "recourse14", "recourse30_outages",
                           "socp33", "socp33_varying", "hub24", "cvar", "cvar_own", "qp", "awkward"}) {
    const auto file = folder / (std::string(name) + ".h5");
    if (!std::filesystem::exists(file, none)) {
      std::fprintf(stderr, "%s: skipped, no such file\n", file.c_str());
      continue;
    }
    for (const char* method : {"ipm", "pdhg", "admm", "pool", "pool_grown"})
      for (const double tolerance : {1e-4, 1e-6})
        benchmark::RegisterBenchmark(
            (std::string(name) + "/" + method + "/" + (tolerance > 1e-5 ? "1e-4" : "1e-6")).c_str(),
            [=](benchmark::State& state) { solve_batch(state, file, method, tolerance); })
            ->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
