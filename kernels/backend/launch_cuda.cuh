#pragma once
// Shape of a persistent grid for a body that plans its memory with an Arena: as much shared memory as a block may have,
// the rest in global memory, as many blocks as the device holds at once.

#include <algorithm>

#include "kernels/backend/block_cuda.cuh"
#include "kernels/backend/buffer_cuda.hpp"
#include "kernels/math/sparse_cuda.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// plan(arena) takes the body's arrays. kernel: the __global__ function. elements: length of the body's longest loops.
template <class Plan, class Kernel>
bool shape_grid(Plan&& plan, Kernel kernel, int elements, CudaShape& shape) {
  int device = 0, multiprocessors = 0, most = 0;
  if (cudaGetDevice(&device) != cudaSuccess ||
      cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess ||
      cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) != cudaSuccess)
    return false;
  cudaFuncAttributes attributes{};
  if (cudaFuncGetAttributes(&attributes, kernel) != cudaSuccess) return false;
  shape.threads = std::clamp((elements / 2 + 31) / 32 * 32, 64, std::min(256, attributes.maxThreadsPerBlock / 32 * 32));
  Arena arena;
  arena.fast_bytes = most - static_cast<std::int64_t>(attributes.sharedSizeBytes);
  plan(arena);
  shape.fast_bytes = arena.fast_used;
  shape.slow_bytes = (arena.slow_used + 255) / 256 * 256;
  if (cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shape.fast_bytes)) !=
      cudaSuccess)
    return false;
  int resident = 0;
  if (cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, shape.threads,
                                                    static_cast<std::size_t>(shape.fast_bytes)) != cudaSuccess ||
      resident < 1)
    return false;
  shape.blocks = resident * multiprocessors;
  return true;
}

/// The block's team, on the block's own shared scratch.
__device__ inline CudaBlockTeam block_team(const CudaQueue& queue) {
  __shared__ double scratch[CudaBlockTeam::max_warps * CudaBlockTeam::max_reduced];
  __shared__ std::int64_t broadcast;
  return CudaBlockTeam{queue, scratch, &broadcast};
}

/// The block's memory: dynamic shared memory, then its part of the global workspace. The same order of take() calls as
/// in the plan.
__device__ inline Arena block_arena(std::int64_t fast_bytes, char* slow, std::int64_t slow_bytes) {
  extern __shared__ __align__(64) char shared_memory[];
  Arena arena;
  arena.fast = shared_memory;
  arena.fast_bytes = fast_bytes;
  arena.slow = slow + static_cast<std::int64_t>(blockIdx.x) * slow_bytes;
  return arena;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
