#pragma once
// What can be seen to be wrong with a heat network before anything is solved.

#include <string>

#include "engine/models/hub/hub_data.hpp"

namespace wattstein::engine {

/// Error (starting with `where`, naming the node) when there is no source, when the mass flows do not balance at a node
/// (1e-6 relative), or when temperature limits cannot hold: what flows into a node, over however many pipes, is
/// always too cold or too hot for the limits of its mixture (at any hour's ambient temperature), or a load would have
/// to be colder on arrival than on leaving.
void check_heat(const std::string& where, const HubData& hub);

}  // namespace wattstein::engine
