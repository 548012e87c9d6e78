#pragma once
// Reads a coordination study (study.toml and the hub files, networks, tables and samples it names) into agents.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/coordination/settings.hpp"
#include "engine/files/table.hpp"
#include "engine/options/option.hpp"

namespace wattstein::engine {

/// Every table of study.toml that belongs to a coordination study and every table of a hub file, with their keys.
/// Names: "coordination", "transmission.unit", "hub", "hub file: electric", "hub file: gas.pipe", ...
std::span<const options::Section> coordination_sections();

/// Tables (and arrays of tables) at the top of study.toml besides the common ones: the subtables that the reader of the
/// common part has to let pass.
const std::vector<std::string>& coordination_tables();

/// Reads and checks everything and assembles the agents. `hours` (at least 1), `step_hours` (Δt > 0) and `seed` come
/// from the common part of the study. Throws Error naming file, line or key for everything that coordination-files.md
/// refuses; an infeasible first stage is not noticed here.
CoordinationSystem read_coordination(const std::shared_ptr<files::TomlDocument>& document, int hours, double step_hours,
                                     std::uint64_t seed);

/// The same with another `coordination.case`, e.g. the electric-only study whose exchange the disconnected one takes.
CoordinationSystem read_coordination(const std::shared_ptr<files::TomlDocument>& document, int hours, double step_hours,
                                     std::uint64_t seed, const std::string& case_name);

}  // namespace wattstein::engine
