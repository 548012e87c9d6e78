#include "kernels/backend/device.hpp"

namespace wattstein::kernels {

#ifndef WATTSTEIN_CUDA
bool cuda_compiled() { return false; }
int cuda_device_count() { return 0; }
std::string cuda_why_not() { return "no CUDA device: the CUDA side is not compiled in this build (WATTSTEIN_CUDA=OFF)"; }
#endif

}  // namespace wattstein::kernels
