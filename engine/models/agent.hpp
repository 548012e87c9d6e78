#pragma once
// What a model hands to the coordination: its first stage as a problem with names, where its boundary power stands,
// its second stage, its samples and the way back from columns to the tables that users read.
// Coordination works on this alone; it knows no bus, pipe or line.

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/uncertainty/recourse.hpp"
#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// One line of schedule.csv: value = scale · x[column] + offset. Scale 0 marks a constant (the root's voltage, the last
/// state of charge): a given schedule has no say in it.
struct ScheduleEntry {
  std::string quantity;  // "unit_mw", "reserve_up_mw", ... (coordination-results.md)
  std::string name;
  int hour = 1;  // from 1
  int column = 0;
  double scale = 1.0;
  double offset = 0.0;
};

/// A row of the cost table: Σ linear · x + ½·2·square · x² over its columns. The groups of an agent add up to its
/// first-stage objective (without W).
struct CostGroup {
  std::string name;  // "generation", "storage", "gas_procurement", ...
  struct Term {
    int column;
    double linear;  // $ per unit of the column
    double square;  // $ per unit²
  };
  std::vector<Term> terms;
  double constant = 0.0;
};

struct Agent {
  std::string name;                      // "transmission", or the hub's
  kernels::Batch first_stage;            // one problem; cost of the first stage alone: no W, no boundary price
  std::vector<int> row_hour;             // (m) hour of each row, from 1; 0: none
  std::vector<int> cone_hour;            // (number of cones)
  std::vector<std::string> row_carrier;  // (m) "electric", "gas", "heat"; empty where a model knows but one
  std::vector<std::vector<int>>
      boundary;  // [d][h]: columns of p in MW. Transmission: one list a hub; hub: exactly one list
  Recourse recourse;
  AgentSamples samples;
  std::vector<ScheduleEntry> schedule;
  std::vector<CostGroup> costs;
  /// Further figures of a first-stage point, by the name they have in summary.json below the agent
  /// ("loss_mwh", "socp_gap.electric", "simultaneous_mwh"). May solve small problems (pressure re-fit).
  std::function<std::vector<std::pair<std::string, double>>(std::span<const double> x)> figures;
  /// How loose the convex relaxation of each of the agent's networks is at x, in per unit; empty: nothing is relaxed.
  struct Relaxation {
    std::string network;  // "electric", "gas"
    double gap = 0.0;     // largest, p.u.
    std::string where;    // "line 632-645 hour 3"
  };
  std::function<std::vector<Relaxation>(std::span<const double> x)> relaxations;
  /// Agents with equal text have equal patterns (first stage and recourse) and are solved as one batch.
  std::string pattern_key;
};

}  // namespace wattstein::engine
