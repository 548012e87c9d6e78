#pragma once
// What AdmmMethod keeps per pattern, and how a run is put together for any device.

#include <memory>
#include <mutex>
#include <vector>

#include "kernels/admm/admm.hpp"
#include "kernels/admm/admm_control.hpp"

namespace wattstein::kernels {

struct AdmmPlan {
  ConstraintPattern pattern;
  FactorPlan lanes;   // postorder, for a team of one
  FactorPlan blocks;  // by level, for teams of several members
  explicit AdmmPlan(const Batch& batch) : pattern(batch), lanes(pattern, false), blocks(pattern, true) {}
};

/// Which rows are equalities, per problem: problems with the same set share factors.
struct EqualityPatterns {
  std::vector<int> key;                           // (B) or empty when there is one set
  std::vector<std::vector<signed char>> pattern;  // per key (rows)
  bool too_many = false;                          // more sets than are worth a factor each
};

EqualityPatterns equality_patterns(const Batch& batch, std::span<const std::int64_t> problems, int rows);

/// The scaled shared matrix and the factors made of it so far.
class SharedFactors {
 public:
  SharedFactors(const PatternView& pattern, const FactorView& factor, const BatchView& batch,
                const AdmmEntries& entries, const EqualityPatterns& equalities);
  bool finite() const { return finite_; }
  SharedNumbers numbers() const;
  FactorSource source();
  FactorNumbers get(int key, int rung);

 private:
  struct Numbers {
    std::vector<double> by_column, by_row, inverse_pivot;
  };
  PatternView pattern_;
  FactorView factor_;
  const AdmmEntries& entries_;
  const EqualityPatterns& equalities_;
  std::vector<double> row_form_, column_form_, row_scale_, column_scale_, p_;
  std::vector<std::unique_ptr<Numbers>> made_;  // (keys · rungs)
  std::mutex mutex_;
  bool finite_ = true;
};

/// Entry points of the best instruction set that has lanes of the asked width (0: its own width).
AdmmEntries choose_admm_entries(int lanes);

/// One block per problem by `threads` real threads and a real barrier, memory as a CUDA block has it.
void run_admm_emulated(const AdmmJob& job, int threads, std::int64_t fast_bytes);

/// One block per problem on the CUDA devices, which share the problems. Returns those that no device could do.
std::vector<std::int64_t> run_admm_cuda(const AdmmPlan& plan, const Batch& batch,
                                        std::span<const std::int64_t> problems, const MethodSettings& settings,
                                        const AdmmJob& job, SharedFactors* factors, int keys, RawSolution& out);

}  // namespace wattstein::kernels
