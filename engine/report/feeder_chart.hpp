#pragma once
// A feeder coloured by its voltages and the loading of its lines.

#include <string>
#include <vector>

#include "engine/report/coordination_data.hpp"

namespace wattstein::report {

/// `voltage_min_pu`: (buses), the lower the stronger the colour; `loading_percent`: (lines) of their limits. Both may
/// be empty. Microgrids ("hub") and units of the system stand beside their buses. Empty text without buses.
std::string feeder_picture(const AgentSystem& system, const std::vector<double>& voltage_min_pu,
                           const std::vector<double>& loading_percent);

}  // namespace wattstein::report
