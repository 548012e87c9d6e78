#include "engine/models/transmission/transmission.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/error/error.hpp"
#include "engine/models/transmission/flow_bounds.hpp"
#include "engine/models/transmission/transmission_recourse.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(int hour, int index, int width) {
  return static_cast<std::size_t>(hour * width + index);
}

// Net injections that the first stage may schedule, (H, n).
InjectionBounds first_stage_injections(const TransmissionData& data, int hours) {
  const int n = data.network.buses();
  InjectionBounds injections{std::vector<double>(at(hours, 0, n)), std::vector<double>(at(hours, 0, n))};
  for (int h = 0; h < hours; ++h) {
    double* lo = injections.lower.data() + static_cast<std::ptrdiff_t>(h) * n;
    double* hi = injections.upper.data() + static_cast<std::ptrdiff_t>(h) * n;
    for (int bus = 0; bus < n; ++bus) lo[bus] = hi[bus] = -data.load(h, bus);
    for (const auto& unit : data.units) lo[unit.bus] += unit.p_min_mw, hi[unit.bus] += unit.p_max_mw;
    for (std::size_t r = 0; r < data.renewables.size(); ++r)
      hi[data.renewables[r].bus] += data.samples.mean[static_cast<std::size_t>(h) * data.renewables.size() + r];
    for (const auto& storage : data.storages)
      lo[storage.bus] -= storage.charge_max, hi[storage.bus] += storage.discharge_max;
    for (const auto& hub : data.hubs) lo[hub.bus] -= hub.import_max_mw, hi[hub.bus] += hub.export_max_mw;
  }
  return injections;
}

}  // namespace

std::string line_name(const grid::Network& network, int line) {
  const auto& branch = network.branch(line);
  int before = 0;
  for (int l = 0; l < line; ++l)
    if (network.branch(l).from == branch.from && network.branch(l).to == branch.to) ++before;
  return before == 0 ? fmt::format("{}-{}", branch.from, branch.to)
                     : fmt::format("{}-{}#{}", branch.from, branch.to, before + 1);
}

double angle_unit(const grid::Network& network) {
  std::vector<double> reactances;
  reactances.reserve(network.lines.size());
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l)
    reactances.push_back(std::abs(network.branch(l).x_pu * network.branch(l).tap()));
  if (reactances.empty()) return 1.0;
  const auto middle = reactances.begin() + static_cast<std::ptrdiff_t>(reactances.size() / 2);
  std::nth_element(reactances.begin(), middle, reactances.end());
  return *middle;
}

// Angles are held as θ' = θ baseMVA / x_ref (x_ref the median reactance): then a flow is (x_ref / x ratio) (θ'_i −
// θ'_j) and angles, flows and injections are all numbers of the same size.
Agent make_transmission(const TransmissionData& data, const StageSettings& settings,
                        const std::vector<double>& largest_mw) {
  const auto& network = data.network;
  const int n = network.buses();
  const int lines = static_cast<int>(network.lines.size());
  const int reference = network.references.front();
  const double base = network.data.base_mva;
  const double x_ref = angle_unit(network);
  const int hours = settings.hours;
  AgentBuilder builder("transmission", settings);
  builder.cost_group("generation");
  builder.cost_group("storage");

  TransmissionColumns columns;
  for (const auto& unit : data.units) columns.units.push_back(add_unit(builder, unit, true, "generation"));
  add_reserve_requirements(builder, columns.units, data.reserve_up_mw, data.reserve_down_mw);
  for (std::size_t r = 0; r < data.renewables.size(); ++r)
    columns.renewables.push_back(add_renewable(builder, data.renewables[r], static_cast<int>(r), data.samples));
  for (const auto& storage : data.storages) columns.storages.push_back(add_storage(builder, storage, "storage", false));
  std::vector<std::vector<int>> boundary;
  for (const auto& hub : data.hubs) {
    columns.boundary.emplace_back();
    boundary.emplace_back();
    for (int h = 1; h <= hours; ++h) {
      const auto power =
          builder.variable(fmt::format("boundary {} hour {}", hub.name, h), -hub.export_max_mw, hub.import_max_mw);
      builder.schedule("boundary_mw", hub.name, h, power);
      columns.boundary.back().push_back(power);
      boundary.back().push_back(power.column);
    }
  }

  const FlowBounds bounds = bound_flows(network, first_stage_injections(data, hours), hours);
  for (int h = 1; h <= hours; ++h) {
    const int i = h - 1;
    std::vector<Quantity> angle(static_cast<std::size_t>(n)), flow(static_cast<std::size_t>(lines));
    for (int bus = 0; bus < n; ++bus) {
      // physical value of the variable: θ baseMVA, in units of x_ref
      Quantity theta = Quantity::constant(0.0);
      if (bus != reference)
        theta = builder.variable(fmt::format("angle bus {} hour {}", network.number(bus), h),
                                 bounds.angle_lower[at(i, bus, n)], bounds.angle_upper[at(i, bus, n)], x_ref);
      angle[static_cast<std::size_t>(bus)] = theta;
      Quantity radians = theta;
      radians.scale /= base;
      builder.schedule("angle_rad", std::to_string(network.number(bus)), h, radians);
    }
    std::vector<int> balance(static_cast<std::size_t>(n));
    for (int bus = 0; bus < n; ++bus)
      balance[static_cast<std::size_t>(bus)] = builder.row(
          fmt::format("balance bus {} hour {}", network.number(bus), h), h, data.load(i, bus), data.load(i, bus));
    for (int l = 0; l < lines; ++l) {
      const auto& line = network.lines[static_cast<std::size_t>(l)];
      const auto& branch = network.branch(l);
      const double limit = data.limit_mw[static_cast<std::size_t>(l)];
      double lower = bounds.flow_lower[at(i, l, lines)], upper = bounds.flow_upper[at(i, l, lines)];
      if (limit > 0.0) {
        lower = std::max(lower, -limit);
        upper = std::min(upper, limit);
        if (lower > upper) lower = -limit, upper = limit;  // infeasible: left to the solver, which says so
      }
      const std::string name = line_name(network, l);
      const Quantity power = builder.variable(fmt::format("flow {} hour {}", name, h), lower, upper);
      builder.schedule("flow_mw", name, h, power);
      flow[static_cast<std::size_t>(l)] = power;
      // x ratio f − (θ_from − θ_to) baseMVA = −baseMVA shift, in units of √(x ratio x_ref)
      const double reactance = branch.x_pu * branch.tap();
      const double unit = std::sqrt(std::abs(reactance) * x_ref);
      const double shift = base * branch.shift_deg * std::numbers::pi / 180.0;
      const int row = builder.row(fmt::format("flow {} hour {}", name, h), h, -shift / unit, -shift / unit);
      builder.entry(row, power, reactance / unit);
      builder.entry(row, angle[static_cast<std::size_t>(line.from)], -1.0 / unit);
      builder.entry(row, angle[static_cast<std::size_t>(line.to)], 1.0 / unit);
      builder.entry(balance[static_cast<std::size_t>(line.from)], power, -1.0);
      builder.entry(balance[static_cast<std::size_t>(line.to)], power, 1.0);
    }
    const auto inject = [&](int bus, const Quantity& power, double sign) {
      builder.entry(balance[static_cast<std::size_t>(bus)], power, sign);
    };
    const auto hour = static_cast<std::size_t>(i);
    for (std::size_t g = 0; g < data.units.size(); ++g) inject(data.units[g].bus, columns.units[g].power[hour], 1.0);
    for (std::size_t r = 0; r < data.renewables.size(); ++r)
      inject(data.renewables[r].bus, columns.renewables[r][hour], 1.0);
    for (std::size_t e = 0; e < data.storages.size(); ++e) {
      inject(data.storages[e].bus, columns.storages[e].discharge[hour], 1.0);
      inject(data.storages[e].bus, columns.storages[e].charge[hour], -1.0);
    }
    for (std::size_t d = 0; d < data.hubs.size(); ++d) inject(data.hubs[d].bus, columns.boundary[d][hour], -1.0);
  }

  Agent agent = builder.finish();
  agent.boundary = std::move(boundary);
  agent.samples = data.samples;
  agent.recourse = transmission_recourse(data, settings, columns, x_ref, largest_mw);
  agent.figures = [storages = columns.storages, step = settings.step_hours](std::span<const double> x) {
    return std::vector<std::pair<std::string, double>>{{"simultaneous_mwh", simultaneous_mwh(storages, step, x)}};
  };
  agent.pattern_key = "transmission " + pattern_digest(agent);
  return agent;
}

}  // namespace wattstein::engine
