#pragma once
// Heat part of a hub's first stage: given mass flows, free temperatures; CHP and boilers, loads with shedding.

#include <vector>

#include "engine/models/hub/feeder.hpp"

namespace wattstein::engine {

/// E = exp(−λ L / (c_p M)): what is left of the temperature above ambient at the end of a pipe. λ in W/mK, L in m, c_p
/// in J/kgK, M in kg/s.
double pipe_decay(const HeatPipe& pipe, double specific_heat_j_per_kg_k);

/// Adds sources, loads, temperatures and mixing, and the operating regions of the CHP units. Without heat network
/// nothing.
void add_heat(AgentBuilder& builder, const HubData& data, const HubCopy& copy, const HubColumns& electric);

/// A side of a region: p_factor · p + h_factor · h ≤ limit, factors of length 1.
struct HalfPlane {
  double p_factor = 0.0, h_factor = 0.0, limit = 0.0;
};

/// Sides of the convex hull of the corners, counter-clockwise; two for a line segment (its own line from both sides),
/// whose ends are the bounds of p and h.
std::vector<HalfPlane> convex_hull(std::vector<PowerHeat> corners);

}  // namespace wattstein::engine
