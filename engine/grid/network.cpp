#include "engine/grid/network.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/error/error.hpp"

namespace wattstein::grid {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

std::string name_of(const Network& network) {
  return network.data.file.filename().string();
}

/// Lines at each bus, compressed: lines of bus i are line[start[i] .. start[i+1]).
struct Incidence {
  std::vector<int> start, line;
};

Incidence incidence(const Network& network) {
  Incidence out;
  out.start.assign(at(network.buses()) + 1, 0);
  for (const NetworkLine& line : network.lines) ++out.start[at(line.from) + 1], ++out.start[at(line.to) + 1];
  for (int i = 0; i < network.buses(); ++i) out.start[at(i) + 1] += out.start[at(i)];
  out.line.resize(2 * network.lines.size());
  std::vector<int> next(out.start.begin(), out.start.end() - 1);
  for (std::size_t k = 0; k < network.lines.size(); ++k) {
    out.line[at(next[at(network.lines[k].from)]++)] = static_cast<int>(k);
    out.line[at(next[at(network.lines[k].to)]++)] = static_cast<int>(k);
  }
  return out;
}

int other_end(const NetworkLine& line, int bus) {
  return line.from == bus ? line.to : line.from;
}

/// Breadth first from `root`; sets parents of the buses it reaches. Returns the first line that closes a loop, or -1.
int walk(const Network& network, const Incidence& at_bus, int root, std::vector<int>& parent,
         std::vector<int>& parent_line, std::vector<char>& seen, std::vector<int>& order) {
  int closing = -1;
  std::size_t head = order.size();
  order.push_back(root);
  seen[at(root)] = 1;
  for (; head < order.size(); ++head) {
    const int bus = order[head];
    for (int k = at_bus.start[at(bus)]; k < at_bus.start[at(bus) + 1]; ++k) {
      const int line = at_bus.line[at(k)];
      if (line == parent_line[at(bus)]) continue;
      const int next = other_end(network.lines[at(line)], bus);
      if (seen[at(next)]) {
        if (closing < 0 || line < closing) closing = line;
        continue;
      }
      seen[at(next)] = 1;
      parent[at(next)] = bus;
      parent_line[at(next)] = line;
      order.push_back(next);
    }
  }
  return closing;
}

std::string loop_through(const Network& network, const std::vector<int>& parent, int line) {
  // The two ends' ways to the root meet at their lowest common ancestor.
  std::vector<int> left{network.lines[at(line)].from}, right{network.lines[at(line)].to};
  while (parent[at(left.back())] >= 0) left.push_back(parent[at(left.back())]);
  while (parent[at(right.back())] >= 0) right.push_back(parent[at(right.back())]);
  while (left.size() > 1 && right.size() > 1 && left[left.size() - 2] == right[right.size() - 2])
    left.pop_back(), right.pop_back();
  right.pop_back();  // the meeting point is listed once
  std::string text;
  for (int bus : left) text += fmt::format("{}-", network.number(bus));
  for (auto bus = right.rbegin(); bus != right.rend(); ++bus) text += fmt::format("{}-", network.number(*bus));
  return text + fmt::format("{}", network.number(left.front()));
}

std::string list_buses(const Network& network, const std::vector<int>& buses) {
  std::string text;
  for (std::size_t i = 0; i < buses.size() && i < 8; ++i)
    text += fmt::format("{}{}", i ? ", " : "", network.number(buses[i]));
  if (buses.size() > 8) text += fmt::format(" and {} more", buses.size() - 8);
  return text;
}

}  // namespace

int Network::index_of(int number) const {
  const auto found = index_by_number.find(number);
  if (found != index_by_number.end()) return found->second;
  for (const MatpowerBus& bus : data.buses) {
    if (bus.number == number) throw Error("{}: bus {} is left out of the network (type 4)", name_of(*this), number);
  }
  throw Error("{}: there is no bus {}", name_of(*this), number);
}

Network make_network(MatpowerCase data) {
  Network network;
  network.data = std::move(data);
  const MatpowerCase& c = network.data;
  for (std::size_t row = 0; row < c.buses.size(); ++row) {
    if (c.buses[row].type == BusType::isolated) continue;
    network.index_by_number[c.buses[row].number] = network.buses();
    network.bus_rows.push_back(static_cast<int>(row));
    network.types.push_back(c.buses[row].type);
  }
  if (network.bus_rows.empty()) throw Error("{}: every bus is left out (type 4)", name_of(network));
  std::vector<char> has_unit(network.bus_rows.size(), 0);
  for (std::size_t row = 0; row < c.units.size(); ++row) {
    const auto found = network.index_by_number.find(c.units[row].bus);
    if (!c.units[row].in_service || found == network.index_by_number.end()) continue;
    network.unit_rows.push_back(static_cast<int>(row));
    network.unit_buses.push_back(found->second);
    has_unit[at(found->second)] = 1;
  }
  for (int i = 0; i < network.buses(); ++i) {
    if (network.types[at(i)] == BusType::pv && !has_unit[at(i)]) network.types[at(i)] = BusType::pq;
    if (network.types[at(i)] == BusType::reference) network.references.push_back(i);
  }
  for (std::size_t row = 0; row < c.branches.size(); ++row) {
    const MatpowerBranch& branch = c.branches[row];
    const auto from = network.index_by_number.find(branch.from), to = network.index_by_number.find(branch.to);
    if (!branch.in_service || from == network.index_by_number.end() || to == network.index_by_number.end()) continue;
    if (branch.r_pu == 0.0 && branch.x_pu == 0.0) {
      throw Error("{}: branch {}-{} is in service but has no impedance (r = x = 0)", c.where(branch.line), branch.from,
                  branch.to);
    }
    network.lines.push_back({static_cast<int>(row), from->second, to->second});
  }
  return network;
}

std::vector<int> islands(const Network& network) {
  const Incidence at_bus = incidence(network);
  const std::size_t n = network.bus_rows.size();
  std::vector<int> label(n, -1), parent(n, -1), parent_line(n, -1), order;
  std::vector<char> seen(n, 0);
  int count = 0;
  for (int i = 0; i < network.buses(); ++i) {
    if (seen[at(i)]) continue;
    const std::size_t start = order.size();
    walk(network, at_bus, i, parent, parent_line, seen, order);
    for (std::size_t k = start; k < order.size(); ++k) label[at(order[k])] = count;
    ++count;
  }
  return label;
}

void require_reference_everywhere(const Network& network) {
  if (network.references.empty()) throw Error("{}: there is no reference bus (type 3)", name_of(network));
  const std::vector<int> label = islands(network);
  std::vector<char> fed(label.size(), 0);
  for (int reference : network.references) fed[at(label[at(reference)])] = 1;
  std::vector<int> alone;
  for (int i = 0; i < network.buses(); ++i) {
    if (!fed[at(label[at(i)])]) alone.push_back(i);
  }
  if (alone.empty()) return;
  throw Error("{}: no line in service connects bus{} {} to a reference bus", name_of(network),
              alone.size() == 1 ? "" : "es", list_buses(network, alone));
}

std::vector<int> Tree::path(int bus) const {
  std::vector<int> lines;
  for (; parent[at(bus)] >= 0; bus = parent[at(bus)]) lines.push_back(parent_line[at(bus)]);
  std::reverse(lines.begin(), lines.end());
  return lines;
}

std::string find_loop(const Network& network) {
  const Incidence at_bus = incidence(network);
  const std::size_t n = network.bus_rows.size();
  std::vector<int> parent(n, -1), parent_line(n, -1), order;
  std::vector<char> seen(n, 0);
  for (int i = 0; i < network.buses(); ++i) {
    if (seen[at(i)]) continue;
    const int closing = walk(network, at_bus, i, parent, parent_line, seen, order);
    if (closing >= 0) return loop_through(network, parent, closing);
  }
  return {};
}

Tree orient_tree(const Network& network) {
  if (network.references.empty()) throw Error("{}: there is no reference bus (type 3)", name_of(network));
  if (network.references.size() > 1) {
    throw Error("{}: a radial network needs one reference bus, but buses {} are references", name_of(network),
                list_buses(network, network.references));
  }
  return orient_tree(network, network.references.front());
}

Tree orient_tree(const Network& network, int root) {
  const Incidence at_bus = incidence(network);
  const std::size_t n = network.bus_rows.size();
  Tree tree;
  tree.root = root;
  tree.parent.assign(n, -1);
  tree.parent_line.assign(n, -1);
  std::vector<char> seen(n, 0);
  const int closing = walk(network, at_bus, root, tree.parent, tree.parent_line, seen, tree.order);
  if (closing >= 0) {
    throw Error("{}: the network is meshed, not radial: lines in service close the loop {}", name_of(network),
                loop_through(network, tree.parent, closing));
  }
  if (tree.order.size() < n) {
    std::vector<int> alone;
    for (int i = 0; i < network.buses(); ++i) {
      if (!seen[at(i)]) alone.push_back(i);
    }
    throw Error("{}: no line in service connects bus{} {} to bus {}", name_of(network), alone.size() == 1 ? "" : "es",
                list_buses(network, alone), network.number(root));
  }
  tree.depth.assign(n, 0);
  for (int bus : tree.order) {
    if (tree.parent[at(bus)] >= 0) tree.depth[at(bus)] = tree.depth[at(tree.parent[at(bus)])] + 1;
  }
  return tree;
}

TwoPort two_port(const MatpowerBranch& branch) {
  const std::complex<double> y = 1.0 / std::complex<double>(branch.r_pu, branch.x_pu);
  const double shift = branch.shift_deg * std::numbers::pi / 180.0;
  const std::complex<double> a =
      shift == 0.0 ? std::complex<double>(branch.tap(), 0.0) : std::polar(branch.tap(), shift);
  TwoPort port;
  port.tt = y + std::complex<double>(0.0, 0.5 * branch.b_pu);
  port.ff = port.tt / (branch.tap() * branch.tap());
  port.ft = -y / std::conj(a);
  port.tf = -y / a;
  return port;
}

}  // namespace wattstein::grid
