#pragma once
// The energy market of microgrids: its data (dso-response.md, "Market").

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/files/table.hpp"
#include "engine/options/option.hpp"

namespace wattstein::engine {

struct MarketMicrogrid {
  std::string name;
  int bus_number = 0;
  double p_min_mw = 0.0, p_max_mw = 0.0;
  std::vector<double> omega, load_min, load_max, pv;  // (H) $/MWh, MW, MW, MW; load_max may be infinite
  double alpha = 0.0;                                 // $/MW²h
  double generator_max = 0.0, generator_a = 0.0, generator_b = 0.0;
  double battery_power = 0.0, battery_min = 0.0, battery_max = 0.0, battery_start = 0.0, battery_efficiency = 1.0,
         battery_wear = 0.0;
};

struct MarketData {
  int hours = 1;
  double step_hours = 1.0;
  double trade_limit = 10.0, trade_cost = 1e-3;  // T, κ
  int max_rounds = 50;
  bool admm = false;
  double tolerance = 1e-8;
  std::vector<MarketMicrogrid> microgrids;
  int count() const { return static_cast<int>(microgrids.size()); }
};

/// Records of [market] and of a microgrid of a market.
std::span<const options::Option> market_records();
std::span<const options::Option> market_microgrid_records();

/// Reads `hours`, `step_hours` and the tables [market], [[microgrid]]. Errors name file, key and what was expected.
MarketData read_market(const std::shared_ptr<files::TomlDocument>& document, int hours, double step_hours);

/// Limits of the injections, (M, H) MW.
struct MarketLimits {
  std::vector<double> lower, upper;
};
MarketLimits first_limits(const MarketData& data);
/// min(load_max, ω/α), MW: where the utility stops to grow.
double largest_load(const MarketMicrogrid& microgrid, double load_max, double omega);

}  // namespace wattstein::engine
