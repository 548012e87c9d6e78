#include "engine/studies/power_flow_drawing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wattstein::engine {

PowerFlowDrawing::PowerFlowDrawing(const AcPowerFlow& flow, std::int64_t scenarios) {
  constexpr std::int64_t most_values = 4'000'000;
  const grid::Network& network = flow.network();
  stride_ = std::max<std::int64_t>(1, scenarios * flow.buses() / most_values);
  report::AgentSystem& system = data_.system;
  system.agent = "network";
  for (int i = 0; i < network.buses(); ++i) {
    const auto& bus = network.bus(i);
    data_.buses.push_back(std::to_string(bus.number));
    data_.v_min_pu.push_back(bus.v_min_pu);
    data_.v_max_pu.push_back(bus.v_max_pu);
    system.buses.push_back({data_.buses.back(), {bus.p_mw}, bus.v_min_pu, bus.v_max_pu});
  }
  for (std::size_t l = 0; l < network.lines.size(); ++l) {
    const auto& line = network.lines[l];
    system.lines.push_back(
        {data_.buses[static_cast<std::size_t>(line.from)] + "-" + data_.buses[static_cast<std::size_t>(line.to)],
         line.from, line.to, network.branch(static_cast<int>(l)).rate_a_mva});
  }
  for (std::size_t u = 0; u < network.unit_buses.size(); ++u) {
    const int bus = network.unit_buses[u];
    const auto& unit = network.data.units[static_cast<std::size_t>(network.unit_rows[u])];
    system.devices.push_back(
        {"unit", "unit at bus " + data_.buses[static_cast<std::size_t>(bus)], bus, unit.p_max_mw, 0.0});
  }
  if (std::any_of(system.lines.begin(), system.lines.end(), [](const auto& l) { return l.limit_mw > 0.0; }))
    data_.line_loading_percent.assign(system.lines.size(), std::numeric_limits<double>::quiet_NaN());
}

void PowerFlowDrawing::add(const AcPowerFlow& flow, std::int64_t first, const AcSolution& solution) {
  for (std::int64_t s = 0; s < solution.scenarios(); ++s) {
    if ((first + s) % stride_ != 0) continue;
    for (int i = 0; i < flow.buses(); ++i) data_.vm_pu.push_back(flow.vm_pu(solution, s, i));
    if (solution.raw.converged[static_cast<std::size_t>(s)] == 0) continue;
    for (std::size_t l = 0; l < data_.line_loading_percent.size(); ++l) {
      const double limit = data_.system.lines[l].limit_mw;
      if (!(limit > 0.0)) continue;
      const auto loading = flow.line_loading(solution, s, static_cast<int>(l));
      double& largest = data_.line_loading_percent[l];
      largest = std::fmax(largest, 100.0 * std::max(loading.from_mva, loading.to_mva) / limit);
    }
  }
}

}  // namespace wattstein::engine
