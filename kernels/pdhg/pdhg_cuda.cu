// The body of pdhg_body.hpp run by CUDA blocks: a persistent grid, one problem per block at a time, state in shared
// memory where it fits.
#include "kernels/backend/launch_cuda.cuh"
#include "kernels/backend/shares_cuda.hpp"
#include "kernels/pdhg/pdhg_body.hpp"
#include "kernels/pdhg/pdhg_plan.hpp"

namespace wattstein::kernels {

namespace {

template <bool Shared>
using Body = PdhgBody<CudaBlockTeam, double, Shared>;

template <bool Shared>
__global__ void __launch_bounds__(256)
    solve_kernel(PdhgJob job, CudaQueue queue, std::int64_t fast_bytes, char* slow, std::int64_t slow_bytes) {
  const CudaBlockTeam team = block_team(queue);
  Arena arena = block_arena(fast_bytes, slow, slow_bytes);
  Body<Shared> body(team, job, arena);
  body.run();
}

template <bool Shared>
bool run(const PdhgPlan& plan, const Batch& batch, std::span<const std::int64_t> problems,
         const MethodSettings& settings, const PdhgJob& host, RawSolution& out) {
  DeviceArrays arrays;
  PdhgJob job = host;
  const PatternView pattern = plan.pattern.view();
  job.pattern = upload(arrays, pattern);
  if constexpr (Shared) {
    job.shared.row_form = arrays.put(host.shared.row_form, pattern.nnz);
    job.shared.column_form = arrays.put(host.shared.column_form, pattern.nnz);
    job.shared.row_scale = arrays.put(host.shared.row_scale, pattern.rows);
    job.shared.column_scale = arrays.put(host.shared.column_scale, pattern.n);
  }
  if (!arrays.ok()) return false;

  CudaShape shape;
  const auto take = [&](Arena& arena) {
    const CudaBlockTeam nobody{};
    Body<Shared> body(nobody, host, arena);
  };
  if (!shape_grid(take, solve_kernel<Shared>, std::max(pattern.n, pattern.rows), shape)) return false;
  shape.blocks = static_cast<int>(std::min<std::int64_t>(shape.blocks, static_cast<std::int64_t>(problems.size())));
  const DeviceBuffer slow[2] = {DeviceBuffer(shape.slow_bytes * shape.blocks),
                                DeviceBuffer(shape.slow_bytes * shape.blocks)};
  if (!slow[0].ok() || !slow[1].ok()) return false;

  const auto launch = [&](const CudaChunk& chunk) {
    PdhgJob part = job;
    part.batch = chunk.batch;
    part.out = chunk.out;
    const int blocks = static_cast<int>(std::min<std::int64_t>(shape.blocks, chunk.count));
    solve_kernel<Shared><<<blocks, shape.threads, static_cast<std::size_t>(shape.fast_bytes), chunk.stream>>>(
        part, chunk.queue, shape.fast_bytes, slow[chunk.slot].as(), shape.slow_bytes);
    return cudaGetLastError() == cudaSuccess;
  };
  return stream_batch(batch, problems, nullptr, settings, launch, out);
}

}  // namespace

std::vector<std::int64_t> run_pdhg_cuda(const PdhgPlan& plan, const Batch& batch,
                                        std::span<const std::int64_t> problems, const MethodSettings& settings,
                                        const PdhgJob& job, RawSolution& out) {
  return run_on_devices(problems, settings, least_of_blocks,
                        [&](std::span<const std::int64_t> part, const MethodSettings& own) {
                          return job.batch.matrix_varies ? run<false>(plan, batch, part, own, job, out)
                                                         : run<true>(plan, batch, part, own, job, out);
                        });
}

}  // namespace wattstein::kernels
