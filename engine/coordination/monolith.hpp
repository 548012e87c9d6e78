#pragma once
// All agents in one problem, joined by p^T = p^D: the check on the other methods, and what `export --monolith` writes.

#include <vector>

#include "engine/coordination/team.hpp"

namespace wattstein::engine {

struct MonolithLayout {
  std::vector<int> column, row;  // (agents) first column and row of each agent
  int linking = 0;               // first linking row, in the order (d, h)
};

/// The agents' problems below one another with the cuts or copies that they have, and the linking rows.
kernels::Batch monolith_problem(Team& team, MonolithLayout& layout);

struct MonolithResult {
  std::string status = "solved", message;
  int rounds = 0;  // solves until no cut was violated
  double bound = -kernels::infinity;
  double upper = kernels::infinity;  // objective of the model
  std::vector<double> exchange;      // (D·H)
  std::vector<double> multiplier;    // (D·H) λ, $/MWh
};

MonolithResult solve_monolith(Team& team, const SolverOptions& solver);

}  // namespace wattstein::engine
