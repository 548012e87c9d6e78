#pragma once
// Which problems of a batch have numbers that mean nothing (Status::invalid_data).

#include <cstdint>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// (B) 1 where the problem is valid: no NaN; q, r, g and matrices finite; l, lb < +inf; u, ub > −inf; l ≤ u; lb ≤ ub;
/// no negative diagonal entry of P.
std::vector<char> screen(const kernels::Batch& batch);

/// Throws Error when the sizes of the batch's parts contradict each other (a caller's mistake, not a problem's).
void require_consistent(const kernels::Batch& batch);

}  // namespace wattstein::engine
