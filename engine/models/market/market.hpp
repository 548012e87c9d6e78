#pragma once
// One clearing of the energy market (dso-response.md, "Market"):
//
//     max  Δt Σ_h Σ_m [ ω x − (α/2) x² − a G² − b G − γ (c² + d²) − κ Σ_k t_mk² ]
//     x + c + e = G + s + d,  e_m = Σ_k t_mk,  t_mk + t_km = 0,  |t_mk| ≤ T,  lower ≤ e ≤ upper,  0 ≤ s ≤ PV,
//     0 ≤ G ≤ G_max,  load_min ≤ x ≤ min(load_max, ω/α),  soc_h = soc_{h−1} + Δt (η c − d/η),  soc_H = soc_0

#include <memory>
#include <vector>

#include "engine/models/market/market_data.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

struct Clearing {
  kernels::Status status = kernels::Status::numerical_error;
  double welfare = 0.0;                       // $
  double bound = 0.0;                         // certified: no schedule has a larger welfare
  std::vector<double> net, generation, load;  // (M, H) MW: e, G, x
  std::vector<double> price;                  // (M, H) $/MWh: what another MWh is worth to the microgrid
  std::int64_t iterations = 0;                // of ADMM; of the interior point for the monolith

  bool has_point() const { return status == kernels::Status::solved || status == kernels::Status::solved_inaccurate; }
};

class MarketAdmm;

/// Clears one market again and again under changing limits; the pattern is planned once. `data` must outlive it.
class Market {
 public:
  Market(const MarketData& data, SolverOptions options);
  ~Market();
  /// `limits`: (M, H). Status other than solved where the market cannot be cleared or the clearing did not converge.
  Clearing clear(const MarketLimits& limits);

  /// One-hour markets without batteries, all of one pattern, as a batch: row k has the given ω and PV (rows × M).
  /// Returns e (rows × M); a row that cannot be cleared is NaN. The hour of row k gives load limits.
  std::vector<double> clear_hours(const std::vector<int>& hour, const std::vector<double>& omega,
                                  const std::vector<double>& pv);

 private:
  struct State;
  Clearing clear_monolith(const MarketLimits& limits);
  const MarketData& data_;
  std::unique_ptr<State> state_;
  std::unique_ptr<MarketAdmm> admm_;
};

}  // namespace wattstein::engine
