#pragma once
// One microgrid of a market as part of a problem: everything but its trades (dso-response.md, "Market").

#include <vector>

#include "engine/models/market/market_data.hpp"
#include "engine/problem/builder.hpp"

namespace wattstein::engine {

/// Columns of a microgrid's hour.
struct MicrogridHour {
  int x = 0, g = 0, s = 0, c = 0, d = 0, soc = 0, e = 0;
};

struct MicrogridPart {
  std::vector<MicrogridHour> columns;  // (H)
  std::vector<int> balance_row;        // (H) x + c + e − G − s − d = 0
  std::vector<int> trade_row;          // (H) e − Σ t = 0; the trades are the caller's to enter
};

/// Adds variables, costs (minus the welfare, $) and rows of a microgrid. `battery`: with the columns of a battery,
/// which all microgrids of a market share or lack, so that their problems have one pattern.
MicrogridPart add_microgrid(ProblemBuilder& builder, const MarketData& data, const MarketMicrogrid& microgrid,
                            bool battery);

/// Whether any microgrid has a battery.
bool has_battery(const MarketData& data);

}  // namespace wattstein::engine
