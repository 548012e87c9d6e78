#pragma once
// A case as a graph: the buses, lines and units that exist, by index; islands; the tree of a radial network.

#include <complex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/grid/matpower.hpp"

namespace wattstein::grid {

/// One line in service between two buses of the network (indices, not numbers).
struct NetworkLine {
  int row = 0;  // row of MatpowerCase::branches
  int from = 0, to = 0;
};

/// What is left of a case without its type-4 buses (with their branches and units) and everything out of service.
struct Network {
  MatpowerCase data;
  std::vector<int> bus_rows;       // (n) rows of data.buses, in file order
  std::vector<BusType> types;      // (n) PV without a unit in service became PQ
  std::vector<NetworkLine> lines;  // (m) in file order
  std::vector<int> unit_rows;      // units in service, in file order
  std::vector<int> unit_buses;     // their bus indices
  std::vector<int> references;     // bus indices, in file order
  std::unordered_map<int, int> index_by_number;

  int buses() const { return static_cast<int>(bus_rows.size()); }
  const MatpowerBus& bus(int index) const {
    return data.buses[static_cast<std::size_t>(bus_rows[static_cast<std::size_t>(index)])];
  }
  const MatpowerBranch& branch(int line) const {
    return data.branches[static_cast<std::size_t>(lines[static_cast<std::size_t>(line)].row)];
  }
  int number(int index) const { return bus(index).number; }
  bool has_bus(int number) const { return index_by_number.contains(number); }
  /// Error naming the file and saying whether the bus is unknown or left out (type 4).
  int index_of(int number) const;
};

/// Errors: a line in service without impedance, no bus left.
Network make_network(MatpowerCase data);

/// Island of each bus, numbered from 0 in file order of their first buses. Shape (n).
std::vector<int> islands(const Network& network);

/// Error naming the buses (the first eight) that no line in service connects to a reference bus; or that there is no
/// reference.
void require_reference_everywhere(const Network& network);

/// A radial network seen from its root: every other bus has one parent.
struct Tree {
  int root = 0;
  std::vector<int> order;        // (n) bus indices, parents before children; order[0] = root
  std::vector<int> parent;       // (n) bus index; -1 at the root
  std::vector<int> parent_line;  // (n) line to the parent; -1 at the root
  std::vector<int> depth;        // (n) lines to the root

  /// Lines from the root down to `bus`.
  std::vector<int> path(int bus) const;
};

/// Bus numbers of one loop, "7-8-21-7"; empty when there is none. Parallel lines are a loop of two.
std::string find_loop(const Network& network);

/// The tree from the only reference bus (or from `root`). Errors: a loop (named), buses that are not connected (named),
/// several references.
Tree orient_tree(const Network& network);
Tree orient_tree(const Network& network, int root);

/// Two-port of a line as MATPOWER defines it, p.u.: I_from = ff V_from + ft V_to, I_to = tf V_from + tt V_to.
///     y = 1/(r + jx), a = ratio e^{j shift};  tt = y + jb/2, ff = tt/|a|², ft = -y/conj(a), tf = -y/a
struct TwoPort {
  std::complex<double> ff, ft, tf, tt;
};
TwoPort two_port(const MatpowerBranch& branch);

}  // namespace wattstein::grid
