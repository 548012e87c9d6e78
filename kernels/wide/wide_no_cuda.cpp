// The CUDA side is not compiled in this build; kernels/backend/device.hpp says so in words.
#include "kernels/wide/wide.hpp"
#include "kernels/wide/wide_plan.hpp"

namespace wattstein::kernels {

std::vector<std::int64_t> run_wide_cuda(const PdhgPlan&, const Batch&, std::span<const std::int64_t> problems,
                                        const MethodSettings&, const PdhgJob&, WideProducts, RawSolution&) {
  return {problems.begin(), problems.end()};
}

bool cusparse_found() {
  return false;
}

}  // namespace wattstein::kernels
