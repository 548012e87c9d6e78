#pragma once
// What the machine offers besides its cores.

#include <cstdint>
#include <string>

namespace wattstein::kernels {

/// Shared memory that a block of an H100 or H200 may have.
inline constexpr std::int64_t usual_block_memory = std::int64_t{227} * 1024;

/// True when this build holds the CUDA side (WATTSTEIN_CUDA=ON).
bool cuda_compiled();

/// Number of usable CUDA devices; 0 when none or not compiled.
int cuda_device_count();

/// Bytes of fast memory that one block of the current CUDA device may have; of an H200 where there is none.
std::int64_t cuda_block_memory();

/// What the current CUDA device can do at most, by its properties; zeros where there is none.
struct CudaLimits {
  std::string name;
  double bytes_per_second = 0.0;  // of its memory
  double flops_per_second = 0.0;  // double precision, a fused multiply-add counted as two, without tensor cores
};
CudaLimits cuda_limits();

/// Empty when a CUDA device can be used; otherwise one sentence that says why not.
std::string cuda_why_not();

}  // namespace wattstein::kernels
