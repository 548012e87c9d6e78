#pragma once
// report.html of a market study (dso-response.md, "Market"): its cases beside each other, convergence, acceptance,
// prices, voltages after AC power flow.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/report/coordination_data.hpp"
#include "engine/report/page.hpp"

namespace wattstein::report {

struct MarketReportData {
  nlohmann::json summary;  // summary.json as written; its `cases` hold what is drawn
  int hours = 24;
  double step_hours = 1.0;
  double accept_relative = 0.0, accept_absolute_mw = 0.0;
  std::vector<std::string> microgrids;  // (M) names
  AgentSystem system;                   // the feeder, root first found by its lines; buses with their limits
  std::string config_toml, log_tail;
};

Page market_page(const MarketReportData& data);
std::string market_report(const MarketReportData& data);

}  // namespace wattstein::report
