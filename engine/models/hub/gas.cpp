#include "engine/models/hub/gas.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

// No sequence of pipes and compressors leads back to where it started.
bool acyclic(const GasData& data) {
  std::vector<int> incoming(data.nodes.size(), 0);
  const auto each_edge = [&](auto visit) {
    for (const auto& pipe : data.pipes) visit(pipe.from, pipe.to);
    for (const auto& compressor : data.compressors) visit(compressor.from, compressor.to);
  };
  each_edge([&](int, int to) { ++incoming[static_cast<std::size_t>(to)]; });
  std::vector<int> ready;
  for (std::size_t i = 0; i < incoming.size(); ++i)
    if (incoming[i] == 0) ready.push_back(static_cast<int>(i));
  std::size_t done = 0;
  while (!ready.empty()) {
    const int node = ready.back();
    ready.pop_back();
    ++done;
    each_edge([&](int from, int to) {
      if (from == node && --incoming[static_cast<std::size_t>(to)] == 0) ready.push_back(to);
    });
  }
  return done == data.nodes.size();
}

double supply(const GasData& data) {
  double sum = 0.0;
  for (const auto& well : data.wells) sum += well.max_per_h;
  for (const auto& storage : data.storages) sum += storage.discharge_max;
  return sum;
}

}  // namespace

std::vector<double> pipe_limits(const GasData& data) {
  const double most = acyclic(data) ? supply(data) : kernels::infinity;
  std::vector<double> limits;
  for (const auto& pipe : data.pipes) {
    const auto i = static_cast<std::size_t>(pipe.from), j = static_cast<std::size_t>(pipe.to);
    const double drop =
        data.pressure_max_bar[i] * data.pressure_max_bar[i] - data.pressure_min_bar[j] * data.pressure_min_bar[j];
    const double by_pressure = std::sqrt(std::max(pipe.weymouth * drop, 0.0));
    limits.push_back(std::min({pipe.flow_max_per_h, by_pressure * (1.0 + 1e-9), most * (1.0 + 1e-9)}));
  }
  return limits;
}

// Squared pressures are held in units of the largest p_max², flows of a pipe in units of its largest flow U:
//     (u/U)² ≤ 2 · κ (π_i − π_j)/2 · 1/κ · (θ/U²),   κ = √(θ π_ref / U²) splits the factor evenly between the two rows
GasColumns add_gas(AgentBuilder& builder, const HubData& hub, const HubCopy& copy, const HubColumns& electric) {
  GasColumns columns;
  const GasData& data = hub.gas;
  if (!data.given) return columns;
  const auto nodes = data.nodes.size();
  const double step = builder.step();
  double highest = 1e-12;
  for (const double p : data.pressure_max_bar) highest = std::max(highest, p);
  const double pressure_unit = highest * highest;
  const auto limits = pipe_limits(data);
  builder.carrier("gas");
  builder.cost_group("gas_procurement");
  builder.cost_group("gas_storage");
  builder.cost_group("gas_shedding");
  for (const auto& storage : data.storages)
    columns.storages.push_back(add_storage(builder, storage, "gas_storage", true));

  for (int h = 1; h <= builder.hours(); ++h) {
    const auto k = static_cast<std::size_t>(h - 1);
    std::vector<Quantity> pressure;
    std::vector<int> balance;
    for (std::size_t node = 0; node < nodes; ++node) {
      const std::string& name = data.nodes[node];
      pressure.push_back(builder.variable(fmt::format("squared pressure node {} hour {}", name, h),
                                          data.pressure_min_bar[node] * data.pressure_min_bar[node],
                                          data.pressure_max_bar[node] * data.pressure_max_bar[node], pressure_unit));
      builder.schedule("squared_pressure_bar2", name, h, pressure.back());
      const double demand = copy.gas_load_scale * data.demand_per_h[k * nodes + node];
      balance.push_back(builder.row(fmt::format("gas balance node {} hour {}", name, h), h, demand, demand));
      bool any_demand = false;  // in any hour, whatever the copy's factor: the pattern is the file's
      for (int g = 0; g < builder.hours(); ++g)
        any_demand |= data.demand_per_h[static_cast<std::size_t>(g) * nodes + node] > 0.0;
      if (!any_demand) continue;
      const Quantity shed =
          builder.variable(fmt::format("gas shed node {} hour {}", name, h), 0.0, std::max(demand, 0.0));
      builder.cost("gas_shedding", shed, step * data.shedding_cost_per_unit);
      builder.schedule("gas_shed_per_h", name, h, shed);
      builder.entry(balance.back(), shed, 1.0);
    }
    const auto flow_into = [&](int node, const Quantity& flow, double share) {
      builder.entry(balance[static_cast<std::size_t>(node)], flow, share);
    };
    for (const auto& well : data.wells) {
      const Quantity flow = builder.variable(fmt::format("well {} hour {}", well.name, h), 0.0, well.max_per_h);
      builder.cost("gas_procurement", flow, step * copy.gas_price_scale * well.price_per_unit[k]);
      builder.schedule("gas_well_per_h", well.name, h, flow);
      flow_into(well.node, flow, 1.0);
    }
    columns.pipe.emplace_back();
    for (std::size_t l = 0; l < data.pipes.size(); ++l) {
      const auto& pipe = data.pipes[l];
      const double unit = std::max(limits[l], 1e-6);
      const std::string name = fmt::format("{}-{}", data.nodes[static_cast<std::size_t>(pipe.from)],
                                           data.nodes[static_cast<std::size_t>(pipe.to)]);
      const Quantity flow = builder.variable(fmt::format("gas flow {} hour {}", name, h), 0.0, limits[l], unit);
      builder.schedule("gas_flow_per_h", name, h, flow);
      flow_into(pipe.from, flow, -1.0);
      flow_into(pipe.to, flow, 1.0);
      // s t with s = κ' (π_i − π_j), t = κ: 2 s t = (θ/U²)(π_i − π_j)
      const double factor = pipe.weymouth / (unit * unit);
      const double kappa = std::sqrt(std::max(factor * pressure_unit, 1e-12)) / std::sqrt(2.0);
      const int cone = builder.cone(ConeKind::rotated, 3, h);
      builder.cone_entry(cone, pressure[static_cast<std::size_t>(pipe.from)], factor / (2.0 * kappa));
      builder.cone_entry(cone, pressure[static_cast<std::size_t>(pipe.to)], -factor / (2.0 * kappa));
      builder.cone_offset(cone + 1, kappa);
      builder.cone_entry(cone + 2, flow, 1.0 / unit);
      columns.pipe.back().push_back(flow);
      if (const double price = builder.step() * builder.settings().pressure_drop_price * factor; price > 0.0) {
        builder.cost("loss_price", pressure[static_cast<std::size_t>(pipe.from)], price);
        builder.cost("loss_price", pressure[static_cast<std::size_t>(pipe.to)], -price);
      }
    }
    columns.compressor.emplace_back();
    for (const auto& compressor : data.compressors) {
      const auto i = static_cast<std::size_t>(compressor.from), j = static_cast<std::size_t>(compressor.to);
      const std::string name = fmt::format("{}-{}", data.nodes[i], data.nodes[j]);
      const Quantity flow =
          builder.variable(fmt::format("compressor {} hour {}", name, h), 0.0, compressor.flow_max_per_h);
      builder.schedule("gas_compressor_per_h", name, h, flow);
      flow_into(compressor.from, flow, -1.0);
      flow_into(compressor.to, flow, 1.0 - compressor.loss);
      // γ² π_i − π_j ≥ 0
      const int row = builder.row(fmt::format("compressor ratio {} hour {}", name, h), h, 0.0, kernels::infinity);
      builder.entry(row, pressure[i], compressor.ratio_max * compressor.ratio_max / pressure_unit);
      builder.entry(row, pressure[j], -1.0 / pressure_unit);
      columns.compressor.back().push_back(flow);
    }
    for (std::size_t e = 0; e < data.storages.size(); ++e) {
      flow_into(data.storages[e].bus, columns.storages[e].discharge[k], 1.0);
      flow_into(data.storages[e].bus, columns.storages[e].charge[k], -1.0);
    }
    for (std::size_t g = 0; g < hub.electric.gas_units.size(); ++g)
      flow_into(hub.electric.gas_units[g].gas_node, electric.gas_units[g].power[k],
                -hub.electric.gas_units[g].gas_per_mwh);
    columns.pressure.push_back(std::move(pressure));
  }
  return columns;
}

}  // namespace wattstein::engine
