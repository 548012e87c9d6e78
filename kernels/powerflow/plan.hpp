#pragma once
// Plans: everything of both methods that depends on the graph alone.

#include <string>
#include <vector>

#include "kernels/powerflow/newton_view.hpp"
#include "kernels/powerflow/powerflow.hpp"
#include "kernels/powerflow/sweep_view.hpp"

namespace wattstein::kernels {

/// Arrays behind a NewtonView, and the order of its positions.
struct NewtonPlan {
  explicit NewtonPlan(const PowerGraph& graph);
  NewtonView view() const;

  int nodes = 0, free = 0, unknowns = 0, row_room = 0, factor_size = 0;
  std::vector<int> order;     // (n) node of each position
  std::vector<int> position;  // (n) position of each node
  std::vector<int> size, unknown, y_start, y_column, y_block, diagonal_block, fill_start, fill;
  std::vector<int> left_start, left, left_block, target;
  std::vector<int> right_start, right_single, right, right_block, right_value;
  std::vector<double> y_diagonal, y_value, start, start_power;

 private:
  void choose_order(const PowerGraph& graph);
  void assemble_admittances(const PowerGraph& graph);
  void eliminate();
};

/// Arrays behind a SweepView. `why_not` says why the graph is no tree from one reference; empty when it is.
struct SweepPlan {
  explicit SweepPlan(const PowerGraph& graph);
  SweepView view() const;

  std::string why_not;
  bool shunts = false, ratios = false;
  std::vector<int> order, parent;
  std::vector<double> beta, gamma, shunt, start, start_inverse;
};

}  // namespace wattstein::kernels
