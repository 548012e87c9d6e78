#pragma once
// Reports of studies made of many runs: cases or methods side by side, scaling over hubs and samples.

#include <string>
#include <vector>

#include "engine/report/coordination_data.hpp"
#include "engine/report/page.hpp"

namespace wattstein::report {

struct NamedTable {
  std::string title, caption;
  HtmlTable table;
};

struct ComparisonData {
  nlohmann::json summary;         // of the comparison
  bool by_methods = false;        // else by cases
  CoordinationReportData first;   // the first run, for its hubs' names
  std::vector<ComparedRun> runs;  // all runs, the first included
  std::vector<NamedTable> tables;
  std::string config_toml, log;
};
Page comparison_page(const ComparisonData& data);

/// One point of a scaling study. A figure that is not known is NaN.
struct ScalingPoint {
  int hubs = 0, samples = 0;
  std::string status;
  double seconds = 0, processor_seconds = 0, iterations = 0, relative_gap = 0, mismatch_mw = 0, peak_memory_gb = 0;
  double share_recourse = 0, share_first_stage = 0, share_rest = 0;  // of the run's seconds
};

/// value = c · hubs^a · samples^b, fitted to logarithms; NaN where the points do not tell.
struct ScalingFit {
  std::string figure;  // "time on the clock"
  double hubs = 0, samples = 0, r_squared = 0;
  int points = 0;
};

struct ScalingData {
  nlohmann::json summary;
  std::vector<ScalingPoint> points;
  std::vector<ScalingFit> fits;
  std::vector<std::string> notes;  // how hubs and samples beyond the study's were made
  std::string config_toml, log;
};
Page scaling_page(const ScalingData& data);

}  // namespace wattstein::report
