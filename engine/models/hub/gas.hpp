#pragma once
// Gas part of a hub's first stage: wells, pipes (Weymouth as rotated cones in squared pressures), compressors,
// storages.

#include <string>
#include <vector>

#include "engine/models/hub/feeder.hpp"

namespace wattstein::engine {

/// Per hour: squared pressures (bar²) of the nodes, flows of the pipes and compressors (G/h).
struct GasColumns {
  std::vector<std::vector<Quantity>> pressure, pipe, compressor;
  std::vector<StorageColumns> storages;
};

/// Adds the gas network and the gas units' consumption. Does nothing when the hub has none.
GasColumns add_gas(AgentBuilder& builder, const HubData& data, const HubCopy& copy, const HubColumns& electric);

/// How loose the pipes' cones are after fitting the pressures to the flows of x:
/// min Σ θ(π_i − π_j) − u² under the pressure limits, compressor ratios and θ(π_i − π_j) ≥ u², one LP an hour.
struct GasConeGap {
  double absolute = 0.0;  // largest θ(π_i − π_j) − u², (G/h)²
  double per_unit = 0.0;  // largest of it over the square of the pipe's largest flow
  std::string where;      // of per_unit: "pipe 3-4 hour 7"
};
GasConeGap gas_cone_gap(const GasData& data, const GasColumns& columns, std::span<const double> x);

/// Largest flow that a pipe can carry: its limit, what the pressure limits allow, and, in a network without directed
/// cycles, everything that wells and storages can supply.
std::vector<double> pipe_limits(const GasData& data);

}  // namespace wattstein::engine
