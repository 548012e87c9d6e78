#pragma once
// The transmission operator: DC power flow, units with reserves, renewables, storages, and the boundary power to hubs.
// Model: "Transmission, first stage" and "second stage" of the coordination page.

#include <string>
#include <vector>

#include "engine/models/agent.hpp"
#include "engine/models/devices/agent_builder.hpp"
#include "engine/models/devices/devices.hpp"

namespace wattstein::engine {

/// Where a hub hangs on the transmission: its boundary power is in [−export_max, import_max].
struct HubPort {
  std::string name;
  int bus = 0;  // index
  double import_max_mw = 0.0, export_max_mw = 0.0;
};

struct TransmissionData {
  grid::Network network;         // one reference bus, connected, x ≠ 0 everywhere
  std::vector<double> load_mw;   // (H, n)
  std::vector<double> limit_mw;  // (lines) 0: none
  std::vector<Unit> units;
  std::vector<Renewable> renewables;
  std::vector<Storage> storages;
  std::vector<HubPort> hubs;
  std::vector<double> reserve_up_mw, reserve_down_mw;  // (H)
  double shedding_cost_per_mwh = 1000.0, overgeneration_cost_per_mwh = 500.0;
  AgentSamples samples;

  double load(int hour, int bus) const {  // hour from 0
    return load_mw[static_cast<std::size_t>(hour * network.buses() + bus)];
  }
};

/// Name of a line in schedule.csv: "from-to", the second of parallel lines "from-to#2".
std::string line_name(const grid::Network& network, int line);

/// First stage, recourse and names. `largest_mw`: (n_r) the largest realisation that the recourse may meet besides the
/// capacity (test and evaluated samples may leave the support); empty: none.
Agent make_transmission(const TransmissionData& data, const StageSettings& settings,
                        const std::vector<double>& largest_mw = {});

}  // namespace wattstein::engine
