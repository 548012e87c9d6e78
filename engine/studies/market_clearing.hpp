#pragma once
// The energy market of microgrids: its data and one clearing (dso-response.md, "Market").
//
//     max  Δt Σ_h Σ_m [ ω x − (α/2) x² − a G² − b G − γ (c² + d²) − κ Σ_k t_mk² ]
//     x + c + e = G + s + d,  e_m = Σ_k t_mk,  t_mk + t_km = 0,  |t_mk| ≤ T,  lower ≤ e ≤ upper,  0 ≤ s ≤ PV,  0 ≤ G ≤
//     G_max load_min ≤ x ≤ min(load_max, ω/α),  soc_h = soc_{h−1} + Δt (η c − d/η),  soc_H = soc_0

#include <memory>
#include <string>
#include <vector>

#include "engine/files/table.hpp"
#include "engine/solver/solver.hpp"

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

struct Clearing {
  kernels::Status status = kernels::Status::numerical_error;
  double welfare = 0.0;                       // $
  double bound = 0.0;                         // certified: no schedule has a larger welfare
  std::vector<double> net, generation, load;  // (M, H) MW: e, G, x
  std::int64_t iterations = 0;                // of ADMM; of the interior point for the monolith
};

/// Clears one market again and again under changing limits; the pattern is planned once.
class Market {
 public:
  Market(const MarketData& data, SolverOptions options);
  ~Market();
  Clearing clear(const MarketLimits& limits);

  /// One-hour markets without batteries, all of one pattern, as a batch: row k has the given ω and PV (rows × M).
  /// Returns e (rows × M); a row that cannot be cleared is NaN. The hour of row k gives load limits.
  std::vector<double> clear_hours(const std::vector<int>& hour, const std::vector<double>& omega,
                                  const std::vector<double>& pv);

 private:
  struct State;
  Clearing clear_monolith(const MarketLimits& limits);
  Clearing clear_admm(const MarketLimits& limits);
  const MarketData& data_;
  std::unique_ptr<State> state_;
};

}  // namespace wattstein::engine
