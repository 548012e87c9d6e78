#pragma once
// Reads a finished results folder back, so that its report can be drawn again (`wattstein report DIR`).

#include <filesystem>

#include "engine/report/coordination_data.hpp"

namespace wattstein::report {

/// summary.json (required) and, where present, schedule.csv, convergence.csv, boundary.csv, system.json, config.toml,
/// log.txt. Errors: no summary.json, a file that cannot be read as what it is.
CoordinationReportData load_coordination_run(const std::filesystem::path& folder);

/// The same folder as something to compare with: its name is the folder's.
ComparedRun load_compared_run(const std::filesystem::path& folder);

}  // namespace wattstein::report
