#include "engine/models/dso/feeder.hpp"

#include <algorithm>

#include "engine/error/error.hpp"
#include "engine/grid/network.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

/// The branch-flow equations here know series impedances alone.
void refuse_what_the_model_leaves_out(const grid::Network& network) {
  for (int n = 0; n < network.buses(); ++n) {
    const auto& bus = network.bus(n);
    if (bus.shunt_g_mw != 0.0 || bus.shunt_b_mvar != 0.0)
      throw Error("{}: bus {} has a shunt (Gs {}, Bs {}); the DSO problem takes feeders without shunts",
                  network.data.where(bus.line), bus.number, bus.shunt_g_mw, bus.shunt_b_mvar);
  }
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l) {
    const auto& branch = network.branch(l);
    const std::string where = network.data.where(branch.line);
    if (branch.b_pu != 0.0)
      throw Error("{}: branch {}-{} has charging b = {}; the DSO problem takes lines without charging", where,
                  branch.from, branch.to, branch.b_pu);
    if (branch.tap() != 1.0 || branch.shift_deg != 0.0)
      throw Error("{}: branch {}-{} has a tap (ratio {}, shift {}); the DSO problem takes lines without taps", where,
                  branch.from, branch.to, branch.ratio, branch.shift_deg);
    if (branch.r_pu < 0.0)
      throw Error("{}: branch {}-{} has r = {}, expected at least 0", where, branch.from, branch.to, branch.r_pu);
  }
}

}  // namespace

double Feeder::v_max_largest() const {
  return *std::max_element(v_max_pu.begin(), v_max_pu.end());
}

int Feeder::find(int number) const {
  const auto it = std::find(bus_number.begin(), bus_number.end(), number);
  return it == bus_number.end() ? -1 : static_cast<int>(it - bus_number.begin());
}

void Feeder::subtree_sums(const double* values, double* down) const {
  for (int l = 0; l < line_count(); ++l) down[l] = values[lines[at(l)].to];
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const int above = line_to[at(lines[at(*it)].from)];
    if (above >= 0) down[above] += down[*it];
  }
}

void Feeder::path_sums(const double* values, double* to_bus) const {
  to_bus[root] = 0.0;
  for (const int l : order) to_bus[lines[at(l)].to] = to_bus[lines[at(l)].from] + values[l];
}

Feeder make_feeder(const grid::Network& network, int root) {
  refuse_what_the_model_leaves_out(network);
  const grid::Tree tree = grid::orient_tree(network, network.index_of(root));
  Feeder feeder;
  feeder.base_mva = network.data.base_mva;
  feeder.root = tree.root;
  for (int n = 0; n < network.buses(); ++n) {
    const auto& bus = network.bus(n);
    feeder.bus_number.push_back(bus.number);
    feeder.load_mw.push_back(bus.p_mw);
    feeder.load_mvar.push_back(bus.q_mvar);
  }
  feeder.v_min_pu.assign(feeder.bus_number.size(), 0.95);
  feeder.v_max_pu.assign(feeder.bus_number.size(), 1.05);
  feeder.line_to.assign(feeder.bus_number.size(), -1);
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l) {
    const auto& ends = network.lines[at(l)];
    const auto& branch = network.branch(l);
    const bool downwards = tree.parent[at(ends.to)] == ends.from && tree.parent_line[at(ends.to)] == l;
    FeederLine line{downwards ? ends.from : ends.to, downwards ? ends.to : ends.from, branch.r_pu, branch.x_pu,
                    branch.rate_a_mva};
    feeder.line_to[at(line.to)] = l;
    feeder.lines.push_back(line);
  }
  for (const int bus : tree.order)
    if (bus != tree.root) feeder.order.push_back(tree.parent_line[at(bus)]);
  return feeder;
}

}  // namespace wattstein::engine
