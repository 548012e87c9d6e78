#pragma once
// The kept bases of linear programs that share A and q, and the answers that they give.
//
// With the multipliers d of a basis (d_j = q_j − a_jᵀy for x_j, y_i for z_i = a_iᵀx) the bound of a problem is
//     β = r + Σ_v (d_v > 0 ? d_v · lower_v : d_v · upper_v),
// and the basis whose β is largest is optimal where its basic values B⁻¹(−N x_N) lie within their bounds.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/pool/basis_factor.hpp"

namespace wattstein::kernels {

/// A of the batch's first problem, by rows and by columns.
PoolMatrix pool_matrix(const Batch& batch);

class BasisPool {
 public:
  using Answered = std::function<void(int thread, std::int64_t problem)>;

  /// Linear, no cones, one A and one q for all problems.
  static bool supports(const Batch& batch);

  /// Keeps A and q of the batch, no basis yet.
  explicit BasisPool(const Batch& batch);
  ~BasisPool();

  /// The same A and q, entry by entry.
  bool fits(const Batch& batch) const;

  /// Answers of the named problems: status solved where one was found, its iterations the pivots of the dual simplex
  /// (0: a kept basis held); status numerical_error for the others, whose other rows are not written. Sides are met to
  /// a hundredth of the tolerance. An answer is a vertex and does not depend on the number of threads; which of several
  /// optimal vertices it is may depend on the bases kept, hence on what was solved before. At most `most` bases are
  /// kept after the call: the ones used last. `answered`, when given, is called as soon as an answer stands, by the
  /// thread that found it: number of the thread, problem.
  void solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
             std::int64_t most, RawSolution& out, const Answered& answered = {});

  std::int64_t bases() const;

 private:
  struct State;
  struct Visit;
  void ask(const Batch& batch, const MethodSettings& settings, const std::vector<int>& among, int ties,
           std::vector<Visit>& visits, RawSolution& out, const Answered& answered);
  std::unique_ptr<State> state_;
};

}  // namespace wattstein::kernels
