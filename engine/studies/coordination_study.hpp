#pragma once
// Study kind `coordination` (coordination-files.md): transmission system and multi-energy hubs under uncertainty.

#include "engine/coordination/outcome.hpp"
#include "engine/coordination/settings.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {

StudyKind coordination_study();

/// summary.json, schedule.csv, convergence.csv and boundary.csv of a coordinated system.
void write_coordination(StudyContext& context, const CoordinationSystem& system, const CoordinationOutcome& outcome);

/// `[evaluate]`: prices the given schedule on the study's samples and on the given realisations.
void evaluate_schedule(StudyContext& context, const CoordinationSystem& system);

}  // namespace wattstein::engine
