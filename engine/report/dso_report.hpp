#pragma once
// report.html of operator responses (dso-response.md): what became of the proposals, corrections, voltages.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/report/coordination_data.hpp"
#include "engine/report/page.hpp"

namespace wattstein::report {

struct DsoReportData {
  nlohmann::json summary;  // summary.json as written
  // of the rows shown, solved ones alone (K); `drawn` says how many of how many rows were looked at
  long long looked_at = 0, rows = 0;
  std::vector<double> objective, gap, correction_mw, iterations;  // $/h; relative; largest |p − P^net|; -
  std::vector<double> voltage_min_pu, voltage_max_pu;             // by AC power flow, of exact rows
  struct Microgrid {
    std::string name;
    double accepted = 0, proposals = 0;  // counts
    double correction_mw = 0;            // Σ |p − P^net|
  };
  std::vector<Microgrid> microgrids;         // of the main sample
  std::vector<double> bus_voltage_min_pu;    // (buses)
  std::vector<double> line_loading_percent;  // (lines)
  std::vector<double> ray_largest;           // (buses) infeasible rows whose ray prices power highest there
  AgentSystem system;
  double tolerance = 0.0;
  std::string config_toml, log_tail;
};

Page dso_page(const DsoReportData& data);
std::string dso_report(const DsoReportData& data);

}  // namespace wattstein::report
