#pragma once
// The few MATLAB statements that stand behind the tables of a distribution case: scalars and column conversions.

#include <map>
#include <string>
#include <string_view>

#include "engine/grid/matpower.hpp"

namespace wattstein::grid {

/// Applies `statement` (one of the forms named at read_matpower) to the case. `variables` holds the scalars set so far.
/// Returns false when it is none of these forms; nothing has been changed then.
bool apply_statement(std::string_view statement, MatpowerCase& network, std::map<std::string, double>& variables);

}  // namespace wattstein::grid
