#pragma once
// The report of a coordination study: what it draws of the networks (also kept as system.json), and the page.

#include <memory>
#include <vector>

#include "engine/coordination/outcome.hpp"
#include "engine/coordination/settings.hpp"
#include "engine/report/coordination_data.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {

/// Networks of the transmission (with the places of the hubs) and of the hubs, read once more from the study: agents
/// hold columns, not buses. At most `most_hubs` hubs; the copy's load factor is applied.
std::vector<report::AgentSystem> drawn_systems(const std::shared_ptr<files::TomlDocument>& document,
                                               const CoordinationSystem& system, std::size_t most_hubs);

/// Writes system.json and sets context.make_report. Call after write_coordination.
void add_coordination_report(StudyContext& context, const CoordinationSystem& system,
                             const CoordinationOutcome& outcome);

}  // namespace wattstein::engine
