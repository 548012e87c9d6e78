#pragma once
// What can be seen to be wrong with a gas network before anything is solved.

#include <string>

#include "engine/models/hub/hub_data.hpp"

namespace wattstein::engine {

/// Error (starting with `where`, naming nodes) when the fixed directions of pipes lead back to where they started, or
/// when pressure limits cannot hold: pressure falls along a pipe (π_j ≤ π_i) and rises by no more than γ in a
/// compressor (p_j ≤ γ p_i), whatever flows.
void check_gas(const std::string& where, const GasData& gas);

}  // namespace wattstein::engine
