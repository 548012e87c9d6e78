#pragma once
// Which problems of a batch have numbers that mean nothing (Status::invalid_data).

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// (B) 1 where the problem is valid: no NaN; q, r, g and matrices finite; l, lb < +inf; u, ub > −inf; l ≤ u; lb ≤ ub;
/// P positive semidefinite (convexity.hpp).
std::vector<char> screen(const kernels::Batch& batch);

/// What is wrong with a problem that screen refuses, as a sentence for its user; empty where nothing is.
std::string invalid_reason(const kernels::Batch& batch, std::int64_t b);

/// Throws Error when the sizes of the batch's parts contradict each other (a caller's mistake, not a problem's).
void require_consistent(const kernels::Batch& batch);

}  // namespace wattstein::engine
