// The body of admm_body.hpp run by CUDA blocks: a persistent grid, one problem per block at a time; the shared factors
// of all rungs lie in global memory (and in L2), so a change of ρ is a change of pointer.
#include "kernels/admm/admm_body.hpp"
#include "kernels/admm/admm_plan.hpp"
#include "kernels/backend/launch_cuda.cuh"
#include "kernels/backend/shares_cuda.hpp"

namespace wattstein::kernels {

namespace {

template <bool Shared>
using Body = AdmmBody<CudaBlockTeam, double, Shared>;

template <bool Shared>
__global__ void __launch_bounds__(256)
    solve_kernel(AdmmJob job, CudaQueue queue, std::int64_t fast_bytes, char* slow, std::int64_t slow_bytes) {
  const CudaBlockTeam team = block_team(queue);
  Arena arena = block_arena(fast_bytes, slow, slow_bytes);
  Body<Shared> body(team, job, arena);
  body.run();
}

/// Every rung of every equality pattern, on the device.
const FactorNumbers* upload_table(DeviceArrays& arrays, SharedFactors& factors, int keys, const FactorView& factor) {
  std::vector<FactorNumbers> table;
  for (int key = 0; key < keys; ++key)
    for (int rung = RhoLadder::lowest; rung <= RhoLadder::highest; ++rung) {
      const FactorNumbers host = factors.get(key, rung);
      table.push_back({arrays.put(host.by_column, factor.entries), arrays.put(host.by_row, factor.entries),
                       arrays.put(host.inverse_pivot, factor.size)});
    }
  return arrays.put(table.data(), static_cast<std::int64_t>(table.size()));
}

template <bool Shared>
bool run(const AdmmPlan& plan, const Batch& batch, std::span<const std::int64_t> problems,
         const MethodSettings& settings, const AdmmJob& host, SharedFactors* factors, int keys, RawSolution& out) {
  DeviceArrays arrays;
  AdmmJob job = host;
  const PatternView pattern = plan.pattern.view();
  const FactorView factor = plan.blocks.view();
  job.pattern = upload(arrays, pattern);
  job.factor = upload(arrays, factor);
  job.factors = {};
  if constexpr (Shared) {
    job.shared.row_form = arrays.put(host.shared.row_form, pattern.nnz);
    job.shared.column_form = arrays.put(host.shared.column_form, pattern.nnz);
    job.shared.row_scale = arrays.put(host.shared.row_scale, pattern.rows);
    job.shared.column_scale = arrays.put(host.shared.column_scale, pattern.n);
    job.table = upload_table(arrays, *factors, keys, factor);
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
    AdmmJob part = job;
    part.batch = chunk.batch;
    part.out = chunk.out;
    part.key = chunk.key;
    const int blocks = static_cast<int>(std::min<std::int64_t>(shape.blocks, chunk.count));
    solve_kernel<Shared><<<blocks, shape.threads, static_cast<std::size_t>(shape.fast_bytes), chunk.stream>>>(
        part, chunk.queue, shape.fast_bytes, slow[chunk.slot].as(), shape.slow_bytes);
    return cudaGetLastError() == cudaSuccess;
  };
  return stream_batch(batch, problems, Shared ? host.key : nullptr, settings, launch, out);
}

}  // namespace

std::vector<std::int64_t> run_admm_cuda(const AdmmPlan& plan, const Batch& batch,
                                        std::span<const std::int64_t> problems, const MethodSettings& settings,
                                        const AdmmJob& job, SharedFactors* factors, int keys, RawSolution& out) {
  return run_on_devices(problems, settings, least_of_blocks,
                        [&](std::span<const std::int64_t> part, const MethodSettings& own) {
                          return job.own_factors ? run<false>(plan, batch, part, own, job, factors, keys, out)
                                                 : run<true>(plan, batch, part, own, job, factors, keys, out);
                        });
}

}  // namespace wattstein::kernels
