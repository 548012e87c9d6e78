#include "engine/studies/market_proposals.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "engine/error/error.hpp"
#include "engine/models/market/market.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

/// Hours of a market file, from its first table.
struct OpenMarket {
  MarketData data;
  std::unique_ptr<Market> market;
};

OpenMarket open_market(const std::filesystem::path& file, const SolverOptions& solver) {
  const auto document = files::read_toml(file);
  std::vector<std::string> others = market_study().tables;
  others.emplace_back("solver");
  const auto root = files::Table::open(document, "", common_records(), others);
  if (root.text("study") != "market") root.refuse("study", "expected a study of kind \"market\"");
  OpenMarket open;
  open.data = read_market(document, static_cast<int>(root.integer("hours")), root.number("step_hours"));
  SolverOptions options = solver;
  options.tolerance = open.data.tolerance;
  return open;
}

}  // namespace

MarketProposals market_proposals(const std::vector<SampleFamily>& families, const SolverOptions& solver) {
  auto markets = std::make_shared<std::map<std::filesystem::path, OpenMarket>>();
  for (const auto& family : families) {
    if (!family.settings.from_market) continue;
    const auto& file = family.settings.market;
    if (!markets->contains(file)) (*markets)[file] = open_market(file, solver);
    for (const auto& microgrid : family.data.microgrids) {
      const auto& known = markets->at(file).data.microgrids;
      if (std::none_of(known.begin(), known.end(),
                       [&](const MarketMicrogrid& item) { return item.name == microgrid.name; }))
        throw Error("{}: has no microgrid '{}'; proposals from a market are matched by name", file.string(),
                    microgrid.name);
    }
  }
  return [markets, solver](const SampleFamily& family, std::span<SampleStream> streams, DsoInputs& inputs) {
    OpenMarket& open = markets->at(family.settings.market);
    if (!open.market) open.market = std::make_unique<Market>(open.data, solver);
    const int M = open.data.count(), own = family.data.microgrid_count();
    const double spread = family.settings.market_spread;
    std::vector<int> hour(streams.size());
    std::vector<double> omega(streams.size() * at(M)), pv(omega.size());
    for (std::size_t s = 0; s < streams.size(); ++s) {
      hour[s] = std::min(open.data.hours - 1, static_cast<int>(streams[s].uniform() * open.data.hours));
      for (int m = 0; m < M; ++m) {
        const auto& item = open.data.microgrids[at(m)];
        omega[s * at(M) + at(m)] = item.omega[at(hour[s])] * streams[s].uniform(1.0 - spread, 1.0 + spread);
        pv[s * at(M) + at(m)] = item.pv[at(hour[s])] * streams[s].uniform(1.0 - spread, 1.0 + spread);
      }
    }
    const auto net = open.market->clear_hours(hour, omega, pv);
    for (std::size_t s = 0; s < streams.size(); ++s)
      for (int k = 0; k < own; ++k)
        for (int m = 0; m < M; ++m)
          if (open.data.microgrids[at(m)].name == family.data.microgrids[at(k)].name) {
            const double e = net[s * at(M) + at(m)];
            if (!std::isfinite(e))
              throw Error("{}: the market of sample {} cannot be cleared", family.settings.market.string(),
                          inputs.id[s]);
            inputs.net[s * at(own) + at(k)] = e * family.settings.net_scale;
          }
  };
}

}  // namespace wattstein::engine
