#pragma once
// Results of a market case as they stand in summary.json (dso-response.md, "Market"), and the tables made of them.

#include <nlohmann/json.hpp>
#include <vector>

#include "engine/files/csv.hpp"
#include "engine/studies/market_case.hpp"

namespace wattstein::engine {

/// Everything of one case: the page's entries, and for the report `history`, `accepted`, prices ([m][h]) and the
/// voltages of the AC power flow by hour and by bus.
nlohmann::ordered_json market_case_results(const MarketSystem& system, const MarketOutcome& outcome, int threads);

/// Schedule of one case: microgrid, hour, net_mw, accepted_mw, accepted, generator_mw, load_mw, price_per_mwh.
files::CsvWriter market_schedule(const MarketSystem& system, const nlohmann::ordered_json& results);

/// The cases beside each other, one line each.
files::CsvWriter market_comparison(const std::vector<nlohmann::ordered_json>& cases);

}  // namespace wattstein::engine
