#pragma once
// What the methods that run a body over a queue of problems have in common: choice of the instruction set, filling of
// the job, going on where an earlier run ended, workers.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backend/device.hpp"
#include "kernels/backend/isa.hpp"
#include "kernels/backend/launch.hpp"
#include "kernels/backend/threads.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/batch/resume.hpp"

namespace wattstein::kernels {

/// The best of three compilations that has lanes of the asked width (0: its own width, 1: one problem). Null: not
/// compiled for this machine.
template <class Entries>
Entries choose_entries(int lanes, Entries (*portable)(), Entries (*avx2)(), Entries (*avx512)()) {
  const Isa best = machine_isa();
  if (avx512 && best >= Isa::avx512 && (lanes <= 1 || lanes == 8)) return avx512();
  if (avx2 && best >= Isa::avx2 && (lanes <= 1 || lanes >= 4)) return avx2();
  return portable();
}

/// The same answer for all, without iterations.
inline void answer_all(std::span<const std::int64_t> problems, Status status, RawSolution& out) {
  for (const std::int64_t b : problems) {
    out.status[b] = status;
    out.iterations[b] = out.restarts[b] = 0;
  }
}

/// Tolerances, limits and where the answers go.
template <class Job>
void fill_job(const MethodSettings& settings, int default_iterations, RawSolution& out, Job& job) {
  job.absolute = settings.tolerance_absolute;
  job.relative = settings.tolerance_relative;
  job.max_iterations = settings.max_iterations > 0 ? settings.max_iterations : default_iterations;
  job.warm_start = settings.warm_start;
  job.out = {reinterpret_cast<std::int8_t*>(out.status.data()),
             out.iterations.data(),
             out.restarts.data(),
             out.x.data(),
             out.y.data(),
             out.w.data()};
}

/// On CUDA, where a problem cannot be told what it has spent: a run of its own from the answers before, with what is
/// left of the iterations. False, and nothing done, unless `resume` goes on there.
template <class Method>
bool continue_on_cuda(const Method& method, const Batch& batch, std::span<const std::int64_t> problems,
                      const MethodSettings& settings, RawSolution& out, const Resume* resume) {
  if (!resume || !resume->going || settings.device != Device::cuda) return false;
  const std::vector<int> spent = out.iterations;
  const auto limited = resume->limited(problems, settings, Method::default_max_iterations, out);
  method.solve(with_start(batch, out), problems, limited, out);
  for (const std::int64_t b : problems) out.iterations[b] += spent[b];
  return true;
}

/// On cores: learnt weights and, when `resume` goes on, the answers before as start points and the iterations spent.
/// `spent` (B) has to live as long as the job.
template <class Job>
void fill_resume(const Batch& batch, const MethodSettings& settings, const RawSolution& out, Resume* resume,
                 std::vector<int>& spent, Job& job) {
  if (!resume || settings.device == Device::cuda) return;
  job.weight = resume->weight.data();
  if (!resume->going) return;
  spent = out.iterations;
  job.spent = spent.data();
  job.warm_start = true;
  job.batch.start_x = {out.x.data(), batch.variables};
  job.batch.start_y = {out.y.data(), batch.rows};
  job.batch.start_w = {out.w.data(), batch.cone_rows()};
}

/// Runs the job's queue on the CPU: as an emulated block, run_emulated(job, threads, bytes of shared memory), or in the
/// lanes of vector registers, one worker per thread.
template <class Job, class Entries, class Emulated>
void run_on_cpu(std::span<const std::int64_t> problems, const MethodSettings& settings, const Entries& entries,
                Emulated&& run_emulated, Job& job) {
  ProblemQueue queue(problems, settings);
  job.queue = queue.view();
  if (settings.device == Device::emulated_block) {
    constexpr int block_threads = 4;
    run_emulated(job, settings.threads > 0 ? settings.threads : block_threads, usual_block_memory);
    return;
  }
  const int lanes = settings.lanes == 1 ? 1 : entries.lanes;
  const std::int64_t bytes = entries.arena_bytes(job, lanes);
  const auto packs = (static_cast<long long>(problems.size()) + lanes - 1) / lanes;
  run_workers(thread_count(settings.threads, packs), [&](int) {
    const AlignedBuffer arena(bytes);
    entries.run(job, lanes, arena.data());
  });
}

}  // namespace wattstein::kernels
