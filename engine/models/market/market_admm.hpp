#pragma once
// A clearing by messages between the microgrids alone (community.md). Two blocks: the microgrids, one problem each and
// all of them one batch, with their own wishes t_mk; and the trades they agree on,
//     t̂_mk = −t̂_km = (t_mk − t_km)/2 + (λ_mk − λ_km)/(2σ),   λ_mk += σ (t_mk − t̂_mk),
// with the terms Δt (λ t + σ/2 (t − t̂)²) in a microgrid's objective.

#include <vector>

#include "engine/models/market/market.hpp"
#include "engine/models/market/microgrid_problem.hpp"

namespace wattstein::engine {

class MarketAdmm {
 public:
  /// `options.tolerance` is set here: a tenth of the clearing's.
  MarketAdmm(const MarketData& data, SolverOptions options);
  Clearing clear(const MarketLimits& limits);

 private:
  /// Largest over the microgrids of the distance to what is agreed and of the last move, beside the sizes they are
  /// measured by.
  struct Progress {
    double primal = 0.0, moved = 0.0, trade_size = 1.0, price_size = 1.0;
  };
  void build();
  void set_limits(const MarketLimits& limits);
  void set_prices();  // the terms in λ and t̂ of the microgrids' objectives
  Progress agree();   // t̂ and λ from the wishes
  double welfare(const BatchResult& result) const;
  BatchResult solve_alone();  // the microgrids at the prices λ without the proximal term: certified bound

  int partner(int m, int place) const { return place < m ? place : place + 1; }
  int place_of(int m, int k) const { return k < m ? k : k - 1; }  // where k stands among the partners of m
  std::size_t index(int m, int place, int h) const;

  const MarketData& data_;
  Solver solver_;
  double sigma_ = 1.0;    // $/MW²h
  kernels::Batch batch_;  // (M)
  kernels::Field plain_cost_;
  MicrogridPart part_;                    // the same columns in every microgrid's problem
  std::vector<std::vector<int>> trades_;  // [partner's place][hour] columns t
  bool battery_ = false;
  std::vector<double> lambda_, agreed_, wish_;  // (M, M − 1, H) $/MWh, MW, MW
};

}  // namespace wattstein::engine
