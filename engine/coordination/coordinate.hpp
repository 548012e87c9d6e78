#pragma once
// One coordination study from agents to a certified joint schedule.

#include "engine/coordination/outcome.hpp"
#include "engine/coordination/team.hpp"

namespace wattstein::engine {

/// Runs the method of [coordination] (or the disconnected case) and certifies what it found: all agents at one common
/// exchange (objective: feasible, W certified), Σ Lagrangian bounds (lower_bound). When the gap between them is wider
/// than a tenth of what the study's tolerance allows, rounds of column generation follow (polish_rounds). Infeasible
/// agents give a status and a message, no exception. Throws Stopped (after saving a checkpoint).
CoordinationOutcome coordinate(const CoordinationSystem& system, const SolverOptions& solver,
                               const CoordinationHooks& hooks);

}  // namespace wattstein::engine
