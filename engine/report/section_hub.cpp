#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"
#include "engine/report/network_chart.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Bus voltages (magnitudes, p.u.): name -> profile.
NamedProfiles voltages_of(const CoordinationView& view, const std::string& hub) {
  NamedProfiles out = view.quantity(hub, "squared_voltage_pu");
  for (auto& [name, profile] : out)
    for (double& v : profile) v = v >= 0 ? std::sqrt(v) : nan;
  // By bus number where the names are numbers.
  const auto numeric = [](const auto& e) {
    return !e.first.empty() && e.first.size() < 10 && e.first.find_first_not_of("0123456789") == std::string::npos;
  };
  if (std::all_of(out.begin(), out.end(), numeric))
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return std::stol(a.first) < std::stol(b.first); });
  return out;
}

std::string feeder_picture(const CoordinationView& view, const AgentSystem& system, const NamedProfiles& voltages,
                           const std::string& hub) {
  NetworkChart chart;
  chart.label = "Feeder of " + hub;
  chart.height = 560;
  chart.loading_bar = false;
  std::map<std::string, double> lowest;
  double least = 1e9, most = -1e9;
  for (const auto& [name, profile] : voltages) {
    double low = nan;
    for (const double v : profile)
      if (std::isfinite(v) && !(low <= v)) low = v;
    lowest[name] = low;
    if (std::isfinite(low)) least = std::min(least, low), most = std::max(most, low);
  }
  for (const SystemBus& b : system.buses) {
    const auto found = lowest.find(b.name);
    NetworkNode node{b.name, "bus " + b.name, "", 1.0};
    if (found != lowest.end() && std::isfinite(found->second)) {
      const double t = most > least ? (found->second - least) / (most - least) : 1.0;
      node.fill = "var(--c1)";
      node.fill_opacity = 0.85 * (1.0 - t);
      node.tooltip += fmt::format(": lowest voltage {}", with_unit(found->second, "p.u."));
    }
    chart.nodes.push_back(std::move(node));
  }
  std::map<std::string, double> peak;
  double largest = 0;
  for (const auto& [name, profile] : view.quantity(hub, "flow_mw")) {
    double& p = peak[name];
    for (const double v : profile)
      if (std::isfinite(v)) p = std::max(p, std::abs(v));
    largest = std::max(largest, p);
  }
  std::set<int> fed;
  for (const SystemLine& l : system.lines) {
    const auto found = peak.find(l.name);
    const double flow = found == peak.end() ? nan : found->second;
    chart.edges.push_back({l.from, l.to, l.limit_mw > 0 && std::isfinite(l.limit_mw) ? flow / l.limit_mw : nan,
                           largest > 0 ? flow / largest : 0.0,
                           fmt::format("line {}: at most {}", l.name, with_unit(flow, "MW"))});
    fed.insert(l.to);
  }
  chart.root = 0;
  while (chart.root + 1 < static_cast<int>(system.buses.size()) && fed.contains(chart.root)) ++chart.root;
  using Mark = LegendEntry::Mark;
  for (const SystemDevice& d : system.devices) {
    const Mark mark = d.kind == "storage"     ? Mark::square
                      : d.kind == "renewable" ? Mark::star
                      : d.kind == "chp"       ? Mark::triangle
                                              : Mark::dot;
    const int colour = d.kind == "storage"     ? 9
                       : d.kind == "renewable" ? technology_colour(d.name, 2)
                       : d.kind == "gas_unit"  ? 1
                       : d.kind == "chp"       ? 3
                                               : technology_colour(d.name, 0);
    chart.badges.push_back(
        {d.bus, mark, series_colour(colour), "", fmt::format("{}: {}", words(d.name), with_unit(d.capacity_mw, "MW"))});
    chart.legend.push_back({words(d.name), series_colour(colour), mark});
  }
  return draw(chart);
}

void add_voltage_figures(Page& page, const CoordinationView& view, const AgentSystem* system, NamedProfiles voltages) {
  const std::size_t buses = voltages.size();
  if (buses == 0) return;
  Series low{.name = "lowest", .colour = series_colour(3), .dots = buses <= 60},
      high{.name = "highest", .colour = series_colour(0), .dots = buses <= 60};
  Band band{"range over the hours", {}, {}, {}, series_colour(0)};
  for (std::size_t i = 0; i < buses; ++i) {
    double lo = nan, hi = nan;
    for (const double v : voltages[i].second) {
      if (!std::isfinite(v)) continue;
      if (!(lo <= v)) lo = v;
      if (!(hi >= v)) hi = v;
    }
    for (std::vector<double>* x : {&low.x, &high.x, &band.x}) x->push_back(static_cast<double>(i + 1));
    low.y.push_back(lo), high.y.push_back(hi), band.low.push_back(lo), band.high.push_back(hi);
  }
  LineChart chart;
  chart.label = "Voltage of every bus";
  chart.x = {"bus, in order of number", "", false, true};
  chart.y = {"voltage, p.u.", "p.u."};
  chart.series = {high, low};
  chart.bands = {band};
  chart.height = 280;
  if (system) {
    double v_min = 0, v_max = 1e9;  // where all buses share them they are lines
    for (const SystemBus& b : system->buses)
      if (b.v_max_pu > 0) v_min = std::max(v_min, b.v_min_pu), v_max = std::min(v_max, b.v_max_pu);
    if (v_min > 0 && v_max < 1e9)
      chart.rules = {{v_min, "lower limit " + number(v_min), ""}, {v_max, "upper limit " + number(v_max), ""}};
  }
  page.figure("hub_voltage", "Voltage profile", "Lowest and highest voltage of each bus over the hours.", draw(chart));
  HeatMap map;
  map.label = "Voltage by bus and hour";
  map.columns = view.hour_names;
  if (buses > 120) voltages.resize(120);
  for (const auto& [name, profile] : voltages) {
    map.rows.push_back(name);
    map.values.insert(map.values.end(), profile.begin(), profile.end());
  }
  map.x_label = "hour", map.y_label = "bus", map.unit = "p.u.";
  page.figure("hub_voltage_map", "Voltage by bus and hour", "The same voltages through the day.", draw(map));
}

/// Gas or heat of the hub: one panel for every quantity that the schedule holds and the electric part does not.
void add_carrier_figures(Page& page, const CoordinationView& view, const std::string& hub) {
  struct Panel {
    const char *quantity, *title, *y, *unit;
  };
  static constexpr Panel panels[] = {{"gas_well_per_h", "Gas wells", "supply, G/h", "G/h"},
                                     {"gas_soc", "Gas storage", "stored gas, G", "G"},
                                     {"squared_pressure_bar2", "Gas pressures, squared", "bar²", "bar²"},
                                     {"gas_flow_per_h", "Gas flows", "flow, G/h", "G/h"},
                                     {"heat_mw", "Heat sources", "heat, MW", "MW"},
                                     {"supply_c", "Supply temperatures", "temperature, °C", "°C"}};
  for (const Panel& p : panels) {
    const NamedProfiles& found = view.quantity(hub, p.quantity);
    if (found.empty()) continue;
    if (found.size() > 12) {
      HeatMap map;
      map.label = p.title, map.columns = view.hour_names, map.x_label = "hour", map.unit = p.unit;
      for (const auto& [name, profile] : found) {
        map.rows.push_back(name);
        map.values.insert(map.values.end(), profile.begin(), profile.end());
      }
      page.figure(std::string("hub_") + p.quantity, p.title, "By place and hour.", draw(map));
      continue;
    }
    LineChart chart;
    chart.label = p.title;
    chart.width = 510, chart.height = 270;
    chart.x = {"hour", "", false, true};
    chart.y = {p.y, p.unit};
    for (const auto& [name, profile] : found)
      chart.series.push_back({.name = words(name), .x = view.hour_numbers, .y = profile, .steps = false});
    page.figure(std::string("hub_") + p.quantity, p.title, "", draw(chart), true);
  }
}

}  // namespace

void add_hub_section(Page& page, const CoordinationView& view) {
  if (view.detail < 0) return;
  const auto d = static_cast<std::size_t>(view.detail);
  const std::string& hub = view.hubs[d];
  const NamedProfiles voltages = voltages_of(view, hub);
  const NamedProfiles& units = view.quantity(hub, "unit_mw");
  if (voltages.empty() && units.empty() && view.quantity(hub, "renewable_mw").empty()) return;
  page.section("One hub closely: " + hub,
               view.data.detail_hub == hub ? "The hub asked for." : "The hub with the largest exchange.");

  StackedChart stack;
  stack.label = "Supply of " + hub;
  stack.columns = view.hour_names;
  stack.x_label = "hour", stack.y_label = "MW", stack.unit = "MW";
  NamedProfiles sources = units;  // together, so that no colour stands for two of them
  const NamedProfiles& renewables = view.quantity(hub, "renewable_mw");
  sources.insert(sources.end(), renewables.begin(), renewables.end());
  stack.stacks = technology_stacks(sources, view.hours, 10);
  const auto signed_part = [&](const Profile& p, double sign, bool positive) {
    Profile out(view.hours, 0.0);
    for (std::size_t h = 0; h < std::min(view.hours, p.size()); ++h)
      if (std::isfinite(p[h]) && (p[h] > 0) == positive) out[h] = sign * p[h];
    return out;
  };
  const Profile discharge = total(view.quantity(hub, "discharge_mw"), view.hours),
                charge = total(view.quantity(hub, "charge_mw"), view.hours);
  if (!discharge.empty()) stack.stacks.push_back({"storage discharge", discharge, series_colour(9)});
  if (!charge.empty()) stack.stacks.push_back({"storage charge", signed_part(charge, -1.0, true), series_colour(5)});
  if (!view.exchange_mw.empty()) {
    stack.stacks.push_back({"import", signed_part(view.exchange_mw[d], 1.0, true), series_colour(7)});
    stack.stacks.push_back({"export", signed_part(view.exchange_mw[d], 1.0, false), series_colour(4)});
  }
  // Hubs that share a network give one drawing; any hub's system serves when this one's was left out.
  const AgentSystem* own = view.system(hub);
  const AgentSystem* system = own;
  if (!system)
    for (const AgentSystem& s : view.data.systems)
      if (s.agent != "transmission" && s.buses.size() == voltages.size()) {
        system = &s;
        break;
      }
  if (own) {
    Series load{.name = "load", .y = Profile(view.hours, 0.0), .steps = true};
    bool known = false;
    for (const SystemBus& b : own->buses)
      for (std::size_t h = 0; h < std::min(view.hours, b.load_mw.size()); ++h)
        if (std::isfinite(b.load_mw[h])) load.y[h] += b.load_mw[h], known = true;
    if (known) stack.lines.push_back(std::move(load));
  }
  page.figure("hub_supply", "Dispatch of " + hub,
              "Scheduled output of its devices and its exchange; what leaves (charging, export) counts downward. The "
              "rest above the load is network loss.",
              draw(stack));
  if (system)
    page.figure("hub_network", "Its feeder",
                "From the root on the left; lines by their largest flow, buses by their lowest voltage (stronger "
                "colour: lower), devices beside their buses.",
                feeder_picture(view, *system, voltages, hub));
  add_voltage_figures(page, view, system, voltages);

  LineChart soc;
  soc.label = "State of charge of " + hub;
  soc.width = 510, soc.height = 270;
  soc.x = {"hour", "", false, true};
  soc.y = {"stored energy, MWh", "MWh", false, false, true};
  for (const auto& [name, profile] : view.quantity(hub, "soc_mwh"))
    if (soc.series.size() < 12)
      soc.series.push_back({.name = words(name), .x = view.hour_numbers, .y = profile, .dots = true});
  page.figure("hub_storage", "Storage", "Energy at the end of each hour.", draw(soc), true);
  if (!view.price.empty()) {
    LineChart price;
    price.label = "Price and exchange";
    price.width = 510, price.height = 270;
    price.x = {"hour", "", false, true};
    price.y = {"price at its bus, $/MWh", "$/MWh"};
    price.series = {
        {.name = "price", .x = view.hour_numbers, .y = view.price[d], .colour = series_colour(3), .dots = true}};
    page.figure("hub_price", "Price", "What the hub pays, or earns, for a megawatt hour at its boundary.", draw(price),
                true);
  }
  add_carrier_figures(page, view, hub);
}

}  // namespace wattstein::report
