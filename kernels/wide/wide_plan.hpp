#pragma once
// How a run in lockstep is put together for any device.

#include <vector>

#include "kernels/pdhg/pdhg_plan.hpp"
#include "kernels/wide/wide_view.hpp"

namespace wattstein::kernels {

/// How products with the shared matrix are made on CUDA.
enum class WideProducts : std::int8_t {
  automatic,  // wide_products
  fused,      // a kernel that steps as soon as it has an entry; a problem's bits are the same in any company
  cusparse    // cusparseSpMM over panels of fixed width, then the step
};

/// cuSPARSE where rows are long, so that the product, not the step after it, is most of the traffic. Not measured yet.
WideProducts wide_products(const PatternView& pattern);

/// On the CUDA devices, which share the problems. Returns those that no device could do.
std::vector<std::int64_t> run_wide_cuda(const PdhgPlan& plan, const Batch& batch,
                                        std::span<const std::int64_t> problems, const MethodSettings& settings,
                                        const PdhgJob& job, WideProducts products, RawSolution& out);

}  // namespace wattstein::kernels
