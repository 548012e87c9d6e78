#include "engine/models/hub/heat.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

constexpr double degree_unit = 10.0;  // °C per unit of a temperature variable

// Mixing at a node as it fills up: Σ M τ_in and Σ M.
struct Mixture {
  int row = -1;
  double mass = 0.0;
};

}  // namespace

double pipe_decay(const HeatPipe& pipe, double specific_heat_j_per_kg_k) {
  return std::exp(-pipe.loss_w_per_m_k * pipe.length_m / (specific_heat_j_per_kg_k * pipe.mass_flow_kg_s));
}

void add_heat(AgentBuilder& builder, const HubData& hub, const HubCopy& copy, const HubColumns& electric) {
  const HeatData& data = hub.heat;
  if (!data.given) return;
  const auto nodes = data.nodes.size();
  const double step = builder.step();
  const double c_p = data.specific_heat_j_per_kg_k * 1e-6;  // MJ/kgK: c_p M τ in MW
  builder.carrier("heat");
  builder.cost_group("heat_generation");
  builder.cost_group("heat_shedding");
  std::vector<std::vector<HalfPlane>> regions;
  for (const auto& chp : hub.electric.chps) regions.push_back(convex_hull(chp.corners));

  for (int h = 1; h <= builder.hours(); ++h) {
    const auto k = static_cast<std::size_t>(h - 1);
    std::vector<Quantity> supply, back;
    std::vector<Mixture> supply_mixture(nodes), return_mixture(nodes);
    for (std::size_t node = 0; node < nodes; ++node) {
      const std::string& name = data.nodes[node];
      supply.push_back(builder.variable(fmt::format("supply temperature node {} hour {}", name, h),
                                        data.supply_min_c[node], data.supply_max_c[node], degree_unit));
      back.push_back(builder.variable(fmt::format("return temperature node {} hour {}", name, h),
                                      data.return_min_c[node], data.return_max_c[node], degree_unit));
      builder.schedule("supply_c", name, h, supply.back());
      builder.schedule("return_c", name, h, back.back());
      supply_mixture[node].row = builder.row(fmt::format("heat supply mixing node {} hour {}", name, h), h, 0.0, 0.0);
      return_mixture[node].row = builder.row(fmt::format("heat return mixing node {} hour {}", name, h), h, 0.0, 0.0);
    }
    // c_p M (factor τ + constant) flows into a mixture
    const auto flow_into = [&](Mixture& mixture, double mass, const Quantity& temperature, double factor,
                               double constant) {
      builder.entry(mixture.row, temperature, c_p * mass * factor);
      builder.entry(mixture.row, Quantity::constant(constant), c_p * mass);
      mixture.mass += mass;
    };
    for (const auto& pipe : data.pipes) {
      const auto i = static_cast<std::size_t>(pipe.from), j = static_cast<std::size_t>(pipe.to);
      const double left = pipe_decay(pipe, data.specific_heat_j_per_kg_k);
      const double ambient = data.ambient_c[k] * (1.0 - left);
      flow_into(supply_mixture[j], pipe.mass_flow_kg_s, supply[i], left, ambient);
      flow_into(return_mixture[i], pipe.mass_flow_kg_s, back[j], left, ambient);
    }
    // Source of heat `heat`: τ_out = τr_n + h/(c_p M) within the supply limits flows into the supply mixture.
    const auto add_source = [&](const std::string& name, int at, double mass, const Quantity& heat) {
      const auto node = static_cast<std::size_t>(at);
      if (mass <= 0.0) {  // no water: no heat
        const int row = builder.row(fmt::format("heat of {} hour {}", name, h), h, 0.0, 0.0);
        builder.entry(row, heat, 1.0);
        return;
      }
      const Quantity outlet = builder.variable(fmt::format("outlet temperature {} hour {}", name, h),
                                               data.supply_min_c[node], data.supply_max_c[node], degree_unit);
      builder.schedule("outlet_c", name, h, outlet);
      const int row = builder.row(fmt::format("heat of {} hour {}", name, h), h, 0.0, 0.0);
      builder.entry(row, heat, 1.0);
      builder.entry(row, outlet, -c_p * mass);
      builder.entry(row, back[node], c_p * mass);
      flow_into(supply_mixture[node], mass, outlet, 1.0, 0.0);
    };
    for (std::size_t g = 0; g < hub.electric.chps.size(); ++g) {
      const auto& chp = hub.electric.chps[g];
      const auto [least, most] = std::minmax_element(chp.corners.begin(), chp.corners.end(),
                                                     [](const auto& a, const auto& b) { return a.h_mw < b.h_mw; });
      const Quantity heat = builder.variable(fmt::format("heat {} hour {}", chp.unit.name, h), least->h_mw, most->h_mw);
      builder.cost("heat_generation", heat, step * copy.cost_scale * chp.heat_cost_per_mwh);
      builder.schedule("heat_mw", chp.unit.name, h, heat);
      for (std::size_t k_side = 0; k_side < regions[g].size(); ++k_side) {
        const HalfPlane& side = regions[g][k_side];
        if (side.p_factor == 0.0 || side.h_factor == 0.0) continue;  // a bound of p or of h
        const int row = builder.row(fmt::format("operating region {} side {} hour {}", chp.unit.name, k_side + 1, h), h,
                                    -kernels::infinity, side.limit);
        builder.entry(row, electric.chps[g].power[k], side.p_factor);
        builder.entry(row, heat, side.h_factor);
      }
      add_source(chp.unit.name, chp.heat_node, chp.mass_flow_kg_s, heat);
    }
    for (const auto& source : data.sources) {
      const Quantity heat =
          builder.variable(fmt::format("heat {} hour {}", source.name, h), source.h_min_mw, source.h_max_mw);
      builder.cost("heat_generation", heat, step * source.cost_per_mwh);
      builder.schedule("heat_mw", source.name, h, heat);
      add_source(source.name, source.node, source.mass_flow_kg_s, heat);
    }
    for (const auto& load : data.loads) {
      const auto node = static_cast<std::size_t>(load.node);
      const double demand = copy.heat_load_scale * load.load_mw[k];
      const Quantity shed =
          builder.variable(fmt::format("heat shed {} hour {}", load.name, h), 0.0, std::max(demand, 0.0));
      builder.cost("heat_shedding", shed, step * data.shedding_cost_per_mwh);
      builder.schedule("heat_shed_mw", load.name, h, shed);
      // H − s = c_p M (τs_n − τ_ret)
      const int row = builder.row(fmt::format("heat load {} hour {}", load.name, h), h, demand, demand);
      builder.entry(row, shed, 1.0);
      if (load.mass_flow_kg_s <= 0.0) continue;
      const Quantity outlet = builder.variable(fmt::format("return temperature {} hour {}", load.name, h),
                                               data.return_min_c[node], data.return_max_c[node], degree_unit);
      builder.schedule("load_return_c", load.name, h, outlet);
      builder.entry(row, supply[node], c_p * load.mass_flow_kg_s);
      builder.entry(row, outlet, -c_p * load.mass_flow_kg_s);
      flow_into(return_mixture[node], load.mass_flow_kg_s, outlet, 1.0, 0.0);
    }
    for (std::size_t node = 0; node < nodes; ++node) {
      builder.entry(supply_mixture[node].row, supply[node], -c_p * supply_mixture[node].mass);
      builder.entry(return_mixture[node].row, back[node], -c_p * return_mixture[node].mass);
    }
  }
}

}  // namespace wattstein::engine
