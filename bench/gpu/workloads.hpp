#pragma once
// What gpu_check runs: batches, methods, tolerances, and how large a batch is made for the benchmark.

#include <cstdint>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::bench {

enum class Way : std::int8_t { ipm, pdhg, admm, wide, wide_cusparse };
const char* way_word(Way way);

struct Workload {
  const char* name;
  Way way;
  double tolerance;
  int small;    // problems under compute-sanitizer and by the emulated team
  int checked;  // problems of the comparison
  int timed;    // problems of the benchmark: the batch repeated, sides perturbed
};

/// All workloads, in the order in which they run.
const std::vector<Workload>& workloads();

struct Timed {
  kernels::RawSolution out;
  double plan_seconds = 0.0, seconds = 0.0;  // seconds: of the solve, transfers included
};

/// Solves the listed problems by the workload's method. `rough`: as the CPU is fastest, with first iterations in single
/// precision; without it takes the device's very steps.
Timed solve(const Workload& workload, const kernels::Batch& batch, const std::vector<std::int64_t>& problems,
            kernels::Device device, bool rough);

/// The same problems by the pool of bases, on the CPU, in slices as the engine does; empty `out` where it does not
/// apply.
Timed solve_by_pool(const Workload& workload, const kernels::Batch& batch, const std::vector<std::int64_t>& problems);

/// The batch repeated to `count` problems: per-problem fields and matrices are copied, the shared part stays; from the
/// second round on every side of a row that is each problem's own is multiplied by a number within 0.5 % of 1, the same
/// for both sides of a row.
kernels::Batch repeated(const kernels::Batch& batch, std::int64_t count);

/// What a run did, counted: flops (a multiply-add is two) and bytes of the device's memory that a perfect cache would
/// still have to move. Estimates of the main terms; sources in workloads.cpp.
struct Work {
  double flops = 0.0, bytes = 0.0;
};
Work work_of(const Workload& workload, const kernels::Batch& batch, double iterations);

/// Bytes of a problem that travel to the device and back.
double transfer_bytes(const kernels::Batch& batch);

}  // namespace wattstein::bench
