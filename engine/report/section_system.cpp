#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"
#include "engine/report/network_chart.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Mark = LegendEntry::Mark;

struct LineUse {
  std::string name;
  double limit_mw, peak_mw, peak_loading;  // loading NaN without a limit
  int peak_hour;
  const Profile* flow;
};

std::vector<LineUse> line_use(const CoordinationView& view, const AgentSystem& system) {
  std::map<std::string, const Profile*> flows;
  for (const auto& [name, profile] : view.quantity(system.agent, "flow_mw")) flows[name] = &profile;
  std::vector<LineUse> out;
  for (const SystemLine& l : system.lines) {
    const auto found = flows.find(l.name);
    LineUse use{l.name, l.limit_mw, 0.0, nan, 0, found == flows.end() ? nullptr : found->second};
    if (use.flow)
      for (std::size_t h = 0; h < use.flow->size(); ++h)
        if (std::abs((*use.flow)[h]) > use.peak_mw || use.peak_hour == 0) {
          if (!std::isfinite((*use.flow)[h])) continue;
          use.peak_mw = std::abs((*use.flow)[h]);
          use.peak_hour = static_cast<int>(h) + 1;
        }
    if (use.peak_hour > 0 && l.limit_mw > 0 && std::isfinite(l.limit_mw)) use.peak_loading = use.peak_mw / l.limit_mw;
    out.push_back(use);
  }
  return out;
}

struct Look {
  const char* kind;
  Mark mark;
  const char* title;
};
constexpr Look looks[] = {{"hub", Mark::diamond, "multi-energy hub"}, {"unit", Mark::dot, "unit"},
                          {"gas_unit", Mark::dot, "gas unit"},        {"chp", Mark::dot, "heat and power"},
                          {"renewable", Mark::star, "renewable"},     {"storage", Mark::square, "storage"}};

std::string colour_of(const SystemDevice& d) {
  if (d.kind == "hub") return "var(--c0)";
  if (d.kind == "storage") return series_colour(9);
  if (d.kind == "renewable") return series_colour(technology_colour(d.name, 2));
  if (d.kind == "gas_unit") return series_colour(1);
  if (d.kind == "chp") return series_colour(3);
  return series_colour(technology_colour(d.name, 8));
}

std::string network_picture(const CoordinationView& view, const AgentSystem& system, const std::vector<LineUse>& use) {
  NetworkChart chart;
  chart.label = "Network of " + system.agent;
  chart.height = system.buses.size() > 60 ? 720 : 520;
  double largest = 0;
  std::vector<double> energy;
  for (const SystemBus& b : system.buses) {
    double sum = 0;
    for (const double v : b.load_mw)
      if (std::isfinite(v)) sum += v;
    energy.push_back(sum / std::max<double>(1.0, static_cast<double>(b.load_mw.size())));
    largest = std::max(largest, energy.back());
  }
  for (std::size_t i = 0; i < system.buses.size(); ++i)
    chart.nodes.push_back({system.buses[i].name,
                           fmt::format("bus {}: load {} on average", system.buses[i].name, with_unit(energy[i], "MW")),
                           "var(--c4)", largest > 0 ? 0.75 * std::sqrt(std::max(0.0, energy[i] / largest)) : 0.0});
  for (std::size_t k = 0; k < system.lines.size(); ++k) {
    const SystemLine& l = system.lines[k];
    std::string tip = "line " + l.name;
    if (use[k].peak_hour > 0)
      tip += fmt::format(": at most {} in hour {}", with_unit(use[k].peak_mw, "MW"), use[k].peak_hour);
    tip += std::isfinite(use[k].peak_loading)
               ? fmt::format(", {} of its limit", with_unit(100 * use[k].peak_loading, "%", 3))
               : ", no limit";
    chart.edges.push_back(
        {l.from, l.to, use[k].peak_loading, std::isfinite(use[k].peak_loading) ? use[k].peak_loading : 0.0, tip});
  }
  std::map<std::string, int> hub_number;
  for (std::size_t d = 0; d < view.hubs.size(); ++d) hub_number[view.hubs[d]] = static_cast<int>(d) + 1;
  for (const SystemDevice& d : system.devices) {
    const Look* look = &looks[1];
    for (const Look& l : looks)
      if (d.kind == l.kind) look = &l;
    const auto hub = d.kind == "hub" ? hub_number.find(d.name) : hub_number.end();
    chart.badges.push_back({d.bus, look->mark, colour_of(d),
                            hub == hub_number.end() || hub->second > 99 ? "" : std::to_string(hub->second),
                            fmt::format("{} {}: {}", look->title, d.name, with_unit(d.capacity_mw, "MW"))});
  }
  for (const Look& l : looks) {
    std::vector<std::string> colours;
    for (const SystemDevice& d : system.devices)
      if (d.kind == l.kind && std::find(colours.begin(), colours.end(), colour_of(d)) == colours.end()) {
        colours.push_back(colour_of(d));
        const int tech = technology_colour(d.name, -1);
        std::string title = l.title;
        if ((d.kind == "unit" || d.kind == "renewable") && tech >= 0)
          title = words(d.name.substr(0, d.name.find_first_of("_-0123456789")));
        chart.legend.push_back({title, colours.back(), l.mark});
      }
  }
  return draw(chart);
}

}  // namespace

void add_system_section(Page& page, const CoordinationView& view) {
  const AgentSystem* system = view.system("transmission");
  if (!system || system->buses.empty()) return;
  page.section(
      "Transmission network",
      fmt::format("{} buses, {} lines, {} hubs. The picture's distances are distances in the network, not on the map.",
                  count(static_cast<long long>(system->buses.size())),
                  count(static_cast<long long>(system->lines.size())),
                  count(static_cast<long long>(view.hubs.size()))));
  std::vector<LineUse> use = line_use(view, *system);
  page.figure("network", "The system",
              "Lines by their highest loading over the horizon, buses by their load (stronger colour: more), devices "
              "beside their buses; hubs carry their numbers. Point at anything for its figures.",
              network_picture(view, *system, use));

  std::stable_sort(use.begin(), use.end(), [](const LineUse& a, const LineUse& b) {
    return (std::isfinite(a.peak_loading) ? a.peak_loading : -1) >
           (std::isfinite(b.peak_loading) ? b.peak_loading : -1);
  });
  HeatMap map{"Loading of the most loaded lines", {}, view.hour_names, {}, "hour", "line", "%"};
  int congested = 0;
  for (const LineUse& u : use) {
    if (!std::isfinite(u.peak_loading)) continue;
    if (u.peak_loading > 0.999) ++congested;
    if (map.rows.size() >= 20) continue;
    map.rows.push_back(u.name);
    for (std::size_t h = 0; h < view.hours; ++h) map.values.push_back(100.0 * std::abs((*u.flow)[h]) / u.limit_mw);
  }
  page.figure(
      "line_loading", "The most loaded lines",
      fmt::format("Lines at their limit in some hour: {}. Shown are the {} most loaded ones, in percent of the limit.",
                  congested, map.rows.size()),
      draw(map));
}

}  // namespace wattstein::report
