#include <cuda_runtime.h>

#include "kernels/backend/device.hpp"

namespace wattstein::kernels {

bool cuda_compiled() {
  return true;
}

int cuda_device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::int64_t cuda_block_memory() {
  int device = 0, bytes = 0;
  if (cudaGetDevice(&device) != cudaSuccess ||
      cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) != cudaSuccess)
    return usual_block_memory;
  return bytes;
}

std::string cuda_why_not() {
  int count = 0;
  const cudaError_t state = cudaGetDeviceCount(&count);
  if (state != cudaSuccess) return std::string("no CUDA device: ") + cudaGetErrorString(state);
  return count > 0 ? std::string() : std::string("no CUDA device: the driver lists none");
}

}  // namespace wattstein::kernels
