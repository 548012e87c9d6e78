#pragma once
// What the report of a power flow study draws, gathered while the scenarios are solved.

#include "engine/powerflow/ac_power_flow.hpp"
#include "engine/report/power_flow_report.hpp"

namespace wattstein::engine {

class PowerFlowDrawing {
 public:
  /// `scenarios`: how many will come; of more than about four million voltages every k-th scenario is kept.
  PowerFlowDrawing(const AcPowerFlow& flow, std::int64_t scenarios);
  /// The next solution, scenarios first, first + 1, ...
  void add(const AcPowerFlow& flow, std::int64_t first, const AcSolution& solution);
  report::PowerFlowReportData& data() { return data_; }

 private:
  std::int64_t stride_ = 1;
  report::PowerFlowReportData data_;
};

}  // namespace wattstein::engine
