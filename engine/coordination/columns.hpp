#pragma once
// Column generation over the hubs (benders with inner approximation): each hub is known to the transmission by points
// (p_k, f_k) of its convex value function; the transmission's problem may use any mixture of them:
//
//     min f_T(p) + Σ_d Σ_k θ_dk f_dk     s.t.  p_d = Σ_k θ_dk p_dk + e⁺ − e⁻,   Σ_k θ_dk = 1,   θ ≥ 0
//
// Its multipliers are the next prices; a hub's answer to them is a new point and, with the others', a bound.

#include <vector>

#include "engine/coordination/team.hpp"

namespace wattstein::engine {

struct HubColumn {
  std::vector<double> power;  // (H) MW
  double value = 0.0;         // $ first stage + W of the model
  int unused = 0;             // rounds in a row with weight 0
};

struct ColumnGenerationResult {
  int rounds = 0;
  double upper = kernels::infinity;   // of the last master, model values
  double lower = -kernels::infinity;  // best Lagrangian bound
  std::vector<double> exchange;       // (D·H) of the last master
  std::vector<double> multiplier;     // (D·H) λ of the best bound
  std::vector<double> last_multiplier;
  double slack_mw = 0.0;  // largest elastic power left
  std::string status = "solved", message;
};

/// Rounds until (upper − lower) ≤ `target` · |upper|, no progress, or `rounds`. `columns` (D) may hold points already.
/// `listen` is told after every round: round, upper, lower, mismatch, answers.
ColumnGenerationResult generate_columns(
    Team& team, std::vector<std::vector<HubColumn>>& columns, std::vector<double> multiplier, double target, int rounds,
    const std::function<void(const ColumnGenerationResult&, std::span<const AgentAnswer>)>& listen);

}  // namespace wattstein::engine
