// The CUDA side is not compiled in this build; kernels/backend/device.hpp says so in words.
#include "kernels/pdhg/pdhg_plan.hpp"

namespace wattstein::kernels {

std::vector<std::int64_t> run_pdhg_cuda(const PdhgPlan&, const Batch&, std::span<const std::int64_t> problems,
                                        const MethodSettings&, const PdhgJob&, RawSolution&) {
  return {problems.begin(), problems.end()};
}

}  // namespace wattstein::kernels
