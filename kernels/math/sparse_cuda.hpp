#pragma once
// A batch on its way through a CUDA device: the shared part once, the problems in chunks through pinned memory on two
// streams.

#include <functional>
#include <span>

#include "kernels/backend/block_cuda.cuh"
#include "kernels/backend/buffer_cuda.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/math/sparse.hpp"
#include "kernels/math/sparse_factor.hpp"

namespace wattstein::kernels {

PatternView upload(DeviceArrays& arrays, const PatternView& host);
FactorView upload(DeviceArrays& arrays, const FactorView& host);

/// One chunk as a kernel sees it: problem i of the chunk is index i everywhere.
struct CudaChunk {
  BatchView batch;
  SolutionView out;
  const int* key = nullptr;  // (count) or null
  CudaQueue queue;
  std::int64_t count = 0;
  int slot = 0;  // 0 or 1: which of the two sets of buffers (and workspaces) is used
  cudaStream_t stream = nullptr;
};

/// Packs, copies, launches and unpacks chunk after chunk. `launch` starts the kernel of one chunk on its stream and
/// returns false when that failed. keys: equality pattern per problem (B), or null. parts: see chunk_size. Returns
/// false when anything on the device failed.
bool stream_batch(const Batch& batch, std::span<const std::int64_t> problems, const int* keys,
                  const MethodSettings& settings, const std::function<bool(const CudaChunk&)>& launch, RawSolution& out,
                  int parts = 4);

/// Blocks of a persistent grid and the memory of one block.
struct CudaShape {
  int threads = 128;
  int blocks = 1;
  std::int64_t fast_bytes = 0;  // dynamic shared memory per block
  std::int64_t slow_bytes = 0;  // global memory per block
};

}  // namespace wattstein::kernels
