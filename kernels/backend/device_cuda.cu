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

CudaLimits cuda_limits() {
  CudaLimits limits;
  int device = 0;
  cudaDeviceProp properties{};
  if (cudaGetDevice(&device) != cudaSuccess || cudaGetDeviceProperties(&properties, device) != cudaSuccess)
    return limits;
  const auto value = [device](cudaDeviceAttr attribute) {
    int number = 0;
    return cudaDeviceGetAttribute(&number, attribute, device) == cudaSuccess ? static_cast<double>(number) : 0.0;
  };
  limits.name = properties.name;
  // Clocks are in kHz, the bus is in bits; memory moves data twice a cycle.
  limits.bytes_per_second =
      2.0 * 1e3 * value(cudaDevAttrMemoryClockRate) * value(cudaDevAttrGlobalMemoryBusWidth) / 8.0;
  // Double-precision units of a multiprocessor, by generation (CUDA programming guide, arithmetic throughput).
  const int generation = 10 * properties.major + properties.minor;
  const double units = generation == 80 ? 32.0 : generation == 90 || generation == 100 ? 64.0 : 2.0;
  limits.flops_per_second = 2.0 * units * value(cudaDevAttrMultiProcessorCount) * 1e3 * value(cudaDevAttrClockRate);
  return limits;
}

std::string cuda_why_not() {
  int count = 0;
  const cudaError_t state = cudaGetDeviceCount(&count);
  if (state != cudaSuccess) return std::string("no CUDA device: ") + cudaGetErrorString(state);
  return count > 0 ? std::string() : std::string("no CUDA device: the driver lists none");
}

}  // namespace wattstein::kernels
