#include "engine/models/hub/hub_recourse.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

constexpr double voltage_unit = 0.01;  // p.u. (squared) per unit of w and of its slacks

// S_n and O_n in MW, (n), for one hour.
struct Slack {
  std::vector<double> shed, surplus;
};

Slack slack_limits(const ElectricData& data, const HubCopy& copy, double load_scale, int hour) {
  const auto n = static_cast<std::size_t>(data.network.buses());
  const auto root = static_cast<std::size_t>(data.tree.root);
  Slack slack{std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t bus = 0; bus < n; ++bus) {
    const double load = load_scale * data.load_mw[static_cast<std::size_t>(hour) * n + bus];
    slack.shed[bus] = std::max(load, 0.0);
    slack.surplus[bus] = std::max(-load, 0.0);
  }
  for (const auto& storage : data.storages) {
    slack.shed[static_cast<std::size_t>(storage.bus)] += storage.charge_max;
    slack.surplus[static_cast<std::size_t>(storage.bus)] += storage.discharge_max;
  }
  for (const auto& unit : data.units) slack.surplus[static_cast<std::size_t>(unit.bus)] += unit.p_max_mw;
  for (const auto& gas : data.gas_units) slack.surplus[static_cast<std::size_t>(gas.unit.bus)] += gas.unit.p_max_mw;
  for (const auto& chp : data.chps) slack.surplus[static_cast<std::size_t>(chp.unit.bus)] += chp.unit.p_max_mw;
  slack.shed[root] += copy.export_max_mw;
  for (const auto& renewable : data.renewables) slack.shed[root] += copy.renewable_scale * renewable.capacity_mw;
  slack.surplus[root] += copy.import_max_mw;
  for (double& value : slack.surplus) value = std::max(value, 0.0);
  return slack;
}

}  // namespace

Recourse hub_recourse(const HubData& hub, const HubCopy& copy, const StageSettings& settings, const HubColumns& columns,
                      const std::vector<double>& largest_mw) {
  const ElectricData& data = hub.electric;
  const auto& network = data.network;
  const auto& tree = data.tree;
  const auto n = static_cast<std::size_t>(network.buses());
  const auto root = static_cast<std::size_t>(tree.root);
  const double base = network.data.base_mva;
  const double step = settings.step_hours;
  const int hours = settings.hours;
  const double markup = settings.deployment_markup;
  ProblemBuilder lp;
  Recourse recourse;
  recourse.step_hours = step;
  recourse.hours.resize(static_cast<std::size_t>(hours));
  std::vector<Slack> slack;
  // Which slacks exist follows from the file alone (a copy's load_scale may be 0).
  std::vector<bool> can_shed(n, false), can_surplus(n, false);
  can_shed[root] = can_surplus[root] = true;
  for (int h = 0; h < hours; ++h) {
    slack.push_back(slack_limits(data, copy, copy.load_scale, h));
    const Slack plain = slack_limits(data, copy, 1.0, h);
    for (std::size_t bus = 0; bus < n; ++bus) {
      if (plain.shed[bus] > 0.0) can_shed[bus] = true;
      if (plain.surplus[bus] > 0.0) can_surplus[bus] = true;
    }
  }

  // Row of bus j: f_ij − Σ f_jk − Δ_j = 0 with Δ_j = Σ (u_r − p_r) + r↑ − r↓ + s − o; root: Σ f_root,k + Δ_root = 0.
  std::vector<double> largest(n, 0.0);  // |Δ_j| at most, for the bounds of f
  for (std::size_t bus = 0; bus < n; ++bus)
    lp.row(fmt::format("deviation bus {}", network.number(static_cast<int>(bus))), 0.0, 0.0);
  const auto deviate = [&](int bus, int variable, double sign) {
    lp.entry(bus, variable, static_cast<std::size_t>(bus) == root ? sign : -sign);
  };
  std::vector<int> up, down;
  if (settings.deploy_reserves)
    for (const auto& unit : data.units) {
      up.push_back(lp.variable(fmt::format("deploy up {}", unit.name), 0.0, 0.0,
                               step * (1.0 + markup) * copy.cost_scale * unit.deployment_up_cost_per_mwh));
      down.push_back(lp.variable(fmt::format("deploy down {}", unit.name), 0.0, 0.0,
                                 -step * (1.0 - markup) * copy.cost_scale * unit.deployment_down_cost_per_mwh));
      deviate(unit.bus, up.back(), 1.0);
      deviate(unit.bus, down.back(), -1.0);
      largest[static_cast<std::size_t>(unit.bus)] += std::max(unit.reserve_up_max_mw, unit.reserve_down_max_mw);
    }
  for (std::size_t r = 0; r < data.renewables.size(); ++r) {
    const auto& renewable = data.renewables[r];
    const double cost = step * renewable.curtailment_cost_per_mwh;
    const int used = lp.variable(fmt::format("used {}", renewable.name), 0.0, 0.0, -cost);
    deviate(renewable.bus, used, 1.0);
    recourse.used.push_back(used);
    recourse.w_cost.push_back(cost);
    recourse.w_upper.push_back({used, static_cast<int>(r), 1.0});
    largest[static_cast<std::size_t>(renewable.bus)] +=
        std::max(copy.renewable_scale * renewable.capacity_mw, r < largest_mw.size() ? largest_mw[r] : 0.0);
  }
  std::vector<int> shed(n, -1), surplus(n, -1);
  for (std::size_t bus = 0; bus < n; ++bus) {
    const int number = network.number(static_cast<int>(bus));
    if (can_shed[bus]) {
      shed[bus] = lp.variable(fmt::format("shed bus {}", number), 0.0, 0.0, step * data.shedding_cost_per_mwh);
      deviate(static_cast<int>(bus), shed[bus], 1.0);
      recourse.shed.push_back(shed[bus]);
    }
    if (can_surplus[bus]) {
      surplus[bus] =
          lp.variable(fmt::format("surplus bus {}", number), 0.0, 0.0, step * data.overgeneration_cost_per_mwh);
      deviate(static_cast<int>(bus), surplus[bus], -1.0);
    }
    double most = 0.0;
    for (int h = 0; h < hours; ++h)
      most = std::max(
          {most, slack[static_cast<std::size_t>(h)].shed[bus], slack[static_cast<std::size_t>(h)].surplus[bus]});
    largest[bus] += most;
  }
  // |f_ij| ≤ what can deviate below; |w_n| ≤ the sum of 2 r |f| along the path
  std::vector<double> flow_most = largest, voltage_most(n, 0.0);
  for (auto it = tree.order.rbegin(); it != tree.order.rend(); ++it)
    if (tree.parent[static_cast<std::size_t>(*it)] >= 0)
      flow_most[static_cast<std::size_t>(tree.parent[static_cast<std::size_t>(*it)])] +=
          flow_most[static_cast<std::size_t>(*it)];

  std::vector<int> flow(n, -1), voltage(n, -1), under(n, -1), over(n, -1), line_under(n, -1), line_over(n, -1);
  std::vector<int> voltage_row(n, -1), line_row(n, -1);
  std::vector<double> lb, ub;
  const double violation = step * data.voltage_violation_cost_per_pu * voltage_unit;
  for (const int bus : tree.order) {
    const auto j = static_cast<std::size_t>(bus);
    if (j == root) continue;
    const auto parent = static_cast<std::size_t>(tree.parent[j]);
    const double r = network.branch(tree.parent_line[j]).r_pu / base;
    const int number = network.number(bus);
    const std::string line = fmt::format("{}-{}", network.number(tree.parent[j]), number);
    voltage_most[j] = voltage_most[parent] + 2.0 * r * flow_most[j] / voltage_unit;
    flow[j] = lp.variable(fmt::format("deviation below {}", line), -flow_most[j], flow_most[j]);
    voltage[j] = lp.variable(fmt::format("voltage deviation bus {}", number), -voltage_most[j], voltage_most[j]);
    lp.entry(bus, flow[j], 1.0);
    lp.entry(tree.parent[j], flow[j], parent == root ? 1.0 : -1.0);
    const int rise = lp.row(fmt::format("voltage rise {}", line), 0.0, 0.0);
    lp.entry(rise, voltage[j], 1.0);
    if (parent != root) lp.entry(rise, voltage[parent], -1.0);
    lp.entry(rise, flow[j], -2.0 * r / voltage_unit);
    // Slacks reach any schedule whose squared voltage lies between 0 and twice the upper limit.
    const double v_high = data.v_max_pu[j] * data.v_max_pu[j];
    const double reach = voltage_most[j] + (2.0 * v_high + 1.0) / voltage_unit;
    under[j] = lp.variable(fmt::format("undervoltage bus {}", number), 0.0, reach, violation);
    over[j] = lp.variable(fmt::format("overvoltage bus {}", number), 0.0, reach, violation);
    recourse.violation.insert(recourse.violation.end(), {under[j], over[j]});
    voltage_row[j] = lp.row(fmt::format("voltage limits bus {}", number), 0.0, 0.0);
    lp.entry(voltage_row[j], voltage[j], 1.0);
    lp.entry(voltage_row[j], under[j], 1.0);
    lp.entry(voltage_row[j], over[j], -1.0);
    if (data.limit_mva[j] > 0.0) {
      const double line_reach =
          2.0 * (flow_most[j] + flow_most[root] + data.limit_mva[j] + copy.import_max_mw + copy.export_max_mw);
      const double cost = step * data.line_violation_cost_per_mwh;
      line_under[j] = lp.variable(fmt::format("overload backward {}", line), 0.0, line_reach, cost);
      line_over[j] = lp.variable(fmt::format("overload forward {}", line), 0.0, line_reach, cost);
      recourse.violation.insert(recourse.violation.end(), {line_under[j], line_over[j]});
      line_row[j] = lp.row(fmt::format("line limit {}", line), 0.0, 0.0);
      lp.entry(line_row[j], flow[j], -1.0);
      lp.entry(line_row[j], line_under[j], 1.0);
      lp.entry(line_row[j], line_over[j], -1.0);
    }
  }
  recourse.lp = lp.build(copy.name + ".recourse");
  recourse.lp.objective_unit = "$";

  for (int h = 0; h < hours; ++h) {
    const auto k = static_cast<std::size_t>(h);
    RecourseHour& hour = recourse.hours[k];
    hour.l.assign(static_cast<std::size_t>(lp.rows()), 0.0);
    hour.u.assign(static_cast<std::size_t>(lp.rows()), 0.0);
    hour.lb = recourse.lp.lb.data;
    hour.ub = recourse.lp.ub.data;
    for (std::size_t bus = 0; bus < n; ++bus) {
      if (shed[bus] >= 0) hour.ub[static_cast<std::size_t>(shed[bus])] = slack[k].shed[bus];
      if (surplus[bus] >= 0) hour.ub[static_cast<std::size_t>(surplus[bus])] = slack[k].surplus[bus];
      if (bus == root) continue;
      // (v_min² − v) / unit ≤ w + σ⁻ − σ⁺ ≤ (v_max² − v) / unit
      const auto row = static_cast<std::size_t>(voltage_row[bus]);
      hour.l[row] = data.v_min_pu[bus] * data.v_min_pu[bus] / voltage_unit;
      hour.u[row] = data.v_max_pu[bus] * data.v_max_pu[bus] / voltage_unit;
      hour.x_rows.push_back(
          {voltage_row[bus], columns.voltage[k][bus].column, -columns.voltage[k][bus].scale / voltage_unit});
      if (line_row[bus] >= 0) {
        // −F − P ≤ −f + σ⁻ − σ⁺ ≤ F − P
        hour.l[static_cast<std::size_t>(line_row[bus])] = -data.limit_mva[bus];
        hour.u[static_cast<std::size_t>(line_row[bus])] = data.limit_mva[bus];
        hour.x_rows.push_back({line_row[bus], columns.p_mw[k][bus].column, -columns.p_mw[k][bus].scale});
      }
    }
    for (std::size_t r = 0; r < data.renewables.size(); ++r) {
      const auto& power = columns.renewables[r][k];
      const int bus = data.renewables[r].bus;
      // Δ's constant part −p_r stands on the left; moved over: row j: … = −p_r, root: … = +p_r
      hour.x_rows.push_back({bus, power.column, static_cast<std::size_t>(bus) == root ? power.scale : -power.scale});
    }
    for (std::size_t g = 0; g < up.size(); ++g) {
      hour.x_upper.push_back({up[g], columns.units[g].reserve_up[k].column, 1.0});
      hour.x_upper.push_back({down[g], columns.units[g].reserve_down[k].column, 1.0});
    }
  }
  return recourse;
}

}  // namespace wattstein::engine
