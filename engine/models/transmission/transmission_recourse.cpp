#include "engine/models/transmission/transmission_recourse.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/error/error.hpp"
#include "engine/models/transmission/flow_bounds.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(int hour, int index, int width) {
  return static_cast<std::size_t>(hour * width + index);
}

// S_n and O_n, (H, n): constants, so that u = 0, r = 0 and zero flow is a solution whatever the schedule is.
struct Slack {
  std::vector<double> shed, surplus;
};

Slack slack_limits(const TransmissionData& data, int hours) {
  const int n = data.network.buses();
  Slack slack{std::vector<double>(at(hours, 0, n)), std::vector<double>(at(hours, 0, n))};
  for (int h = 0; h < hours; ++h) {
    double* shed = slack.shed.data() + static_cast<std::ptrdiff_t>(h) * n;
    double* surplus = slack.surplus.data() + static_cast<std::ptrdiff_t>(h) * n;
    for (int bus = 0; bus < n; ++bus) {
      shed[bus] = std::max(data.load(h, bus), 0.0);
      surplus[bus] = std::max(-data.load(h, bus), 0.0);
    }
    for (const auto& unit : data.units) surplus[unit.bus] += unit.p_max_mw;
    for (const auto& storage : data.storages) {
      shed[storage.bus] += storage.charge_max;
      surplus[storage.bus] += storage.discharge_max;
    }
    for (const auto& hub : data.hubs) {
      shed[hub.bus] += hub.import_max_mw;
      surplus[hub.bus] += hub.export_max_mw;
    }
    for (int bus = 0; bus < n; ++bus) surplus[bus] = std::max(surplus[bus], 0.0);
  }
  return slack;
}

// Net injections that the second stage may meet: the schedule's, any realisation, and the slacks.
InjectionBounds recourse_injections(const TransmissionData& data, const Slack& slack, int hours,
                                    const std::vector<double>& largest_mw) {
  const int n = data.network.buses();
  InjectionBounds injections{std::vector<double>(at(hours, 0, n)), std::vector<double>(at(hours, 0, n))};
  for (int h = 0; h < hours; ++h) {
    double* lo = injections.lower.data() + static_cast<std::ptrdiff_t>(h) * n;
    double* hi = injections.upper.data() + static_cast<std::ptrdiff_t>(h) * n;
    for (int bus = 0; bus < n; ++bus) {
      lo[bus] = -data.load(h, bus) - slack.surplus[at(h, bus, n)];
      hi[bus] = -data.load(h, bus) + slack.shed[at(h, bus, n)];
    }
    for (const auto& unit : data.units) lo[unit.bus] += unit.p_min_mw, hi[unit.bus] += unit.p_max_mw;
    for (std::size_t r = 0; r < data.renewables.size(); ++r)
      hi[data.renewables[r].bus] +=
          std::max(data.renewables[r].capacity_mw, r < largest_mw.size() ? largest_mw[r] : 0.0);
    for (const auto& storage : data.storages)
      lo[storage.bus] -= storage.charge_max, hi[storage.bus] += storage.discharge_max;
    for (const auto& hub : data.hubs) lo[hub.bus] -= hub.import_max_mw, hi[hub.bus] += hub.export_max_mw;
  }
  return injections;
}

}  // namespace

Recourse transmission_recourse(const TransmissionData& data, const StageSettings& settings,
                               const TransmissionColumns& columns, double x_ref,
                               const std::vector<double>& largest_mw) {
  const auto& network = data.network;
  const int n = network.buses();
  const int lines = static_cast<int>(network.lines.size());
  const int hours = settings.hours;
  const double base = network.data.base_mva;
  const double step = settings.step_hours;
  const double markup = settings.deployment_markup;
  const Slack slack = slack_limits(data, hours);
  const FlowBounds bounds = bound_flows(network, recourse_injections(data, slack, hours, largest_mw), hours);

  ProblemBuilder lp;
  Recourse recourse;
  recourse.step_hours = step;
  recourse.hours.resize(static_cast<std::size_t>(hours));

  // Rows first: balance of every bus, then the lines with a limit.
  std::vector<int> limited;
  std::vector<double> constant(static_cast<std::size_t>(n), 0.0);  // what phase shifters add to a bus, MW
  for (int bus = 0; bus < n; ++bus) lp.row(fmt::format("balance bus {}", network.number(bus)), 0.0, 0.0);
  for (int l = 0; l < lines; ++l)
    if (data.limit_mw[static_cast<std::size_t>(l)] > 0.0) {
      limited.push_back(l);
      lp.row(fmt::format("limit {}", line_name(network, l)), 0.0, 0.0);
    }

  // Variables; bounds that depend on the hour, on x or on ω are filled below.
  std::vector<int> up, down;
  if (settings.deploy_reserves)
    for (const auto& unit : data.units) {
      up.push_back(lp.variable(fmt::format("deploy up {}", unit.name), 0.0, 0.0,
                               step * (1.0 + markup) * unit.deployment_up_cost_per_mwh));
      down.push_back(lp.variable(fmt::format("deploy down {}", unit.name), 0.0, 0.0,
                                 -step * (1.0 - markup) * unit.deployment_down_cost_per_mwh));
      lp.entry(unit.bus, up.back(), 1.0);
      lp.entry(unit.bus, down.back(), -1.0);
    }
  for (std::size_t r = 0; r < data.renewables.size(); ++r) {
    const auto& renewable = data.renewables[r];
    const double cost = step * renewable.curtailment_cost_per_mwh;
    const int used = lp.variable(fmt::format("used {}", renewable.name), 0.0, 0.0, -cost);
    lp.entry(renewable.bus, used, 1.0);
    recourse.used.push_back(used);
    recourse.w_cost.push_back(cost);
    recourse.w_upper.push_back({used, static_cast<int>(r), 1.0});
  }
  std::vector<int> shed(static_cast<std::size_t>(n), -1), surplus(static_cast<std::size_t>(n), -1);
  for (int bus = 0; bus < n; ++bus) {
    double most_shed = 0.0, most_surplus = 0.0;
    for (int h = 0; h < hours; ++h) {
      most_shed = std::max(most_shed, slack.shed[at(h, bus, n)]);
      most_surplus = std::max(most_surplus, slack.surplus[at(h, bus, n)]);
    }
    if (most_shed > 0.0) {
      shed[static_cast<std::size_t>(bus)] =
          lp.variable(fmt::format("shed bus {}", network.number(bus)), 0.0, 0.0, step * data.shedding_cost_per_mwh);
      lp.entry(bus, shed[static_cast<std::size_t>(bus)], 1.0);
      recourse.shed.push_back(shed[static_cast<std::size_t>(bus)]);
    }
    if (most_surplus > 0.0) {
      surplus[static_cast<std::size_t>(bus)] = lp.variable(fmt::format("surplus bus {}", network.number(bus)), 0.0, 0.0,
                                                           step * data.overgeneration_cost_per_mwh);
      lp.entry(bus, surplus[static_cast<std::size_t>(bus)], -1.0);
    }
  }
  const int reference = network.references.front();
  std::vector<int> angle(static_cast<std::size_t>(n), -1);
  for (int bus = 0; bus < n; ++bus)
    if (bus != reference)
      angle[static_cast<std::size_t>(bus)] = lp.variable(fmt::format("angle bus {}", network.number(bus)), 0.0, 0.0);

  // f_l = b (θ'_from − θ'_to) − φ with b = x_ref / (x ratio); balance: … − Σ A b Δθ' = load − Σ A φ
  std::size_t next_limit = 0;
  std::vector<double> phi(static_cast<std::size_t>(lines));
  for (int l = 0; l < lines; ++l) {
    const auto& line = network.lines[static_cast<std::size_t>(l)];
    const auto& branch = network.branch(l);
    const double reactance = branch.x_pu * branch.tap();
    const double b = x_ref / reactance;
    phi[static_cast<std::size_t>(l)] = base * branch.shift_deg * std::numbers::pi / 180.0 / reactance;
    constant[static_cast<std::size_t>(line.from)] += phi[static_cast<std::size_t>(l)];
    constant[static_cast<std::size_t>(line.to)] -= phi[static_cast<std::size_t>(l)];
    const int i = angle[static_cast<std::size_t>(line.from)], j = angle[static_cast<std::size_t>(line.to)];
    const auto add = [&](int row, double sign) {
      if (i >= 0) lp.entry(row, i, sign * b);
      if (j >= 0) lp.entry(row, j, -sign * b);
    };
    add(line.from, -1.0);
    add(line.to, 1.0);
    if (next_limit < limited.size() && limited[next_limit] == l) add(n + static_cast<int>(next_limit++), 1.0);
  }
  recourse.lp = lp.build("transmission.recourse");
  recourse.lp.objective_unit = "$";

  for (int h = 0; h < hours; ++h) {
    RecourseHour& hour = recourse.hours[static_cast<std::size_t>(h)];
    for (int bus = 0; bus < n; ++bus) hour.l.push_back(data.load(h, bus) - constant[static_cast<std::size_t>(bus)]);
    hour.u = hour.l;
    for (const int l : limited) {
      hour.l.push_back(phi[static_cast<std::size_t>(l)] - data.limit_mw[static_cast<std::size_t>(l)]);
      hour.u.push_back(phi[static_cast<std::size_t>(l)] + data.limit_mw[static_cast<std::size_t>(l)]);
    }
    hour.lb.assign(static_cast<std::size_t>(lp.variables()), 0.0);
    hour.ub.assign(static_cast<std::size_t>(lp.variables()), 0.0);
    for (int bus = 0; bus < n; ++bus) {
      const auto b = static_cast<std::size_t>(bus);
      if (shed[b] >= 0) hour.ub[static_cast<std::size_t>(shed[b])] = slack.shed[at(h, bus, n)];
      if (surplus[b] >= 0) hour.ub[static_cast<std::size_t>(surplus[b])] = slack.surplus[at(h, bus, n)];
      if (angle[b] >= 0) {
        // Twice the interval about its middle: an evaluated schedule may leave the limits that the interval rests on.
        const double low = bounds.angle_lower[at(h, bus, n)] / x_ref, high = bounds.angle_upper[at(h, bus, n)] / x_ref;
        const double half = 0.5 * (high - low) + 1.0;
        hour.lb[static_cast<std::size_t>(angle[b])] = low - half;
        hour.ub[static_cast<std::size_t>(angle[b])] = high + half;
      }
    }
    // Moves of the sides with the schedule: Σ (…) = load − Σ p_g − Σ (d − c) + Σ p_d
    const auto k = static_cast<std::size_t>(h);
    const auto moves = [&](int bus, const Quantity& power, double sign) {
      hour.x_rows.push_back({bus, power.column, sign * power.scale});
    };
    for (std::size_t g = 0; g < data.units.size(); ++g) {
      moves(data.units[g].bus, columns.units[g].power[k], -1.0);
      if (settings.deploy_reserves) {
        hour.x_upper.push_back({up[g], columns.units[g].reserve_up[k].column, 1.0});
        hour.x_upper.push_back({down[g], columns.units[g].reserve_down[k].column, 1.0});
      }
    }
    for (std::size_t e = 0; e < data.storages.size(); ++e) {
      moves(data.storages[e].bus, columns.storages[e].discharge[k], -1.0);
      moves(data.storages[e].bus, columns.storages[e].charge[k], 1.0);
    }
    for (std::size_t d = 0; d < data.hubs.size(); ++d) moves(data.hubs[d].bus, columns.boundary[d][k], 1.0);
  }
  return recourse;
}

}  // namespace wattstein::engine
