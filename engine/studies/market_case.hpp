#pragma once
// One case of the market study (dso-response.md, "Market"). Case 1 clears once; in Case 2 the operator corrects every
// clearing until nothing moves; in Case 3 the microgrids predict the corrections and the operator is asked once, at
// the end.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/models/dso/dso_data.hpp"
#include "engine/models/market/market.hpp"

namespace wattstein::engine {

/// Predicts the corrections p_m − P^net_m, MW, of every row: (S, M).
using CorrectionPredictor = std::function<std::vector<double>(const DsoInputs& inputs)>;

/// What all cases share.
struct MarketSystem {
  MarketData market;
  DsoData data;                     // feeder, units and the same microgrids
  DsoInputs inputs;                 // row h: hour h + 1; `net` is filled round by round
  std::filesystem::path case_file;  // of the feeder
  std::string surrogate = "exact";  // Case 3: "exact" or the model file
  CorrectionPredictor predict;      // none: the operator's problem itself
};

struct MarketRound {
  double welfare = 0.0;        // $
  double accepted = 0.0;       // share of the pairs (microgrid, hour)
  double correction_mw = 0.0;  // largest |p − e|
  double moved_mw = 0.0;       // largest change of a limit
  double seconds = 0.0;
};

/// Where a case stands between two rounds: all that is needed to go on.
struct MarketState {
  MarketLimits limits;
  std::vector<MarketRound> history;
  std::int64_t dso_calls = 0, messages = 0;
  double acceptance_first = 0.0;  // when the operator was first asked
  double dso_seconds = 0.0;       // in the operator's problem, predictions by it included
  double predict_seconds = 0.0;   // in the trained surrogate
  double seconds = 0.0;           // all rounds
};

struct MarketOutcome {
  int number = 2;  // of the case
  kernels::Status status = kernels::Status::numerical_error;
  MarketState state;
  Clearing clearing;                   // the last one
  DsoAnswers answers;                  // row h: the operator's answer to hour h + 1; empty: never asked
  std::vector<double> granted;         // (M, H) p, MW
  std::vector<std::uint8_t> accepted;  // (M, H)
  double accepted_share() const;
};

struct MarketHooks {
  std::function<void(const std::string& line)> log;
  std::function<bool()> stopped;
  /// After a round that is not the last one.
  std::function<void(const MarketState& state)> save;
};

/// Runs one case from `state` (first_limits() at the start). Throws Stopped when asked to; what was saved is where to
/// go on.
MarketOutcome run_market_case(const MarketSystem& system, int number, MarketState state, const SolverOptions& options,
                              const MarketHooks& hooks);

}  // namespace wattstein::engine
