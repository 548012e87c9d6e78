// The CUDA side is not compiled in this build; kernels/backend/device.hpp says so in words.
#include "kernels/pdhg/pdhg_plan.hpp"

namespace wattstein::kernels {

bool run_pdhg_cuda(const PdhgPlan&, const Batch&, std::span<const std::int64_t>, const MethodSettings&, const PdhgJob&,
                   RawSolution&) {
  return false;
}

}  // namespace wattstein::kernels
