#pragma once
// Iterations on the exchange: augmented Lagrangian (aal) and Gauss-Seidel ADMM. Agents tell one another BoundaryMessage
// and nothing else.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "engine/coordination/anderson.hpp"
#include "engine/coordination/team.hpp"

namespace wattstein::engine {

/// Where an iteration stands; with the team's cuts and pools it is all that a resumed run needs.
struct ExchangeState {
  int iteration = 0;
  double penalty = 2.2;                // ν, $/MW²h
  double scale = 1.0;                  // largest first-stage cost of an agent in the last iteration, $
  BoundaryMessage transmission, hubs;  // copies p̂ and λ (kept equal on both sides)
  Anderson anderson;                   // of (p̂, λ); aal with adapt_penalty only
  std::vector<IterationRecord> history;
  bool converged = false;
  std::string status, message;  // set when an agent failed
  Contradiction contradiction;  // of the last of them
  std::vector<char> failed;     // (agents) then: which; their answers are the last good ones
};

/// Copies and prices to start from: the transmission's prices at no exchange, the hubs' answer to them, the
/// transmission's prices at that answer.
ExchangeState initial_exchange(Team& team);

/// Iterates until mismatch and multiplier change meet the tolerances of [coordination], or max_iterations.
/// On return `answers` are the agents' last ones.
void run_aal(Team& team, ExchangeState& state, std::vector<AgentAnswer>& answers);
void run_admm(Team& team, ExchangeState& state, std::vector<AgentAnswer>& answers);

std::string save_state(const Team& team, const ExchangeState& state);
void load_state(const std::string& bytes, Team& team, ExchangeState& state);

}  // namespace wattstein::engine
