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

inline namespace WATTSTEIN_ISA {
/// The job's arrays and limits; pointers of the state are null.
WATTSTEIN_HD WideView wide_view(const PdhgJob& job, std::int64_t columns) {
  WideView v{};
  v.pattern = job.pattern;
  v.shared = job.shared;
  v.p = job.batch.p.data;
  v.ld = columns;
  v.batch = job.batch;
  v.out = job.out;
  v.spent = job.spent;
  v.weight = job.weight;
  v.absolute = job.absolute;
  v.relative = job.relative;
  v.max_iterations = job.max_iterations;
  v.check_period = job.check_period;
  v.warm_start = job.warm_start;
  return v;
}
}  // namespace WATTSTEIN_ISA

/// Entry points of one instruction set. `columns` is a multiple of 8; memory holds arena_bytes zeros.
struct WideEntries {
  std::int64_t (*arena_bytes)(const PdhgJob& job, int columns);
  void (*run)(const PdhgJob& job, int columns, char* memory);  // one worker thread
};

/// On the CUDA devices, which share the problems. Returns those that no device could do.
std::vector<std::int64_t> run_wide_cuda(const PdhgPlan& plan, const Batch& batch,
                                        std::span<const std::int64_t> problems, const MethodSettings& settings,
                                        const PdhgJob& job, WideProducts products, RawSolution& out);

}  // namespace wattstein::kernels
