// wattstein_gpu_check FOLDER [--only NAME] [--small] [--no-bench] [--json FILE]
//
// Correctness: every workload (FOLDER/NAME.raw) by every method that suits it, on the CPU and on the GPU; both answers
// are judged by residuals recomputed on the unscaled data, and statuses and objectives must agree with each other and
// with the reference. Then throughput on the GPU with the batch repeated. Without a CUDA device the emulated block team
// takes the GPU's place on small batches and nothing is timed. Exit code 0 only when everything agrees.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "bench/gpu/judge.hpp"
#include "bench/gpu/raw_batch.hpp"
#include "kernels/admm/admm.hpp"
#include "kernels/backend/device.hpp"
#include "kernels/pdhg/pdhg.hpp"

namespace {

using namespace wattstein;
using kernels::Batch;
using kernels::Device;
using kernels::MethodSettings;
using kernels::RawSolution;
using kernels::Status;

struct Workload {
  const char* name;
  const char* method;
  double tolerance;
  int small;    // problems under compute-sanitizer and by the emulated team
  int checked;  // problems of the comparison
  int timed;    // problems of the benchmark (the batch repeated)
};

// Methods as reference/solvers.md recommends them; tolerances of the requirement.
constexpr Workload workloads[] = {
    {"recourse14", "pdhg", 1e-4, 4, 960, 100000},
    {"recourse30", "pdhg", 1e-4, 2, 960, 100000},
    {"recourse30_outages", "pdhg", 1e-4, 2, 480, 50000},
    {"recourse118_ptdf", "pdhg", 1e-4, 1, 480, 20000},
    {"recourse118", "pdhg", 1e-4, 1, 96, 50000},
    {"qp", "pdhg", 1e-4, 4, 1000, 100000},
    {"qp", "admm", 1e-4, 4, 1000, 100000},
    {"qp", "admm", 1e-6, 4, 1000, 100000},
    {"socp33", "admm", 1e-4, 2, 500, 100000},
    {"socp33", "admm", 1e-6, 2, 500, 100000},
    {"socp33_varying", "admm", 1e-4, 2, 200, 20000},
    {"cvar", "admm", 1e-4, 1, 200, 2000},
    {"cvar_own", "admm", 1e-4, 1, 50, 500},
    {"awkward", "pdhg", 1e-4, 45, 45, 0},
    {"awkward", "admm", 1e-4, 45, 45, 0},
};

struct Arguments {
  std::string folder, only, json;
  bool small = false, bench = true;
};

struct Timed {
  RawSolution out;
  double seconds = 0.0;
};

Timed solve(const Workload& workload, const Batch& batch, const std::vector<std::int64_t>& problems, Device device) {
  MethodSettings settings;
  settings.tolerance_absolute = settings.tolerance_relative = workload.tolerance;
  settings.device = device;
  settings.threads = device == Device::emulated_block ? 4 : 0;
  Timed run;
  run.out.resize(batch);
  const auto start = std::chrono::steady_clock::now();
  if (std::strcmp(workload.method, "pdhg") == 0) {
    const kernels::PdhgMethod method(batch, settings);
    method.solve(batch, problems, settings, run.out);
  } else {
    const kernels::AdmmMethod method(batch, settings);
    method.solve(batch, problems, settings, run.out);
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

struct Comparison {
  std::int64_t problems = 0, solved = 0, status_mismatches = 0, not_verified = 0;
  double objective_error = 0.0;  // largest |objective - reference| / (1 + |reference|)
  double difference = 0.0;       // largest relative difference of the two objectives
};

/// Judges `other` on its own, then against `cpu` and the reference.
Comparison compare(const Workload& workload, const bench::ReferencedBatch& all,
                   const std::vector<std::int64_t>& problems, const RawSolution& cpu, const RawSolution& other) {
  Comparison c;
  const Batch& batch = all.batch;
  const std::int64_t n = batch.variables, m = batch.rows, k = batch.cone_rows();
  const auto judged = [&](const RawSolution& out, std::int64_t b) {
    return bench::judge(batch, b, out.x.data() + b * n, out.y.data() + b * m, out.w.data() + b * k);
  };
  for (const std::int64_t b : problems) {
    ++c.problems;
    if (cpu.status[b] != other.status[b]) ++c.status_mismatches;
    if (other.status[b] != Status::solved) continue;
    ++c.solved;
    const bench::Judgement mine = judged(other, b);
    if (!(mine.excess(workload.tolerance) <= 1.0)) ++c.not_verified;
    if (cpu.status[b] == Status::solved) {
      const double difference = std::abs(mine.objective - judged(cpu, b).objective) / (1.0 + std::abs(mine.objective));
      if (!(difference <= c.difference)) c.difference = difference;
    }
    if (b < static_cast<std::int64_t>(all.objective.size()) && std::isfinite(all.objective[b])) {
      const double error = std::abs(mine.objective - all.objective[b]) / (1.0 + std::abs(all.objective[b]));
      if (!(error <= c.objective_error)) c.objective_error = error;
    }
  }
  return c;
}

/// The batch repeated to `count` problems: per-problem fields and matrices are copied, the shared part stays.
Batch repeated(const Batch& batch, std::int64_t count) {
  Batch out = batch;
  out.problems = count;
  const auto field = [&](kernels::Field& to) {
    if (!to.per_problem || to.empty()) return;
    const kernels::Field from = to;
    to.data.resize(static_cast<std::size_t>(count * to.width));
    for (std::int64_t b = 0; b < count; ++b) std::copy_n(from.of(b % batch.problems), from.width, to.of(b));
  };
  for (kernels::Field* f :
       {&out.q, &out.r, &out.l, &out.u, &out.lb, &out.ub, &out.g, &out.start_x, &out.start_y, &out.start_w})
    field(*f);
  const auto matrix = [&](kernels::Matrix& to) {
    const kernels::Matrix from = to;
    const std::int64_t nnz = from.pattern.nonzeros();
    if (from.per_problem) {
      to.data.resize(static_cast<std::size_t>(count * nnz));
      for (std::int64_t b = 0; b < count; ++b)
        std::copy_n(from.data.data() + (b % batch.problems) * nnz, nnz, to.data.data() + b * nnz);
    }
    if (!from.delta_indptr.empty()) {
      to.delta_indptr.assign(1, 0);
      to.delta_position.clear();
      to.delta_value.clear();
      for (std::int64_t b = 0; b < count; ++b) {
        for (std::int64_t e = from.delta_indptr[b % batch.problems]; e < from.delta_indptr[b % batch.problems + 1];
             ++e) {
          to.delta_position.push_back(from.delta_position[e]);
          to.delta_value.push_back(from.delta_value[e]);
        }
        to.delta_indptr.push_back(static_cast<std::int64_t>(to.delta_position.size()));
      }
    }
  };
  matrix(out.A);
  matrix(out.P);
  matrix(out.G);
  return out;
}

/// Multiply-adds of the matrix products of one iteration, counted as two flops each; the factor's solves are not
/// counted.
double flops_per_iteration(const Batch& batch) {
  return 4.0 * static_cast<double>(batch.A.pattern.nonzeros() + batch.G.pattern.nonzeros()) +
         10.0 * static_cast<double>(batch.variables + batch.rows + batch.cone_rows());
}

std::vector<std::int64_t> first_problems(std::int64_t count) {
  std::vector<std::int64_t> problems(static_cast<std::size_t>(count));
  std::iota(problems.begin(), problems.end(), 0);
  return problems;
}

bool parse(int argc, char** argv, Arguments& to) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--small") to.small = true;
    else if (word == "--no-bench") to.bench = false;
    else if ((word == "--only" || word == "--json") && i + 1 < argc) (word == "--only" ? to.only : to.json) = argv[++i];
    else if (to.folder.empty() && word[0] != '-') to.folder = word;
    else return false;
  }
  return !to.folder.empty();
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fprintf(stderr, "usage: %s FOLDER [--only NAME] [--small] [--no-bench] [--json FILE]\n", argv[0]);
    return 2;
  }
  const bool cuda = kernels::cuda_device_count() > 0;
  const Device device = cuda ? Device::cuda : Device::emulated_block;
  if (!cuda)
    std::printf("%s; the emulated block team is tested instead, nothing is timed\n", kernels::cuda_why_not().c_str());
  std::FILE* json = arguments.json.empty() ? nullptr : std::fopen(arguments.json.c_str(), "w");
  if (!arguments.json.empty() && !json) {
    std::fprintf(stderr, "%s: cannot be written\n", arguments.json.c_str());
    return 1;
  }
  if (json) std::fprintf(json, "{\"device\": \"%s\", \"workloads\": [", cuda ? "cuda" : "emulated block");
  bool good = true;
  int ran = 0;
  for (const Workload& workload : workloads) {
    if (!arguments.only.empty() && arguments.only != workload.name) continue;
    std::string error;
    const bench::ReferencedBatch all = bench::read_raw_batch(arguments.folder + "/" + workload.name + ".raw", error);
    if (!error.empty()) {
      std::printf("%-20s skipped: %s\n", workload.name, error.c_str());
      continue;
    }
    const int wanted = arguments.small || !cuda ? workload.small : workload.checked;
    const std::vector<std::int64_t> problems = first_problems(std::min<std::int64_t>(wanted, all.batch.problems));
    const Timed cpu = solve(workload, all.batch, problems, Device::cpu);
    const Timed other = solve(workload, all.batch, problems, device);
    const Comparison c = compare(workload, all, problems, cpu.out, other.out);
    const bool agrees = c.status_mismatches == 0 && c.not_verified == 0 && c.difference <= 10.0 * workload.tolerance;
    good = good && agrees;
    ++ran;
    std::printf(
        "%-20s %-5s %.0e  %5lld problems, %5lld solved, %lld statuses differ, %lld not verified, difference %.1e, to "
        "the reference %.1e%s\n",
        workload.name, workload.method, workload.tolerance, static_cast<long long>(c.problems),
        static_cast<long long>(c.solved), static_cast<long long>(c.status_mismatches),
        static_cast<long long>(c.not_verified), c.difference, c.objective_error, agrees ? "" : "  FAILED");
    std::fflush(stdout);
    if (json)
      std::fprintf(
          json,
          "%s\n  {\"name\": \"%s\", \"method\": \"%s\", \"tolerance\": %g, \"problems\": %lld, \"solved\": %lld, "
          "\"status_mismatches\": %lld, \"not_verified\": %lld, \"objective_difference\": %.3e, "
          "\"reference_error\": %.3e, \"cpu_seconds\": %.6f, \"device_seconds\": %.6f",
          ran > 1 ? "," : "", workload.name, workload.method, workload.tolerance, static_cast<long long>(c.problems),
          static_cast<long long>(c.solved), static_cast<long long>(c.status_mismatches),
          static_cast<long long>(c.not_verified), c.difference, c.objective_error, cpu.seconds, other.seconds);
    if (cuda && arguments.bench && !arguments.small && workload.timed > 0) {
      const Batch big = repeated(all.batch, workload.timed);
      const std::vector<std::int64_t> every = first_problems(workload.timed);
      solve(workload, big, first_problems(std::min<std::int64_t>(1000, workload.timed)), device);  // warm up
      const Timed run = solve(workload, big, every, device);
      double iterations = 0.0;
      std::int64_t solved = 0;
      for (const std::int64_t b : every) {
        iterations += run.out.iterations[b];
        solved += run.out.status[b] == Status::solved ? 1 : 0;
      }
      const double rate = workload.timed / run.seconds;
      const double gflops = iterations * flops_per_iteration(big) / run.seconds * 1e-9;
      std::printf(
          "    %d problems in %.3f s, transfers included: %.0f problems/s, %.1f iterations each, %.1f Gflop/s "
          "(products and vectors)\n",
          workload.timed, run.seconds, rate, iterations / workload.timed, gflops);
      if (json)
        std::fprintf(json,
                     ", \"timed_problems\": %d, \"timed_solved\": %lld, \"seconds\": %.6f, \"problems_per_second\": "
                     "%.1f, \"mean_iterations\": %.1f, \"gflops\": %.2f",
                     workload.timed, static_cast<long long>(solved), run.seconds, rate, iterations / workload.timed,
                     gflops);
    }
    if (json) std::fprintf(json, "}");
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
