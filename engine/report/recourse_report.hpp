#pragma once
// report.html of a data set of recourse problems: how the rows ended, costs, prices, shedding, loading of the lines.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/report/coordination_data.hpp"
#include "engine/report/page.hpp"

namespace wattstein::report {

struct RecourseReportData {
  nlohmann::json summary;                                                       // summary.json as written
  long long looked_at = 0, rows = 0;                                            // of how many rows the values below are
  std::vector<double> objective, gap, shed_mw, deployed_mw, price, iterations;  // solved rows; price: mean of the buses
  std::vector<double> line_loading_percent;                                     // (lines) largest; NaN: no limit
  std::vector<double> bound_share;  // (lines) share of the solved rows at a limit
  AgentSystem system;
  double tolerance = 0.0;
  std::string config_toml, log_tail;
};

Page recourse_page(const RecourseReportData& data);
std::string recourse_report(const RecourseReportData& data);

}  // namespace wattstein::report
