#include "engine/models/hub/feeder.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

std::string line_text(const grid::Network& network, const grid::Tree& tree, std::size_t j) {
  return fmt::format("{}-{}", network.number(tree.parent[j]), network.number(static_cast<int>(j)));
}

Unit scaled(Unit unit, double factor) {
  unit.cost_per_mwh *= factor;
  unit.cost_per_mw2h *= factor;
  unit.deployment_up_cost_per_mwh *= factor;
  unit.deployment_down_cost_per_mwh *= factor;
  unit.reserve_cost_per_mwh *= factor;
  return unit;
}

// A device's reactive power; one that has none gets no column.
struct Reactive {
  int bus;
  std::vector<Quantity> q;  // (H), empty: none
  double lower, upper;
};

Reactive add_reactive(AgentBuilder& builder, const Unit& unit) {
  Reactive reactive{unit.bus, {}, unit.q_min_mvar, unit.q_max_mvar};
  if (unit.q_min_mvar == 0.0 && unit.q_max_mvar == 0.0) return reactive;
  for (int h = 1; h <= builder.hours(); ++h) {
    reactive.q.push_back(
        builder.variable(fmt::format("reactive power {} hour {}", unit.name, h), unit.q_min_mvar, unit.q_max_mvar));
    builder.schedule("unit_mvar", unit.name, h, reactive.q.back());
  }
  return reactive;
}

}  // namespace

std::vector<double> shunt_susceptance(const grid::Network& network) {
  std::vector<double> b;
  b.reserve(static_cast<std::size_t>(network.buses()));
  for (int n = 0; n < network.buses(); ++n) b.push_back(network.bus(n).shunt_b_mvar / network.data.base_mva);
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l) {
    const auto& line = network.lines[static_cast<std::size_t>(l)];
    b[static_cast<std::size_t>(line.from)] += 0.5 * network.branch(l).b_pu;
    b[static_cast<std::size_t>(line.to)] += 0.5 * network.branch(l).b_pu;
  }
  return b;
}

// Powers in MW and MVAr, squared voltages in p.u., r and x in p.u. per MW (r/base), ℓ in MW² per p.u. (ℓ_pu base²).
// The variable of ℓ is ℓ/S with S a typical flow of the line, the cone's rows are divided by S:
//     (P/S)² + (Q/S)² ≤ 2 · ℓ/(√2 S²) · v/√2
HubColumns add_feeder(AgentBuilder& builder, const HubData& hub, const HubCopy& copy, bool fuel_paid,
                      std::string_view chp_group) {
  const ElectricData& data = hub.electric;
  const auto& network = data.network;
  const auto& tree = data.tree;
  const auto n = static_cast<std::size_t>(network.buses());
  const auto root = static_cast<std::size_t>(tree.root);
  const double base = network.data.base_mva;
  const int hours = builder.hours();
  HubColumns columns;
  builder.carrier("electric");
  std::vector<Reactive> reactive;

  for (const auto& unit : data.units) {
    columns.units.push_back(add_unit(builder, scaled(unit, copy.cost_scale), true, "generation"));
    reactive.push_back(add_reactive(builder, unit));
  }
  add_reserve_requirements(builder, columns.units, data.reserve_up_mw, data.reserve_down_mw);
  for (const auto& gas : data.gas_units) {
    Unit unit = scaled(gas.unit, copy.cost_scale);
    if (fuel_paid) unit.cost_per_mwh += gas.fuel_price_per_mwh * copy.gas_price_scale;
    columns.gas_units.push_back(add_unit(builder, unit, false, "generation"));
    reactive.push_back(add_reactive(builder, unit));
  }
  for (const auto& chp : data.chps) {
    columns.chps.push_back(add_unit(builder, scaled(chp.unit, copy.cost_scale), false, chp_group));
    reactive.push_back(add_reactive(builder, chp.unit));
  }
  for (std::size_t r = 0; r < data.renewables.size(); ++r)
    columns.renewables.push_back(add_renewable(builder, data.renewables[r], static_cast<int>(r), copy.samples));
  for (const auto& storage : data.storages) columns.storages.push_back(add_storage(builder, storage, "storage", false));
  std::vector<Quantity> q_exchange;
  for (int h = 1; h <= hours; ++h) {
    columns.boundary.push_back(
        builder.variable(fmt::format("boundary hour {}", h), -copy.export_max_mw, copy.import_max_mw));
    builder.schedule("boundary_mw", copy.name, h, columns.boundary.back());
    q_exchange.push_back(builder.variable(fmt::format("reactive exchange hour {}", h), -data.q_exchange_max_mvar,
                                          data.q_exchange_max_mvar));
    builder.schedule("boundary_mvar", copy.name, h, q_exchange.back());
  }

  const auto susceptance = shunt_susceptance(network);
  const auto units = line_units(data);
  const double v_root = data.root_voltage_pu * data.root_voltage_pu;
  for (int h = 1; h <= hours; ++h) {
    const auto i = static_cast<std::size_t>(h - 1);
    // injections at each bus, for the bounds of the flows
    std::vector<Interval> p(n), q(n);
    for (std::size_t bus = 0; bus < n; ++bus) {
      const double load = copy.load_scale * data.load_mw[i * n + bus],
                   load_q = copy.load_scale * data.load_mvar[i * n + bus];
      const double v_low = bus == root ? v_root : data.v_min_pu[bus] * data.v_min_pu[bus];
      const double v_high = bus == root ? v_root : data.v_max_pu[bus] * data.v_max_pu[bus];
      const double g = network.bus(static_cast<int>(bus)).shunt_g_mw, b = susceptance[bus] * base;
      p[bus] = {-load - std::max(g * v_low, g * v_high), -load - std::min(g * v_low, g * v_high)};
      q[bus] = {-load_q + std::min(b * v_low, b * v_high), -load_q + std::max(b * v_low, b * v_high)};
    }
    const auto widen = [](Interval& interval, double lower, double upper) {
      interval.lower += lower, interval.upper += upper;
    };
    for (const auto& unit : data.units) widen(p[static_cast<std::size_t>(unit.bus)], unit.p_min_mw, unit.p_max_mw);
    for (const auto& gas : data.gas_units)
      widen(p[static_cast<std::size_t>(gas.unit.bus)], gas.unit.p_min_mw, gas.unit.p_max_mw);
    for (const auto& chp : data.chps)
      widen(p[static_cast<std::size_t>(chp.unit.bus)], chp.unit.p_min_mw, chp.unit.p_max_mw);
    for (std::size_t r = 0; r < data.renewables.size(); ++r)
      widen(p[static_cast<std::size_t>(data.renewables[r].bus)], 0.0,
            copy.samples.mean[i * data.renewables.size() + r]);
    for (const auto& storage : data.storages)
      widen(p[static_cast<std::size_t>(storage.bus)], -storage.charge_max, storage.discharge_max);
    widen(p[root], -copy.export_max_mw, copy.import_max_mw);
    for (const auto& device : reactive) widen(q[static_cast<std::size_t>(device.bus)], device.lower, device.upper);
    widen(q[root], -data.q_exchange_max_mvar, data.q_exchange_max_mvar);
    const LineBounds bounds = bound_lines(data, p, q);

    std::vector<Quantity> voltage(n), active(n), react(n), current(n);
    std::vector<int> p_row(n), q_row(n);
    for (std::size_t bus = 0; bus < n; ++bus) {
      const int number = network.number(static_cast<int>(bus));
      voltage[bus] = bus == root ? Quantity::constant(v_root)
                                 : builder.variable(fmt::format("squared voltage bus {} hour {}", number, h),
                                                    data.v_min_pu[bus] * data.v_min_pu[bus],
                                                    data.v_max_pu[bus] * data.v_max_pu[bus]);
      builder.schedule("squared_voltage_pu", std::to_string(number), h, voltage[bus]);
      const double load = copy.load_scale * data.load_mw[i * n + bus],
                   load_q = copy.load_scale * data.load_mvar[i * n + bus];
      p_row[bus] = builder.row(fmt::format("balance bus {} hour {}", number, h), h, load, load);
      q_row[bus] = builder.row(fmt::format("reactive balance bus {} hour {}", number, h), h, load_q, load_q);
      builder.entry(p_row[bus], voltage[bus], -network.bus(static_cast<int>(bus)).shunt_g_mw);
      builder.entry(q_row[bus], voltage[bus], susceptance[bus] * base);
    }
    for (const int bus : tree.order) {
      const auto j = static_cast<std::size_t>(bus);
      if (j == root) continue;
      const auto parent = static_cast<std::size_t>(tree.parent[j]);
      const auto& branch = network.branch(tree.parent_line[j]);
      const double r = branch.r_pu / base, x = branch.x_pu / base, unit = units[j];
      const std::string line = line_text(network, tree, j);
      active[j] = builder.variable(fmt::format("flow {} hour {}", line, h), bounds.p_mw[j].lower, bounds.p_mw[j].upper);
      react[j] = builder.variable(fmt::format("reactive flow {} hour {}", line, h), bounds.q_mvar[j].lower,
                                  bounds.q_mvar[j].upper);
      current[j] = builder.variable(fmt::format("squared current {} hour {}", line, h), 0.0, bounds.current[j], unit);
      builder.schedule("flow_mw", line, h, active[j]);
      // price · r ℓ presses a loose cone onto P² + Q² = ℓ v; a line without resistance counts with a hundredth of x.
      if (const double price = builder.settings().loss_price_per_mwh; price > 0.0)
        builder.cost("loss_price", current[j], builder.step() * price * std::max(r, 0.01 * std::abs(x)));
      builder.schedule("flow_mvar", line, h, react[j]);
      // balance of j: P_ij − r ℓ + p_j − Σ P_jk = load_j + G v_j, and of i: … − P_ij
      builder.entry(p_row[j], active[j], 1.0);
      builder.entry(p_row[j], current[j], -r);
      builder.entry(p_row[parent], active[j], -1.0);
      builder.entry(q_row[j], react[j], 1.0);
      builder.entry(q_row[j], current[j], -x);
      builder.entry(q_row[parent], react[j], -1.0);
      // v_j − v_i + 2 (r P + x Q) − (r² + x²) ℓ = 0
      const int drop = builder.row(fmt::format("voltage drop {} hour {}", line, h), h, 0.0, 0.0);
      builder.entry(drop, voltage[j], 1.0);
      builder.entry(drop, voltage[parent], -1.0);
      builder.entry(drop, active[j], 2.0 * r);
      builder.entry(drop, react[j], 2.0 * x);
      builder.entry(drop, current[j], -(r * r + x * x));
      // P² + Q² ≤ ℓ v_i
      const int cone = builder.cone(ConeKind::rotated, 4, h);
      builder.cone_entry(cone, current[j], 1.0 / (std::sqrt(2.0) * unit * unit));
      builder.cone_entry(cone + 1, voltage[parent], 1.0 / std::sqrt(2.0));
      builder.cone_entry(cone + 2, active[j], 1.0 / unit);
      builder.cone_entry(cone + 3, react[j], 1.0 / unit);
    }
    const auto inject = [&](int bus, const Quantity& power, double sign) {
      builder.entry(p_row[static_cast<std::size_t>(bus)], power, sign);
    };
    for (std::size_t g = 0; g < data.units.size(); ++g) inject(data.units[g].bus, columns.units[g].power[i], 1.0);
    for (std::size_t g = 0; g < data.gas_units.size(); ++g)
      inject(data.gas_units[g].unit.bus, columns.gas_units[g].power[i], 1.0);
    for (std::size_t g = 0; g < data.chps.size(); ++g) inject(data.chps[g].unit.bus, columns.chps[g].power[i], 1.0);
    for (std::size_t k = 0; k < data.renewables.size(); ++k)
      inject(data.renewables[k].bus, columns.renewables[k][i], 1.0);
    for (std::size_t e = 0; e < data.storages.size(); ++e) {
      inject(data.storages[e].bus, columns.storages[e].discharge[i], 1.0);
      inject(data.storages[e].bus, columns.storages[e].charge[i], -1.0);
    }
    inject(tree.root, columns.boundary[i], 1.0);
    for (const auto& device : reactive)
      if (!device.q.empty()) builder.entry(q_row[static_cast<std::size_t>(device.bus)], device.q[i], 1.0);
    builder.entry(q_row[root], q_exchange[i], 1.0);
    columns.voltage.push_back(std::move(voltage));
    columns.p_mw.push_back(std::move(active));
    columns.q_mvar.push_back(std::move(react));
    columns.current.push_back(std::move(current));
  }
  return columns;
}

double feeder_loss_mwh(const ElectricData& data, const HubColumns& columns, double step_hours,
                       std::span<const double> x) {
  double loss = 0.0;
  for (const auto& hour : columns.current)
    for (std::size_t j = 0; j < hour.size(); ++j)
      if (static_cast<int>(j) != data.tree.root)
        loss += step_hours * data.network.branch(data.tree.parent_line[j]).r_pu / data.network.data.base_mva *
                hour[j].at(x);
  return loss;
}

FeederConeGap feeder_cone_gap(const ElectricData& data, const HubColumns& columns, std::span<const double> x) {
  const double base = data.network.data.base_mva;
  FeederConeGap gap;
  for (std::size_t h = 0; h < columns.current.size(); ++h)
    for (std::size_t j = 0; j < columns.current[h].size(); ++j) {
      if (static_cast<int>(j) == data.tree.root) continue;
      const double p = columns.p_mw[h][j].at(x), q = columns.q_mvar[h][j].at(x);
      const double v = columns.voltage[h][static_cast<std::size_t>(data.tree.parent[j])].at(x);
      const double loose = (columns.current[h][j].at(x) * v - p * p - q * q) / (base * base);
      if (loose > gap.per_unit)
        gap = {loose, fmt::format("line {} hour {}", line_text(data.network, data.tree, j), h + 1)};
    }
  return gap;
}

}  // namespace wattstein::engine
