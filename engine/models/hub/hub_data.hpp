#pragma once
// A hub as its file states it: feeder, gas and heat network, and the units between them. Nothing here is scaled; the
// factors of a copy ([[hub]] load_scale, ...) come with HubCopy.

#include <string>
#include <vector>

#include "engine/models/devices/devices.hpp"
#include "engine/uncertainty/recourse.hpp"

namespace wattstein::engine {

/// Burns gas at a node (with a gas network), or pays its fuel price.
struct GasUnit {
  Unit unit;  // cost_per_mwh: its own cost
  double fuel_price_per_mwh = 0.0;
  int gas_node = -1;
  double gas_per_mwh = 0.0;  // β, G per MWh
};

/// A point (P, H) in MW.
struct PowerHeat {
  double p_mw = 0.0, h_mw = 0.0;
};

struct ChpUnit {
  Unit unit;  // cost_per_mwh: C_t on p; p_min and p_max: the smallest and largest corner P
  std::vector<PowerHeat> corners;
  double heat_cost_per_mwh = 0.0;
  int heat_node = -1;
  double mass_flow_kg_s = 0.0;
};

struct ElectricData {
  grid::Network network;
  grid::Tree tree;
  std::vector<double> v_min_pu, v_max_pu;  // (n)
  std::vector<double> limit_mva;           // (n) of the line to the parent; 0: none
  double root_voltage_pu = 1.0;
  double q_exchange_max_mvar = 0.0;
  std::vector<double> load_mw, load_mvar;              // (H, n) with the file's own scale
  std::vector<double> reserve_up_mw, reserve_down_mw;  // (H)
  double shedding_cost_per_mwh = 1000.0, overgeneration_cost_per_mwh = 500.0;
  double voltage_violation_cost_per_pu = 10000.0, line_violation_cost_per_mwh = 1000.0;
  std::vector<Unit> units;
  std::vector<GasUnit> gas_units;
  std::vector<ChpUnit> chps;
  std::vector<Renewable> renewables;
  std::vector<Storage> storages;
};

struct GasPipe {
  int from = 0, to = 0;
  double weymouth = 0.0;        // θ, (G/h)² per bar²
  double flow_max_per_h = 0.0;  // G/h
};
struct GasCompressor {
  int from = 0, to = 0;
  double ratio_max = 1.0;       // γ
  double loss = 0.0;            // α
  double flow_max_per_h = 0.0;  // of the inflow
};
struct GasWell {
  std::string name;
  int node = 0;
  double max_per_h = 0.0;
  std::vector<double> price_per_unit;  // (H) $/G
};
struct GasData {
  bool given = false;
  std::vector<std::string> nodes;
  std::vector<double> pressure_min_bar, pressure_max_bar;  // (nodes)
  std::vector<double> demand_per_h;                        // (H, nodes)
  double shedding_cost_per_unit = 100.0;
  std::vector<GasPipe> pipes;
  std::vector<GasCompressor> compressors;
  std::vector<GasWell> wells;
  std::vector<Storage> storages;  // bus: the node
};

struct HeatPipe {
  int from = 0, to = 0;
  double length_m = 0.0;
  double loss_w_per_m_k = 0.0;  // λ
  double mass_flow_kg_s = 0.0;
};
struct HeatLoad {
  std::string name;
  int node = 0;
  std::vector<double> load_mw;  // (H)
  double mass_flow_kg_s = 0.0;
};
struct HeatSource {
  std::string name;
  int node = 0;
  double h_min_mw = 0.0, h_max_mw = 0.0;
  double cost_per_mwh = 0.0;
  double mass_flow_kg_s = 0.0;
};
struct HeatData {
  bool given = false;
  std::vector<std::string> nodes;
  std::vector<double> supply_min_c, supply_max_c, return_min_c, return_max_c;  // (nodes)
  double shedding_cost_per_mwh = 500.0;
  double specific_heat_j_per_kg_k = 4182.0;
  std::vector<double> ambient_c;  // (H)
  std::vector<HeatPipe> pipes;
  std::vector<HeatLoad> loads;
  std::vector<HeatSource> sources;
};

struct HubData {
  std::string file;  // for messages and as the start of the pattern key
  ElectricData electric;
  GasData gas;  // given = false: no such table, or the hubs are electric-only
  HeatData heat;
};

/// One copy of a hub file.
struct HubCopy {
  std::string name;
  double import_max_mw = 0.0, export_max_mw = 0.0;
  double load_scale = 1.0, gas_load_scale = 1.0, heat_load_scale = 1.0;
  double renewable_scale = 1.0;  // of the capacities; the samples come scaled
  double cost_scale = 1.0, gas_price_scale = 1.0;
  AgentSamples samples;
};

}  // namespace wattstein::engine
