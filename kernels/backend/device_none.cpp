// The CUDA side is not compiled in this build.
#include "kernels/backend/device.hpp"

namespace wattstein::kernels {

bool cuda_compiled() {
  return false;
}
int cuda_device_count() {
  return 0;
}
std::int64_t cuda_block_memory() {
  return usual_block_memory;
}
CudaLimits cuda_limits() {
  return {};
}
std::string cuda_why_not() {
  return "no CUDA device: the CUDA side is not compiled in this build (WATTSTEIN_CUDA=OFF)";
}

}  // namespace wattstein::kernels
