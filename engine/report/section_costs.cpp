#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {

using nlohmann::json;

namespace {

constexpr const char* cost_order[] = {"generation",    "storage",      "gas_procurement",
                                      "gas_storage",   "gas_shedding", "heat_generation",
                                      "heat_shedding", "recourse",     "mismatch"};

void add_costs(const json& costs, std::vector<std::pair<std::string, double>>& into) {
  if (!costs.is_object()) return;
  for (const auto& [key, value] : costs.items()) {
    if (!value.is_number()) continue;
    auto found = std::find_if(into.begin(), into.end(), [&key = key](const auto& e) { return e.first == key; });
    if (found == into.end()) into.emplace_back(key, value.get<double>());
    else found->second += value.get<double>();
  }
}

void sort_costs(std::vector<std::pair<std::string, double>>& costs) {
  const auto rank = [](const std::string& key) {
    return std::find(std::begin(cost_order), std::end(cost_order), key) - std::begin(cost_order);
  };
  std::stable_sort(costs.begin(), costs.end(),
                   [&](const auto& a, const auto& b) { return rank(a.first) < rank(b.first); });
}

double sum_of(const std::vector<std::pair<std::string, double>>& costs) {
  double sum = 0;
  for (const auto& [key, value] : costs) sum += value;
  return sum;
}

std::string cell_of(const std::vector<std::pair<std::string, double>>& costs, const std::string& key) {
  const auto found = std::find_if(costs.begin(), costs.end(), [&](const auto& e) { return e.first == key; });
  return found == costs.end() ? "–" : money(found->second);
}

/// Numbers of an object one below the other, "out_of_sample.cost" -> "out of sample cost".
void flatten(const json& object, const std::string& prefix, std::vector<std::pair<std::string, double>>& into) {
  if (!object.is_object()) return;
  for (const auto& [key, value] : object.items()) {
    const std::string name = prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
    if (value.is_number()) into.emplace_back(name, value.get<double>());
    else if (value.is_object()) flatten(value, name, into);
  }
}

}  // namespace

std::string cost_title(std::string_view key) {
  std::string out = words(key);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  if (key == "recourse") return "Recourse (worst case)";
  return out;
}

CostColumn cost_column(const json& summary) {
  CostColumn out;
  add_costs(member(member(summary, "transmission"), "costs"), out.transmission);
  double curtailed = 0, agents = 0;
  const auto curtailment = [&](const json& agent) {
    const double v = number_at(agent, {"curtailment_percent"});
    if (std::isfinite(v)) curtailed += v, agents += 1;
  };
  curtailment(member(summary, "transmission"));
  const json& hubs = member(summary, "hubs");
  if (hubs.is_array())
    for (const json& hub : hubs) {
      add_costs(member(hub, "costs"), out.hubs);
      const double trade = number_at(hub, {"trade_cost"}), loss = number_at(hub, {"loss_mwh"});
      if (std::isfinite(trade)) out.trade += trade;
      if (std::isfinite(loss)) out.loss_mwh += loss;
      curtailment(hub);
    }
  out.mismatch_percent = number_at(summary, {"mismatch_percent"});
  out.curtailment_percent = agents > 0 ? curtailed / agents : std::numeric_limits<double>::quiet_NaN();
  sort_costs(out.transmission);
  sort_costs(out.hubs);
  return out;
}

void add_cost_section(Page& page, const CoordinationView& view) {
  const CostColumn all = cost_column(view.data.summary);
  if (all.transmission.empty() && all.hubs.empty()) return;
  page.section("Costs",
               "First-stage costs and the worst-case recourse cost of every agent; together they are the objective.");
  std::vector<std::string> keys;
  for (const auto* side : {&all.transmission, &all.hubs})
    for (const auto& [key, value] : *side)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  std::stable_sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) {
    const auto rank = [](const std::string& key) {
      return std::find(std::begin(cost_order), std::end(cost_order), key) - std::begin(cost_order);
    };
    return rank(a) < rank(b);
  });
  const std::string hubs_name = view.hubs.size() == 1 ? view.hubs[0] : fmt::format("{} hubs", view.hubs.size());
  HtmlTable table{{"cost", "transmission", hubs_name, "together"}, {}, {}, {}};
  BarChart bars{"Costs by kind", "$", {}};
  for (const std::string& key : keys) {
    double both = 0;
    for (const auto& [side, name] : {std::pair{&all.transmission, "transmission"}, std::pair{&all.hubs, "hubs"}})
      for (const auto& [k, value] : *side)
        if (k == key) {
          both += value;
          bars.bars.push_back(
              {cost_title(key) + ", " + name, value, series_colour(side == &all.transmission ? 0 : 1), ""});
        }
    table.rows.push_back({cost_title(key), cell_of(all.transmission, key), cell_of(all.hubs, key), money(both)});
  }
  table.strong_rows = {static_cast<int>(table.rows.size())};
  table.rows.push_back({"Sum", money(sum_of(all.transmission)), money(sum_of(all.hubs)),
                        money(sum_of(all.transmission) + sum_of(all.hubs))});
  page.table(
      "Costs by kind",
      all.trade == 0
          ? ""
          : fmt::format("Trade between the agents is no cost of the whole: at the boundary prices the hubs {} {}.",
                        all.trade < 0 ? "earn" : "pay", money(std::abs(all.trade))),
      table);
  page.figure("costs", "The same as bars", "Blue: transmission, orange: hubs.", draw(bars));
  if (view.hubs.empty()) return;
  HtmlTable each{{"agent"}, {}, {}, {}};
  for (const std::string& key : keys) each.header.push_back(cost_title(key));
  for (const char* title : {"sum", "trade", "loss, MWh", "shed, MWh"}) each.header.push_back(title);
  for (int d = -1; d < static_cast<int>(view.hubs.size()); ++d) {
    const json& agent = view.agent(d);
    std::vector<std::pair<std::string, double>> costs;
    add_costs(member(agent, "costs"), costs);
    std::vector<std::string> row{d < 0 ? "transmission" : view.hubs[static_cast<std::size_t>(d)]};
    for (const std::string& key : keys) row.push_back(cell_of(costs, key));
    row.push_back(money(sum_of(costs)));
    row.push_back(d < 0 ? "–" : money(number_at(agent, {"trade_cost"})));
    row.push_back(number(number_at(agent, {"loss_mwh"})));
    row.push_back(number(number_at(agent, {"shed_mwh"}), 3));
    each.rows.push_back(std::move(row));
  }
  page.table("Every agent",
             "Trade: what the agent pays at the boundary prices; negative, it earns. Shed: expected energy not served.",
             each);
}

void add_uncertainty_section(Page& page, const CoordinationView& view) {
  std::vector<std::pair<std::string, const json*>> agents;
  for (int d = -1; d < static_cast<int>(view.hubs.size()); ++d)
    if (view.agent(d).is_object())
      agents.emplace_back(d < 0 ? "transmission" : view.hubs[static_cast<std::size_t>(d)], &view.agent(d));
  HtmlTable table{
      {"agent", "radius, MW", "ζ, $/MW", "worst-case cost", "renewables curtailed", "simultaneous, MWh"}, {}, {}, {}};
  bool any = false;
  for (const auto& [name, agent] : agents) {
    const double radius = number_at(*agent, {"radius_mw"}), zeta = number_at(*agent, {"worst_case", "zeta"});
    double cost = number_at(*agent, {"worst_case", "expected_cost"});
    if (!std::isfinite(cost)) cost = number_at(*agent, {"costs", "recourse"});
    any = any || std::isfinite(cost);
    table.rows.push_back({name, number(radius), number(zeta), money(cost),
                          with_unit(number_at(*agent, {"curtailment_percent"}), "%", 3),
                          number(number_at(*agent, {"simultaneous_mwh"}), 3)});
  }
  if (!any) return;
  page.section("Uncertainty",
               "Each operator guards against the worst distribution near its samples (radius: how far in the "
               "Wasserstein sense; ζ: what one more megawatt of radius would cost).");
  page.table("Worst case of every agent",
             "Worst-case cost: expected recourse cost under the worst distribution. Curtailed: share of the renewable "
             "energy of the samples. Simultaneous: energy that storages charge and discharge at once.",
             table);

  // Out-of-sample figures, whichever the run holds.
  HtmlTable outside{{"agent"}, {}, {}, {}};
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, double>>>> found;
  for (const auto& [name, agent] : agents) {
    std::vector<std::pair<std::string, double>> figures;
    flatten(member(*agent, "out_of_sample"), "", figures);
    for (const auto& [key, value] : figures)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    if (!figures.empty()) found.emplace_back(name, std::move(figures));
  }
  for (const std::string& key : keys) outside.header.push_back(words(key));
  for (const auto& [name, figures] : found) {
    std::vector<std::string> row{name};
    for (const std::string& key : keys) {
      const auto at = std::find_if(figures.begin(), figures.end(), [&](const auto& e) { return e.first == key; });
      row.push_back(at == figures.end() ? "–" : number(at->second));
    }
    outside.rows.push_back(std::move(row));
  }
  page.table("Out of sample", "The schedule's recourse on realisations that were not used to make it.", outside);
}

}  // namespace wattstein::report
