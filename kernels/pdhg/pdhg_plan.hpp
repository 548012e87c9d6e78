#pragma once
// What PdhgMethod keeps per pattern, and how a run is put together for any device.

#include <vector>

#include "kernels/pdhg/pdhg.hpp"
#include "kernels/pdhg/pdhg_control.hpp"

namespace wattstein::kernels {

struct PdhgPlan {
  ConstraintPattern pattern;
  explicit PdhgPlan(const Batch& batch) : pattern(batch) {}
};

/// The scaled numbers of a shared matrix.
struct PdhgSharedNumbers {
  std::vector<double> row_form, column_form, row_scale, column_scale;
  double norm = 0.0;
  bool finite = true;
  SharedNumbers view() const;
};

/// Scales the batch's shared matrix with the code of one instruction set.
PdhgSharedNumbers prepare_shared(const PdhgPlan& plan, const BatchView& batch, const PdhgEntries& entries);

/// Entry points of the best instruction set that has lanes of the asked width (0: its own width).
PdhgEntries choose_pdhg_entries(int lanes);

/// One block per problem by `threads` real threads and a real barrier, memory as a CUDA block has it (fast_bytes of
/// shared memory).
void run_pdhg_emulated(const PdhgJob& job, int threads, std::int64_t fast_bytes);

/// One block per problem on the CUDA devices, which share the problems. Returns those that no device could do.
std::vector<std::int64_t> run_pdhg_cuda(const PdhgPlan& plan, const Batch& batch,
                                        std::span<const std::int64_t> problems, const MethodSettings& settings,
                                        const PdhgJob& job, RawSolution& out);

}  // namespace wattstein::kernels
