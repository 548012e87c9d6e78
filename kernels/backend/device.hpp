#pragma once
// What the machine offers besides its cores.

#include <string>

namespace wattstein::kernels {

/// True when this build holds the CUDA side (WATTSTEIN_CUDA=ON).
bool cuda_compiled();

/// Number of usable CUDA devices; 0 when none or not compiled.
int cuda_device_count();

/// Empty when a CUDA device can be used; otherwise one sentence that says why not.
std::string cuda_why_not();

}  // namespace wattstein::kernels
