#pragma once
// A radial feeder as the operator's problem sees it: buses in the case's order, lines away from the root.

#include <filesystem>
#include <vector>

namespace wattstein::grid {
struct Network;
}

namespace wattstein::engine {

struct FeederLine {
  int from = 0, to = 0;  // bus positions; `from` is nearer the root
  double r_pu = 0.0, x_pu = 0.0;
  double limit_mva = 0.0;
};

struct Feeder {
  double base_mva = 1.0;
  int root = 0;  // position
  double root_voltage_pu = 1.0;
  std::vector<int> bus_number;             // (N) the case's numbers
  std::vector<double> load_mw, load_mvar;  // (N) the case's
  std::vector<double> v_min_pu, v_max_pu;  // (N)
  std::vector<FeederLine> lines;           // (L) the case's order of branches in service
  std::vector<int> order;                  // (L) lines, parents before children
  std::vector<int> line_to;                // (N) line that ends at the bus; -1 at the root

  int buses() const { return static_cast<int>(bus_number.size()); }
  int line_count() const { return static_cast<int>(lines.size()); }
  double v_max_largest() const;
  /// Position of a bus number; -1 when there is none.
  int find(int number) const;

  /// down[l] = Σ values[n] over the buses fed through line l. values: (N), down: (L).
  void subtree_sums(const double* values, double* down) const;
  /// at[n] = Σ values[l] over the lines between the root and bus n. values: (L), at: (N).
  void path_sums(const double* values, double* at) const;
};

/// The feeder of a network seen from bus number `root`. Errors name the file and the bus or branch: a loop, buses that
/// are not connected, shunts, charging, taps, phase shifts. Line limits are rateA (0: none yet), voltages ±inf-free
/// defaults 0.95 to 1.05.
Feeder make_feeder(const grid::Network& network, int root);

}  // namespace wattstein::engine
