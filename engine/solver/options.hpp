#pragma once
// The table `[solver]` of every study, and the same settings from `--set solver.x=y`.

#include <span>

#include "engine/files/table.hpp"
#include "engine/options/option.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

/// Records of `[solver]`: the one place where its names, defaults and ranges stand.
std::span<const options::Option> solver_records();
options::Section solver_section();

/// SolverOptions from the table "solver" of a document (every default when it is absent). Error names file, key and
/// range.
SolverOptions read_solver_options(const std::shared_ptr<files::TomlDocument>& document);

}  // namespace wattstein::engine
