#pragma once
// A run that goes on where an earlier one ended.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::kernels {

/// `going`: start points and iterations so far are those of the answers given before, which stand in RawSolution.
/// `weight` (B) receives, and when going gives, what a method learnt of each problem: pdhg ω, admm ρ; 0: nothing.
struct Resume {
  bool going = false;
  std::vector<double> weight;

  /// `settings` for a device that cannot be told what each problem has spent: the limit less the most spent.
  MethodSettings limited(std::span<const std::int64_t> problems, const MethodSettings& settings, int default_iterations,
                         const RawSolution& spent) const;
};

/// The batch with the answers in `from` as its start points.
Batch with_start(const Batch& batch, const RawSolution& from);

}  // namespace wattstein::kernels
