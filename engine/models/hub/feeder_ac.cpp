#include "engine/models/hub/feeder_ac.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

/// The feeder with its root as only reference, no units, and the hub's limits as ratings.
grid::Network bare_network(const ElectricData& data) {
  grid::MatpowerCase file = data.network.data;
  const int root = data.network.number(data.tree.root);
  for (auto& bus : file.buses)
    if (bus.type != grid::BusType::isolated)
      bus.type = bus.number == root ? grid::BusType::reference : grid::BusType::pq;
  grid::MatpowerUnit unit;
  unit.bus = root;
  unit.v_set_pu = data.root_voltage_pu;
  file.units = {unit};
  file.costs.clear();
  for (auto& branch : file.branches) branch.rate_a_mva = 0.0;
  for (const int bus : data.tree.order)
    if (bus != data.tree.root)
      file.branches[at(data.network.lines[at(data.tree.parent_line[at(bus)])].row)].rate_a_mva =
          data.limit_mva[at(bus)];
  return grid::make_network(std::move(file));
}

}  // namespace

AcVerdict verify_feeder(const ElectricData& data, const HubColumns& columns, std::span<const double> x) {
  const AcPowerFlow flow(bare_network(data));
  const int n = data.network.buses();
  const double base = data.network.data.base_mva;
  AcInjections injections;
  for (std::size_t h = 0; h < columns.p_mw.size(); ++h) {
    // p_j = Σ P_jk − (P_ij − r ℓ), without shunts, which the power flow has itself
    std::vector<double> p(at(n), 0.0), q(at(n), 0.0);
    for (const int bus : data.tree.order) {
      if (bus == data.tree.root) continue;
      const auto j = at(bus), parent = at(data.tree.parent[j]);
      const auto& branch = data.network.branch(data.tree.parent_line[j]);
      const double current = columns.current[h][j].at(x) / base;
      const double active = columns.p_mw[h][j].at(x), reactive = columns.q_mvar[h][j].at(x);
      p[parent] += active;
      q[parent] += reactive;
      p[j] -= active - branch.r_pu * current;
      q[j] -= reactive - branch.x_pu * current;
    }
    const auto shunts = shunt_susceptance(data.network);
    for (int bus = 0; bus < n; ++bus) {
      const double v = columns.voltage[h][at(bus)].at(x);
      p[at(bus)] += data.network.bus(bus).shunt_g_mw * v;
      q[at(bus)] -= shunts[at(bus)] * base * v;
    }
    injections.p_mw.insert(injections.p_mw.end(), p.begin(), p.end());
    injections.q_mvar.insert(injections.q_mvar.end(), q.begin(), q.end());
  }
  AcLimits limits;
  limits.v_min_pu = data.v_min_pu;
  limits.v_max_pu = data.v_max_pu;
  limits.voltage_tolerance_pu = 1e-4;  // coordination stops at a mismatch of this order
  limits.loading_tolerance_mva = 1e-3;
  return verify_ac(flow, injections, limits, {.threads = 1});
}

}  // namespace wattstein::engine
