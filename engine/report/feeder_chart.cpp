#include "engine/report/feeder_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/report/format.hpp"
#include "engine/report/network_chart.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {

std::string feeder_picture(const AgentSystem& system, const std::vector<double>& voltage_min_pu,
                           const std::vector<double>& loading_percent) {
  NetworkChart chart;
  chart.label = "Feeder";
  chart.height = system.buses.size() > 60 ? 720 : 540;
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const double v : voltage_min_pu)
    if (std::isfinite(v)) least = std::min(least, v), most = std::max(most, v);
  for (std::size_t n = 0; n < system.buses.size(); ++n) {
    NetworkNode node{system.buses[n].name, "bus " + system.buses[n].name, "", 1.0};
    if (n < voltage_min_pu.size() && std::isfinite(voltage_min_pu[n])) {
      node.fill = series_colour(0);
      node.fill_opacity = most > least ? 0.85 * (most - voltage_min_pu[n]) / (most - least) : 0.0;
      node.tooltip += fmt::format(": lowest voltage {}", with_unit(voltage_min_pu[n], "p.u.", 5));
    }
    chart.nodes.push_back(std::move(node));
  }
  std::vector<bool> fed(system.buses.size(), false);
  for (std::size_t l = 0; l < system.lines.size(); ++l) {
    const SystemLine& line = system.lines[l];
    const double loading = l < loading_percent.size() ? loading_percent[l] / 100.0 : NAN;
    chart.edges.push_back({line.from, line.to, loading, std::isfinite(loading) ? 0.3 + 0.7 * loading : 0.2,
                           fmt::format("line {}: highest loading {}", line.name, with_unit(100.0 * loading, "%"))});
    if (line.to >= 0 && static_cast<std::size_t>(line.to) < fed.size()) fed[static_cast<std::size_t>(line.to)] = true;
  }
  chart.loading_bar = !loading_percent.empty();
  bool hub = false, unit = false;
  for (const SystemDevice& d : system.devices) {
    const bool is_hub = d.kind == "hub";
    (is_hub ? hub : unit) = true;
    chart.badges.push_back({d.bus, is_hub ? LegendEntry::Mark::diamond : LegendEntry::Mark::dot,
                            series_colour(is_hub ? 3 : 8), "",
                            fmt::format("{}, up to {}", words(d.name), with_unit(d.capacity_mw, "MW"))});
  }
  if (hub) chart.legend.push_back({"microgrid", series_colour(3), LegendEntry::Mark::diamond});
  if (unit) chart.legend.push_back({"unit", series_colour(8), LegendEntry::Mark::dot});
  const bool tree = system.lines.size() + 1 == system.buses.size();
  const auto root = std::find(fed.begin(), fed.end(), false);
  chart.root = tree && root != fed.end() ? static_cast<int>(root - fed.begin()) : -1;
  return draw(chart);
}

}  // namespace wattstein::report
