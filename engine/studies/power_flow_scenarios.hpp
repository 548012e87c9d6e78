#pragma once
// The scenarios of a power flow study: scales of the case and injections on top of it, from two tables.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "engine/powerflow/ac_power_flow.hpp"

namespace wattstein::engine {

struct PowerFlowScenarios {
  std::int64_t count = 1;                            // S
  std::vector<double> load_scale, generation_scale;  // (S)
  struct Injection {
    std::int64_t scenario = 0;  // from 0
    int bus = 0;                // index
    double p_mw = 0.0, q_mvar = 0.0;
  };
  std::vector<Injection> injections;  // by scenario, within it in file order

  /// Injections of scenarios first … first + number − 1.
  AcInjections slice(const AcPowerFlow& flow, std::int64_t first, std::int64_t number) const;
};

/// Reads `scenario,load_scale,generation_scale` and `scenario,bus,p_mw,q_mvar` (either path may be empty). S is the
/// largest number in either. Errors name file and line: unknown bus or column, a number below 1, a scenario that is
/// scaled twice.
PowerFlowScenarios read_power_flow_scenarios(const std::filesystem::path& scales,
                                             const std::filesystem::path& injections, const grid::Network& network);

}  // namespace wattstein::engine
