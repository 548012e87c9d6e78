#include "engine/models/hub/heat_checks.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/error/error.hpp"
#include "engine/models/hub/heat.hpp"

namespace wattstein::engine {
namespace {

// Σ M, Σ M τ_min, Σ M τ_max of what flows into a mixture.
struct Inflow {
  double mass = 0.0, lower = 0.0, upper = 0.0;
  void add(double m, double tau_min, double tau_max) {
    mass += m;
    lower += m * tau_min;
    upper += m * tau_max;
  }
};

void check_balance(const std::string& where, const HubData& hub) {
  const HeatData& heat = hub.heat;
  std::vector<double> in(heat.nodes.size(), 0.0), out(heat.nodes.size(), 0.0);
  for (const auto& pipe : heat.pipes) {
    out[static_cast<std::size_t>(pipe.from)] += pipe.mass_flow_kg_s;
    in[static_cast<std::size_t>(pipe.to)] += pipe.mass_flow_kg_s;
  }
  for (const auto& load : heat.loads) out[static_cast<std::size_t>(load.node)] += load.mass_flow_kg_s;
  for (const auto& source : heat.sources) in[static_cast<std::size_t>(source.node)] += source.mass_flow_kg_s;
  for (const auto& chp : hub.electric.chps) in[static_cast<std::size_t>(chp.heat_node)] += chp.mass_flow_kg_s;
  for (std::size_t n = 0; n < heat.nodes.size(); ++n)
    if (!(std::abs(in[n] - out[n]) <= 1e-6 * std::max(in[n], out[n])))
      throw Error(
          "{}: the mass flows of heat node '{}' do not balance: {} kg/s flow in (pipes and sources), {} kg/s out "
          "(pipes and loads)",
          where, heat.nodes[n], in[n], out[n]);
}

// What mixtures can still be: limits, narrowed by what flows in.
struct Range {
  std::vector<double> lower, upper;
};

void narrow(const std::string& where, const HeatData& heat, const char* side, const std::vector<Inflow>& inflows,
            const std::vector<double>& lower, const std::vector<double>& upper, int hour, Range& range) {
  for (std::size_t n = 0; n < heat.nodes.size(); ++n) {
    const Inflow& inflow = inflows[n];
    if (inflow.mass <= 0.0) continue;
    const double coldest = inflow.lower / inflow.mass, hottest = inflow.upper / inflow.mass;
    if (hottest < lower[n] - 1e-9 || coldest > upper[n] + 1e-9)
      throw Error(
          "{}: the {} temperature limits of heat node '{}' ({} .. {} C) cannot hold: what flows in mixes to {:.2f} .. "
          "{:.2f} C (hour {})",
          where, side, heat.nodes[n], lower[n], upper[n], coldest, hottest, hour);
    range.lower[n] = std::max(lower[n], std::min(coldest, upper[n]));
    range.upper[n] = std::min(upper[n], std::max(hottest, lower[n]));
  }
}

}  // namespace

void check_heat(const std::string& where, const HubData& hub) {
  const HeatData& heat = hub.heat;
  if (heat.sources.empty() && hub.electric.chps.empty())
    throw Error("{}: the heat network has no source (neither [[heat.source]] nor [[electric.chp]])", where);
  check_balance(where, hub);
  for (const auto& load : heat.loads) {
    const auto n = static_cast<std::size_t>(load.node);
    if (load.mass_flow_kg_s > 0.0 && heat.supply_max_c[n] < heat.return_min_c[n])
      throw Error(
          "{}: the temperature limits of heat node '{}' cannot hold: supply is at most {} C, the load '{}' returns "
          "at least {} C",
          where, heat.nodes[n], heat.supply_max_c[n], load.name, heat.return_min_c[n]);
  }
  for (std::size_t h = 0; h < heat.ambient_c.size(); ++h) {
    const double ambient = heat.ambient_c[h];
    Range hot{heat.supply_min_c, heat.supply_max_c}, cold{heat.return_min_c, heat.return_max_c};
    // Once a node: then what one limit allows has come down the longest way.
    for (std::size_t pass = 0; pass < heat.nodes.size(); ++pass) {
      std::vector<Inflow> supply(heat.nodes.size()), back(heat.nodes.size());
      for (const auto& pipe : heat.pipes) {
        const auto i = static_cast<std::size_t>(pipe.from), j = static_cast<std::size_t>(pipe.to);
        const double left = pipe_decay(pipe, heat.specific_heat_j_per_kg_k);
        const auto end = [&](double tau) { return (tau - ambient) * left + ambient; };
        supply[j].add(pipe.mass_flow_kg_s, end(hot.lower[i]), end(hot.upper[i]));
        back[i].add(pipe.mass_flow_kg_s, end(cold.lower[j]), end(cold.upper[j]));
      }
      const auto add_source = [&](int node, double mass) {
        const auto n = static_cast<std::size_t>(node);
        supply[n].add(mass, heat.supply_min_c[n], heat.supply_max_c[n]);
      };
      for (const auto& source : heat.sources) add_source(source.node, source.mass_flow_kg_s);
      for (const auto& chp : hub.electric.chps) add_source(chp.heat_node, chp.mass_flow_kg_s);
      for (const auto& load : heat.loads) {
        const auto n = static_cast<std::size_t>(load.node);
        back[n].add(load.mass_flow_kg_s, heat.return_min_c[n], heat.return_max_c[n]);
      }
      const int hour = static_cast<int>(h) + 1;
      narrow(where, heat, "supply", supply, heat.supply_min_c, heat.supply_max_c, hour, hot);
      narrow(where, heat, "return", back, heat.return_min_c, heat.return_max_c, hour, cold);
    }
  }
}

}  // namespace wattstein::engine
