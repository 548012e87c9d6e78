#include <algorithm>
#include <cmath>

#include "engine/models/hub/feeder.hpp"

namespace wattstein::engine {
namespace {

// Sums over each bus and everything below it.
std::vector<Interval> sums_below(const grid::Tree& tree, std::vector<Interval> values) {
  for (auto it = tree.order.rbegin(); it != tree.order.rend(); ++it) {
    const int parent = tree.parent[static_cast<std::size_t>(*it)];
    if (parent < 0) continue;
    values[static_cast<std::size_t>(parent)].lower += values[static_cast<std::size_t>(*it)].lower;
    values[static_cast<std::size_t>(parent)].upper += values[static_cast<std::size_t>(*it)].upper;
  }
  return values;
}

// Widened by 1e-6 relative; turned into a symmetric interval when the bounds contradict each other (the problem is then
// infeasible, and the solver is the one to say so).
Interval widened(double lower, double upper) {
  if (lower > upper) {
    const double size = std::max(std::abs(lower), std::abs(upper));
    lower = -size;
    upper = size;
  }
  const double margin = 1e-6 * (1.0 + std::abs(lower) + std::abs(upper));
  return {lower - margin, upper + margin};
}

}  // namespace

LineBounds bound_lines(const ElectricData& data, const std::vector<Interval>& p, const std::vector<Interval>& q) {
  const auto& network = data.network;
  const auto& tree = data.tree;
  const auto n = static_cast<std::size_t>(network.buses());
  const double base = network.data.base_mva;
  const auto p_below = sums_below(tree, p), q_below = sums_below(tree, q);
  const auto root = static_cast<std::size_t>(tree.root);
  bool reactance_negative = false;
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l) reactance_negative |= network.branch(l).x_pu < 0.0;

  LineBounds bounds;
  bounds.p_mw.resize(n);
  bounds.q_mvar.resize(n);
  bounds.current.resize(n);
  for (std::size_t j = 0; j < n; ++j) {
    if (j == root) continue;
    bounds.p_mw[j] = widened(-p_below[j].upper, p_below[root].upper - p_below[j].upper);
    bounds.q_mvar[j] = widened(-q_below[j].upper, q_below[root].upper - q_below[j].upper);
  }
  if (reactance_negative) {
    // Lines with x < 0 give reactive power: as much as x ℓ with the largest ℓ that their resistance allows.
    double given = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      if (j == root) continue;
      const auto& branch = network.branch(tree.parent_line[j]);
      if (branch.x_pu < 0.0) given -= branch.x_pu / branch.r_pu * (bounds.p_mw[j].upper - bounds.p_mw[j].lower);
    }
    for (auto& interval : bounds.q_mvar) interval = {interval.lower - given, interval.upper + given};
  }
  for (std::size_t j = 0; j < n; ++j) {
    if (j == root) continue;
    const auto& branch = network.branch(tree.parent_line[j]);
    const auto i = static_cast<std::size_t>(tree.parent[j]);
    const double r = branch.r_pu / base, x = branch.x_pu / base;  // p.u. per MW: voltages in p.u., powers in MW
    double current = kernels::infinity;
    if (r > 0.0) current = std::min(current, (bounds.p_mw[j].upper - bounds.p_mw[j].lower) / r);
    if (x > 0.0 && !reactance_negative)
      current = std::min(current, (bounds.q_mvar[j].upper - bounds.q_mvar[j].lower) / x);
    const double v_i = i == root ? data.root_voltage_pu : data.v_min_pu[i];
    const double drop = data.v_max_pu[j] * data.v_max_pu[j] - v_i * v_i + 2.0 * r * bounds.p_mw[j].upper +
                        2.0 * std::max(x * bounds.q_mvar[j].upper, x * bounds.q_mvar[j].lower);
    if (drop >= 0.0) current = std::min(current, 1e-6 + drop / (r * r + x * x));
    if (data.limit_mva[j] > 0.0) {
      const double limit = data.limit_mva[j];
      current = std::min(current, limit * limit);
      const double lower = std::max(bounds.p_mw[j].lower, -limit), upper = std::min(bounds.p_mw[j].upper, limit);
      bounds.p_mw[j] = lower <= upper ? Interval{lower, upper} : Interval{-limit, limit};
    }
    bounds.current[j] = current;
  }
  return bounds;
}

std::vector<double> line_units(const ElectricData& data) {
  const auto& network = data.network;
  std::vector<Interval> below(static_cast<std::size_t>(network.buses()));
  for (int n = 0; n < network.buses(); ++n)
    below[static_cast<std::size_t>(n)].upper = std::hypot(network.bus(n).p_mw, network.bus(n).q_mvar);
  const auto add = [&](int bus, double power) { below[static_cast<std::size_t>(bus)].upper += 0.5 * std::abs(power); };
  for (const auto& unit : data.units) add(unit.bus, unit.p_max_mw);
  for (const auto& gas : data.gas_units) add(gas.unit.bus, gas.unit.p_max_mw);
  for (const auto& chp : data.chps) add(chp.unit.bus, chp.unit.p_max_mw);
  for (const auto& renewable : data.renewables) add(renewable.bus, renewable.capacity_mw);
  for (const auto& storage : data.storages) add(storage.bus, storage.discharge_max);
  below = sums_below(data.tree, below);
  const double total = std::max(below[static_cast<std::size_t>(data.tree.root)].upper, 1e-6);
  std::vector<double> units;
  units.reserve(below.size());
  for (const auto& value : below) units.push_back(std::clamp(value.upper, 0.01 * total, total));
  return units;
}

}  // namespace wattstein::engine
