// wattstein_gpu_check FOLDER [--only NAME] [--way METHOD] [--small] [--no-bench] [--timed N] [--json FILE]
//
// Correctness: every workload (FOLDER/NAME.raw) by every method that suits it, on the CPU and on the GPU; both answers
// are judged by residuals recomputed on the unscaled data, and statuses and objectives must agree with each other and
// with the reference. Then throughput on the GPU: the batch repeated (to N problems at most) with perturbed sides,
// transfers included, answers judged on a sample, beside the device's limits, the same method and the pool of bases on
// the CPU. Without a CUDA device the emulated block team takes the GPU's place on small batches and nothing is timed.
// Exit code 0 only when everything agrees.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "bench/gpu/judge.hpp"
#include "bench/gpu/raw_batch.hpp"
#include "bench/gpu/workloads.hpp"
#include "kernels/backend/device.hpp"
#include "kernels/wide/wide.hpp"

namespace {

using namespace wattstein;
using bench::Timed;
using bench::Workload;
using kernels::Batch;
using kernels::Device;
using kernels::RawSolution;
using kernels::Status;

struct Arguments {
  std::string folder, only, way, json;
  bool small = false, bench = true;
  int timed = 100000;
};

struct Comparison {
  std::int64_t problems = 0, solved = 0, status_mismatches = 0, not_verified = 0;
  double objective_error = 0.0;  // largest |objective - reference| / (1 + |reference|)
  double difference = 0.0;       // largest relative difference of the two objectives
};

bench::Judgement judged(const Batch& batch, const RawSolution& out, std::int64_t b) {
  const std::int64_t n = batch.variables, m = batch.rows, k = batch.cone_rows();
  return bench::judge(batch, b, out.x.data() + b * n, out.y.data() + b * m, out.w.data() + b * k);
}

/// Judges `other` on its own, then against `cpu` and the reference.
Comparison compare(const Workload& workload, const bench::ReferencedBatch& all,
                   const std::vector<std::int64_t>& problems, const RawSolution& cpu, const RawSolution& other) {
  Comparison c;
  const Batch& batch = all.batch;
  const auto infeasible = [](Status s) { return s == Status::primal_infeasible || s == Status::dual_infeasible; };
  for (const std::int64_t b : problems) {
    ++c.problems;
    // A problem that is both primal and dual infeasible may be reported as either.
    const bool same = cpu.status[b] == other.status[b] || (infeasible(cpu.status[b]) && infeasible(other.status[b]));
    if (!same) ++c.status_mismatches;
    if (other.status[b] != Status::solved) continue;
    ++c.solved;
    const bench::Judgement mine = judged(batch, other, b);
    if (!(mine.excess(workload.tolerance) <= 1.0)) ++c.not_verified;
    if (cpu.status[b] == Status::solved) {
      const double difference =
          std::abs(mine.objective - judged(batch, cpu, b).objective) / (1.0 + std::abs(mine.objective));
      if (!(difference <= c.difference)) c.difference = difference;
    }
    if (b < static_cast<std::int64_t>(all.objective.size()) && std::isfinite(all.objective[b])) {
      const double error = std::abs(mine.objective - all.objective[b]) / (1.0 + std::abs(all.objective[b]));
      if (!(error <= c.objective_error)) c.objective_error = error;
    }
  }
  return c;
}

std::vector<std::int64_t> first_problems(std::int64_t count) {
  std::vector<std::int64_t> problems(static_cast<std::size_t>(count));
  std::iota(problems.begin(), problems.end(), 0);
  return problems;
}

bool parse(int argc, char** argv, Arguments& to) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--small") to.small = true;
    else if (word == "--no-bench") to.bench = false;
    else if (word == "--only" && more) to.only = argv[++i];
    else if (word == "--way" && more) to.way = argv[++i];
    else if (word == "--json" && more) to.json = argv[++i];
    else if (word == "--timed" && more) to.timed = std::atoi(argv[++i]);
    else if (to.folder.empty() && word[0] != '-') to.folder = word;
    else return false;
  }
  return !to.folder.empty() && to.timed > 0;
}

/// Times a large batch on the device; false when a sampled answer does not hold. json may be null.
bool benchmark(const Workload& workload, const Batch& batch, int count, const kernels::CudaLimits& limits,
               std::FILE* json) {
  const Batch big = bench::repeated(batch, count);
  const std::vector<std::int64_t> every = first_problems(count);
  bench::solve(workload, big, first_problems(std::min(count, 1000)), Device::cuda, false);  // warm up
  const Timed run = bench::solve(workload, big, every, Device::cuda, false);
  double iterations = 0.0;
  std::int64_t solved = 0, sampled = 0, wrong = 0;
  for (const std::int64_t b : every) {
    iterations += run.out.iterations[b];
    if (run.out.status[b] != Status::solved) continue;
    ++solved;
    if (b % 97 != 0) continue;
    ++sampled;
    if (!(judged(big, run.out, b).excess(workload.tolerance) <= 1.0)) ++wrong;
  }
  const bench::Work work = bench::work_of(workload, big, iterations);
  const double rate = count / run.seconds, gflops = 1e-9 * work.flops / run.seconds;
  const double gbytes = 1e-9 * work.bytes / run.seconds, link = 1e-9 * count * bench::transfer_bytes(big) / run.seconds;
  const auto share = [](double value, double limit) { return limit > 0.0 ? 100.0 * value * 1e9 / limit : 0.0; };
  // The CPU on a part of the same batch: the same method, and the pool where it applies.
  const int part = std::min(count, workload.way == bench::Way::ipm ? 2000 : 320);
  const Timed cpu = bench::solve(workload, big, first_problems(part), Device::cpu, true);
  const int pooled = std::min(count, 20000);
  const Timed pool = bench::solve_by_pool(workload, big, first_problems(pooled));
  const double pool_rate = pool.seconds > 0.0 ? pooled / pool.seconds : 0.0;
  std::printf(
      "    %d problems (%lld solved) in %.3f s, transfers included: %.0f problems/s, %.1f iterations each; on the CPU "
      "%.0f problems/s, pool %.0f\n"
      "    %.1f Gflop/s (%.1f %% of %.0f), %.1f GB/s of memory (%.1f %% of %.0f), %.2f GB/s over the link; %lld of "
      "%lld "
      "sampled answers not verified\n",
      count, static_cast<long long>(solved), run.seconds, rate, iterations / count, part / cpu.seconds, pool_rate,
      gflops, share(gflops, limits.flops_per_second), 1e-9 * limits.flops_per_second, gbytes,
      share(gbytes, limits.bytes_per_second), 1e-9 * limits.bytes_per_second, link, static_cast<long long>(wrong),
      static_cast<long long>(sampled));
  std::fflush(stdout);
  if (json)
    std::fprintf(json,
                 ", \"timed_problems\": %d, \"timed_solved\": %lld, \"seconds\": %.6f, \"problems_per_second\": "
                 "%.1f, \"mean_iterations\": %.1f, \"gflops\": %.2f, \"gbytes_per_second\": %.2f, "
                 "\"link_gbytes_per_second\": %.3f, \"flops_percent\": %.2f, \"bandwidth_percent\": %.2f, "
                 "\"cpu_problems_per_second\": %.1f, \"pool_problems_per_second\": %.1f, \"timed_sampled\": %lld, "
                 "\"timed_not_verified\": %lld",
                 count, static_cast<long long>(solved), run.seconds, rate, iterations / count, gflops, gbytes, link,
                 share(gflops, limits.flops_per_second), share(gbytes, limits.bytes_per_second), part / cpu.seconds,
                 pool_rate, static_cast<long long>(sampled), static_cast<long long>(wrong));
  return wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fprintf(stderr,
                 "usage: %s FOLDER [--only NAME] [--way METHOD] [--small] [--no-bench] [--timed N] [--json FILE]\n",
                 argv[0]);
    return 2;
  }
  const bool cuda = kernels::cuda_device_count() > 0;
  const Device device = cuda ? Device::cuda : Device::emulated_block;
  const kernels::CudaLimits limits = kernels::cuda_limits();
  if (!cuda)
    std::printf("%s; the emulated block team is tested instead, nothing is timed\n", kernels::cuda_why_not().c_str());
  else
    std::printf("%d x %s: %.0f GB/s, %.0f Gflop/s in double precision at most\n", kernels::cuda_device_count(),
                limits.name.c_str(), 1e-9 * limits.bytes_per_second, 1e-9 * limits.flops_per_second);
  const bool cusparse = cuda && kernels::cusparse_found();
  if (kernels::cuda_compiled()) std::printf("cuSPARSE: %s\n", kernels::cusparse_found() ? "found" : "not found");
  std::FILE* json = arguments.json.empty() ? nullptr : std::fopen(arguments.json.c_str(), "w");
  if (!arguments.json.empty() && !json) {
    std::fprintf(stderr, "%s: cannot be written\n", arguments.json.c_str());
    return 1;
  }
  if (json)
    std::fprintf(json,
                 "{\"device\": \"%s\", \"device_name\": \"%s\", \"devices\": %d, \"peak_gbytes_per_second\": %.1f, "
                 "\"peak_gflops\": %.1f, \"workloads\": [",
                 cuda ? "cuda" : "emulated block", limits.name.c_str(), kernels::cuda_device_count(),
                 1e-9 * limits.bytes_per_second, 1e-9 * limits.flops_per_second);
  bool good = true;
  int ran = 0;
  for (const Workload& workload : bench::workloads()) {
    if (!arguments.only.empty() && arguments.only != workload.name) continue;
    if (!arguments.way.empty() && arguments.way != bench::way_word(workload.way)) continue;
    if (!cusparse && workload.way == bench::Way::wide_cusparse) continue;
    std::string error;
    const bench::ReferencedBatch all = bench::read_raw_batch(arguments.folder + "/" + workload.name + ".raw", error);
    if (!error.empty()) {
      std::printf("%-20s skipped: %s\n", workload.name, error.c_str());
      continue;
    }
    const int wanted = arguments.small || !cuda ? workload.small : workload.checked;
    const std::vector<std::int64_t> problems = first_problems(std::min<std::int64_t>(wanted, all.batch.problems));
    const Timed cpu = bench::solve(workload, all.batch, problems, Device::cpu, false);
    const Timed other = bench::solve(workload, all.batch, problems, device, false);
    const Comparison c = compare(workload, all, problems, cpu.out, other.out);
    bool agrees = c.status_mismatches == 0 && c.not_verified == 0 && c.difference <= 10.0 * workload.tolerance;
    ++ran;
    std::printf(
        "%-20s %-13s %.0e  %5lld problems, %5lld solved, %lld statuses differ, %lld not verified, difference %.1e, to "
        "the reference %.1e%s\n",
        workload.name, bench::way_word(workload.way), workload.tolerance, static_cast<long long>(c.problems),
        static_cast<long long>(c.solved), static_cast<long long>(c.status_mismatches),
        static_cast<long long>(c.not_verified), c.difference, c.objective_error, agrees ? "" : "  FAILED");
    std::fflush(stdout);
    if (json)
      std::fprintf(
          json,
          "%s\n  {\"name\": \"%s\", \"method\": \"%s\", \"tolerance\": %g, \"problems\": %lld, \"solved\": %lld, "
          "\"status_mismatches\": %lld, \"not_verified\": %lld, \"objective_difference\": %.3e, "
          "\"reference_error\": %.3e, \"cpu_seconds\": %.6f, \"device_seconds\": %.6f",
          ran > 1 ? "," : "", workload.name, bench::way_word(workload.way), workload.tolerance,
          static_cast<long long>(c.problems), static_cast<long long>(c.solved),
          static_cast<long long>(c.status_mismatches), static_cast<long long>(c.not_verified), c.difference,
          c.objective_error, cpu.seconds, other.seconds);
    if (cuda && arguments.bench && !arguments.small && workload.timed > 0)
      agrees = benchmark(workload, all.batch, std::min(workload.timed, arguments.timed), limits, json) && agrees;
    if (json) std::fprintf(json, "}");
    good = good && agrees;
  }
  if (json) {
    std::fprintf(json, "\n], \"agrees\": %s}\n", good ? "true" : "false");
    std::fclose(json);
  }
  if (ran == 0) {
    std::fprintf(stderr, "%s: no batch of this program there\n", arguments.folder.c_str());
    return 1;
  }
  std::printf("%s\n", good ? "all agree" : "FAILED");
  return good ? 0 : 1;
}
