#pragma once
// report.html of a power flow study (power-flow.md): voltage envelope, losses, convergence.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/report/coordination_data.hpp"
#include "engine/report/page.hpp"

namespace wattstein::report {

struct PowerFlowReportData {
  nlohmann::json summary;                    // summary.json as written
  std::vector<std::string> buses;            // (n) names
  std::vector<double> vm_pu;                 // (S x n), row per scenario, NaN rows where not converged; or empty
  std::vector<double> v_min_pu, v_max_pu;    // (n) limits of the case, or empty
  std::vector<double> line_loading_percent;  // (lines of `system`) highest over the scenarios, or empty
  AgentSystem system;                        // the network; no buses: no drawing
  std::string config_toml, log_tail;
};

Page power_flow_page(const PowerFlowReportData& data);
std::string power_flow_report(const PowerFlowReportData& data);

}  // namespace wattstein::report
