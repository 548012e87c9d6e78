#pragma once
// Quadratic costs beyond a diagonal, written with a diagonal: for methods that take no other.

#include <vector>

#include "engine/problem/quadratic_block.hpp"
#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::engine {

/// A batch in which every problem's P has a diagonal only. Variables that P couples are called coupled (r of them):
/// of their block, P_cc = FᵀF by a sparse LDLᵀ, and
///   ½ xᵀPx = ½ Σ_{j not coupled} P_jj x_j² + ½ vᵀv,   v = F x_c  (r free variables, r rows).
/// A point and its multipliers are those of the given problem without the last r of each; so are rays of infeasibility
/// (v is free: their multipliers of the new rows are zero) and of unboundedness.
/// (The reformulation by which SCS and ECOS take quadratic costs; here with P's own sparse factor.)
class Lifted {
 public:
  /// Factors P once, or per problem where it varies. A negative pivot (see convexity.hpp) counts as 0: answers
  /// are judged on the given batch. Starts are led along.
  explicit Lifted(const kernels::Batch& batch);

  const kernels::Batch& batch() const { return lifted_; }

  /// Cuts an answer of problem b of batch() to its row of `out`, sized for the given batch; x (n + r), y (m + r), w
  /// (k).
  void restore(std::int64_t b, const double* x, const double* y, const double* w, kernels::RawSolution& out) const;

 private:
  void build_patterns(const kernels::Batch& batch);
  void read_factor(const BlockFactor& factor, std::vector<double>& lower, std::vector<double>& pivot) const;
  void fill_numbers(const kernels::Batch& batch);
  void extend_fields(const kernels::Batch& batch);

  int n_ = 0, m_ = 0, k_ = 0, factor_entries_ = 0;  // variables, rows, cone rows; entries of L below its diagonal
  CoupledVariables coupled_;
  std::vector<int> order_;       // (r) variable of each pivot
  std::vector<int> factor_row_;  // (nonzeros of F) pivot of each entry, and where its value stands:
  std::vector<int> source_;      // entry of L below the diagonal, or -1 for the 1 on it
  std::vector<int> kept_;        // entries of P on the diagonal of variables that are not coupled
  kernels::Batch lifted_;
};

}  // namespace wattstein::engine
