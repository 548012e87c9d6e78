#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Profile negated(Profile p) {
  for (double& v : p) v = -v;
  return p;
}

}  // namespace

void add_schedule_section(Page& page, const CoordinationView& view) {
  const std::string_view who = "transmission";
  const NamedProfiles& units = view.quantity(who, "unit_mw");
  const NamedProfiles& renewables = view.quantity(who, "renewable_mw");
  const NamedProfiles& charge = view.quantity(who, "charge_mw");
  const NamedProfiles& discharge = view.quantity(who, "discharge_mw");
  if (units.empty() && renewables.empty()) return;
  page.section("Transmission schedule", "Who serves the load, hour by hour, in the certified joint schedule.");

  StackedChart stack;
  stack.label = "Generation by technology and hour";
  stack.columns = view.hour_names;
  stack.x_label = "hour", stack.y_label = "MW", stack.unit = "MW";
  stack.height = 400;
  NamedProfiles sources = units;  // together, so that no colour stands for two of them
  sources.insert(sources.end(), renewables.begin(), renewables.end());
  stack.stacks = technology_stacks(sources, view.hours, 10);
  if (!discharge.empty()) stack.stacks.push_back({"storage discharge", total(discharge, view.hours), series_colour(9)});
  if (!charge.empty()) stack.stacks.push_back({"storage charge", negated(total(charge, view.hours)), series_colour(5)});
  Profile hubs = view.exchange_mw.empty() ? Profile{} : Profile(view.hours, 0.0);
  for (const Profile& p : view.exchange_mw)
    for (std::size_t h = 0; h < view.hours; ++h)
      if (std::isfinite(p[h])) hubs[h] += p[h];
  if (const AgentSystem* system = view.system(who)) {
    Series load{.name = "load of the network", .y = Profile(view.hours, 0.0), .dashed = true, .steps = true};
    bool known = false;
    for (const SystemBus& b : system->buses)
      for (std::size_t h = 0; h < std::min(view.hours, b.load_mw.size()); ++h)
        if (std::isfinite(b.load_mw[h])) load.y[h] += b.load_mw[h], known = true;
    if (known) {
      if (!hubs.empty()) {
        Series all = load;
        all.name = "load and hubs' import", all.dashed = false;
        for (std::size_t h = 0; h < view.hours; ++h) all.y[h] += hubs[h];
        stack.lines.push_back(std::move(load));
        stack.lines.push_back(std::move(all));
      } else {
        load.dashed = false;
        stack.lines.push_back(std::move(load));
      }
    }
  }
  page.figure("generation", "Generation",
              "Scheduled output by technology; charging of storage counts downward. Point at a bar for its figure.",
              draw(stack));

  // Units that run at all, the largest first.
  NamedProfiles running;
  for (const auto& unit : units)
    if (std::any_of(unit.second.begin(), unit.second.end(), [](double v) { return std::abs(v) > 1e-3; }))
      running.push_back(unit);
  const auto energy = [](const Profile& p) {
    double sum = 0;
    for (const double v : p)
      if (std::isfinite(v)) sum += std::abs(v);
    return sum;
  };
  std::stable_sort(running.begin(), running.end(),
                   [&](const auto& a, const auto& b) { return energy(a.second) > energy(b.second); });
  if (running.size() > 60) running.resize(60);
  HeatMap map;
  map.label = "Output of every unit";
  map.columns = view.hour_names;
  for (const auto& [name, profile] : running) {
    map.rows.push_back(words(name));
    map.values.insert(map.values.end(), profile.begin(), profile.end());
  }
  map.x_label = "hour", map.unit = "MW";
  page.figure("units", "Every unit",
              fmt::format("Scheduled output of the {} units that run ({} stand still), the largest producers on top.",
                          map.rows.size(), units.size() - std::min(units.size(), running.size())),
              draw(map));

  LineChart soc;
  soc.label = "State of charge";
  soc.width = 510, soc.height = 290;
  soc.x = {"hour", "", false, true};
  soc.y = {"stored energy at the end of the hour, MWh", "MWh", false, false, true};
  for (const auto& [name, profile] : view.quantity(who, "soc_mwh"))
    if (soc.series.size() < 12) soc.series.push_back({.name = words(name), .x = view.hour_numbers, .y = profile});
  page.figure("storage", "Storage", "Energy in the network's storages; each ends the day where it began.", draw(soc),
              true);

  const NamedProfiles& up = view.quantity(who, "reserve_up_mw");
  const NamedProfiles& down = view.quantity(who, "reserve_down_mw");
  StackedChart reserve;
  reserve.label = "Reserves";
  reserve.width = 510, reserve.height = 290;
  reserve.columns = view.hour_names;
  reserve.x_label = "hour", reserve.y_label = "reserve, MW", reserve.unit = "MW";
  if (!up.empty()) reserve.stacks.push_back({"upward", total(up, view.hours), series_colour(0)});
  if (!down.empty()) reserve.stacks.push_back({"downward", negated(total(down, view.hours)), series_colour(1)});
  page.figure("reserves", "Reserves",
              "Upward and downward reserve held by all units: what the second stage may deploy.", draw(reserve), true);
}

void add_exchange_section(Page& page, const CoordinationView& view) {
  if (view.hubs.empty() || (view.exchange_mw.empty() && view.price.empty())) return;
  page.section("Boundary exchange and prices",
               "What each hub takes from the transmission network, and the price at its bus.");
  HeatMap map;
  map.rows = view.hubs;
  map.columns = view.hour_names;
  map.x_label = "hour";
  map.label = "Exchange of every hub";
  map.scale = HeatMap::Scale::diverging;
  map.unit = "MW", map.high_word = "import, MW", map.low_word = "export";
  for (const Profile& p : view.exchange_mw) map.values.insert(map.values.end(), p.begin(), p.end());
  page.figure("exchange", "Boundary exchange",
              "Power into each hub: blue imports, orange exports to the transmission network.", draw(map));

  map.label = "Price at every hub";
  map.scale = HeatMap::Scale::sequential;
  map.unit = "$/MWh", map.high_word = map.low_word = "";
  map.values.clear();
  for (const Profile& p : view.price) map.values.insert(map.values.end(), p.begin(), p.end());
  page.figure(
      "prices", "Boundary prices",
      "The transmission network's marginal price at the hub's bus. Rows that differ show congestion between the buses.",
      draw(map));

  LineChart spread;
  spread.label = "Range of prices";
  spread.width = 510, spread.height = 280;
  spread.x = {"hour", "", false, true};
  spread.y = {"price, $/MWh", "$/MWh"};
  Band band{"lowest to highest hub", view.hour_numbers, Profile(view.hours, nan), Profile(view.hours, nan),
            series_colour(0)};
  Series mean{
      .name = "mean over hubs", .x = view.hour_numbers, .y = Profile(view.hours, nan), .colour = series_colour(0)};
  for (std::size_t h = 0; h < view.hours && !view.price.empty(); ++h) {
    double sum = 0, n = 0;
    for (const Profile& p : view.price) {
      if (!std::isfinite(p[h])) continue;
      if (n == 0) band.low[h] = band.high[h] = p[h];
      band.low[h] = std::min(band.low[h], p[h]), band.high[h] = std::max(band.high[h], p[h]);
      sum += p[h], n += 1;
    }
    if (n > 0) mean.y[h] = sum / n;
  }
  spread.series = {mean};
  if (view.price.size() > 1) spread.bands = {band};
  page.figure("price_range", "Prices through the day",
              "Mean over the hubs, and the range between the cheapest and the dearest one.", draw(spread), true);

  StackedChart sums;
  sums.label = "Exchange of all hubs";
  sums.width = 510, sums.height = 280;
  sums.columns = view.hour_names;
  sums.x_label = "hour", sums.y_label = "all hubs together, MW", sums.unit = "MW";
  Stack import{"import", Profile(view.hours, 0.0), "var(--pos)"},
      exported{"export", Profile(view.hours, 0.0), "var(--neg)"};
  for (const Profile& p : view.exchange_mw)
    for (std::size_t h = 0; h < view.hours; ++h)
      if (std::isfinite(p[h])) (p[h] > 0 ? import : exported).values[h] += p[h];
  sums.stacks = {import, exported};
  page.figure("exchange_total", "All hubs together", "Imports above, exports below the line.", draw(sums), true);
}

}  // namespace wattstein::report
