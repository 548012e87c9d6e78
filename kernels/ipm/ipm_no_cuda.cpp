// The CUDA side is not compiled in this build; kernels/backend/device.hpp says so in words.
#include "kernels/ipm/ipm_flat.hpp"

namespace wattstein::kernels {

bool run_ipm_cuda(const IpmPlan&, IpmFlat&, const std::function<bool()>&) {
  return false;
}

}  // namespace wattstein::kernels
