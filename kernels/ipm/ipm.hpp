#pragma once
// Batched primal-dual interior point for LP, convex QP and second-order cones: B problems of one pattern, several
// at a time as the lanes of a vector register, one ordering and one symbolic LDLᵀ for all of them.
// The mathematics stands in ipm_body.hpp.

#include <cstdint>
#include <memory>
#include <span>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::kernels {

/// Default of MethodSettings::max_iterations (0) for this method.
inline constexpr int ipm_default_iterations = 200;

/// Plan of one pattern (A, P, G, cones). Const after construction: `solve` may be called from several threads at once.
class IpmMethod {
 public:
  /// Orders the KKT matrix of the batch's pattern and does the symbolic factorisation. The batch's numbers are not
  /// kept. settings.careful: a plan whose solves are all careful, whatever their settings say; other plans' never are.
  explicit IpmMethod(const Batch& batch, const MethodSettings& settings);
  ~IpmMethod();
  IpmMethod(IpmMethod&&) noexcept;
  IpmMethod& operator=(IpmMethod&&) noexcept;

  /// Solves the named problems (indices into the batch, any order) and writes their rows of `out`, which must have
  /// been resized for this batch. `batch` must have the pattern of the plan. A problem's answer is bitwise the same
  /// whatever its lane mates, the order and the number of threads (for a given width of the lanes).
  /// Problems not begun or not finished when the time limit passes or `settings.stop` is set get time_limit.
  void solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
             RawSolution& out) const;

  /// Counts of the plan, for the choice of method: entries of L below its diagonal; multiply-adds of one factorisation.
  std::int64_t factor_nonzeros() const;
  std::int64_t factor_flops() const;
  int kkt_rows() const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

/// Width that `solve` chooses when settings.lanes = 0: 8 (AVX-512), 4 (AVX2), 2, or 1.
int ipm_lanes(std::int64_t problems, const MethodSettings& settings);

}  // namespace wattstein::kernels
