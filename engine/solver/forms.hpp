#pragma once
// Doing less than everything, for a whole batch: bounds that can be proven never to bind are dropped, and variables
// that are then free and defined by an equality are substituted out, as far as that makes a factorisation cheaper.

#include <memory>
#include <vector>

#include "engine/problem/reduction.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

/// Bounds that no problem of a batch can make bind. Remembers what it proved: a later batch with the same matrix whose
/// sides and bounds lie within those seen costs nothing.
class BoundScreen {
 public:
  /// 1 for each variable whose bounds are strictly implied by the rows and the other bounds, for every problem of the
  /// batch at once (n). Proof: let H be the hull of all problems (least lower, largest upper side of each row and
  /// variable). The variables in question get boxes half as wide again; where the certified bounds (judge.hpp) of
  /// minimise ± x_j over H lie inside every problem's own [lb_j, ub_j], the feasible set, which is convex, cannot reach
  /// the bound, nor would it without it. Proven variables keep their wide boxes when the others are asked, group by
  /// group. Quadratic terms and cones are left out, which only makes H larger.
  std::vector<char> implied(const Batch& batch, const std::vector<std::int64_t>& valid, const SolverOptions& options);

  /// Linear programs solved for the last answer; 0: it was known.
  std::int64_t solved() const { return solved_; }

 private:
  struct Hull {
    std::vector<double> l, u, lb, ub;             // (m), (m), (n), (n)
    std::vector<double> largest_lb, smallest_ub;  // (n)
  };
  static Hull hull_of(const Batch& batch, const std::vector<std::int64_t>& valid);
  bool within(const Hull& hull) const;

  kernels::Matrix a_;
  Hull hull_;
  std::vector<char> implied_;
  std::int64_t solved_ = 0;
};

/// The cheapest of several reductions of the batch, by counted flops and size; null when none beats the batch as given.
std::unique_ptr<Reduction> cheapest_form(const Batch& batch, const std::vector<char>& open);

/// The batch with the bounds of the variables in `open` dropped.
Batch without_bounds(const Batch& batch, const std::vector<char>& open);

}  // namespace wattstein::engine
