#include "engine/studies/case_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace wattstein::engine {
namespace {

using nlohmann::json;
using Unit = CaseRow::Unit;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The number at a dotted path, NaN when absent or no number.
double at(const json& from, std::string_view path) {
  const json* node = &from;
  while (!path.empty()) {
    const auto dot = path.find('.');
    const std::string key(path.substr(0, dot));
    if (!node->is_object() || !node->contains(key)) return nan;
    node = &(*node)[key];
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return node->is_number() ? node->get<double>() : nan;
}

using Visit = std::function<double(const json& agent)>;

const json& hubs_of(const json& summary) {
  static const json none = json::array();
  const auto found = summary.find("hubs");
  return found != summary.end() && found->is_array() ? *found : none;
}

/// Sum over the hubs that have the figure, NaN when none has.
double over_hubs(const json& summary, const Visit& value) {
  double sum = 0.0;
  bool any = false;
  for (const auto& hub : hubs_of(summary)) {
    const double v = value(hub);
    if (std::isnan(v)) continue;
    sum += v;
    any = true;
  }
  return any ? sum : nan;
}

double cost(const json& agent, const char* name) {
  return at(agent, std::string("costs.") + name);
}

/// Sum of the costs named, NaN when there is none of them.
double costs(const json& agent, std::initializer_list<const char*> names) {
  double sum = 0.0;
  bool any = false;
  for (const char* name : names)
    if (const double v = cost(agent, name); !std::isnan(v)) sum += v, any = true;
  return any ? sum : nan;
}

bool has_agents(const json& summary) {
  return summary.is_object() && summary.contains("transmission");
}

const json& transmission(const json& summary) {
  static const json none;
  return has_agents(summary) ? summary["transmission"] : none;
}

/// Trade is paid at the boundary prices; apart from one another the agents agree on none.
double trade(const json& summary) {
  const auto run = summary.find("coordination");
  if (run != summary.end() && run->value("case", "") == "disconnected") return nan;
  return over_hubs(summary, [](const json& hub) { return at(hub, "trade_cost"); });
}

double plus(double a, double b) {
  if (std::isnan(a)) return b;
  return std::isnan(b) ? a : a + b;
}

constexpr auto power_costs = {"generation", "storage", "recourse", "mismatch", "loss_price"};
constexpr auto gas_costs = {"gas_procurement", "gas_storage", "gas_shedding"};
constexpr auto heat_costs = {"heat_generation", "heat_shedding"};
constexpr auto hub_costs = {"generation",  "storage",      "recourse",        "mismatch",      "gas_procurement",
                            "gas_storage", "gas_shedding", "heat_generation", "heat_shedding", "loss_price"};

/// Share of the renewable energy of all agents' samples that is curtailed.
double curtailment(const json& summary) {
  double lost = 0.0, available = 0.0;
  const auto add = [&](const json& agent) {
    const double energy = at(agent, "renewable_mwh"), percent = at(agent, "curtailment_percent");
    if (std::isnan(energy) || std::isnan(percent)) return;
    available += energy;
    lost += 0.01 * percent * energy;
  };
  add(transmission(summary));
  for (const auto& hub : hubs_of(summary)) add(hub);
  return available > 0.0 ? 100.0 * lost / available : nan;
}

/// Expected cost on the test samples: Σ of first stages (mismatch included) and mean recourse.
double out_of_sample_cost(const json& summary) {
  if (!has_agents(summary)) return nan;
  const auto agent_cost = [](const json& agent) {
    double first = 0.0;
    for (const auto& [name, value] : agent.at("costs").items())
      if (name != "recourse" && value.is_number()) first += value.get<double>();
    const double mean = at(agent, "out_of_sample.mean_cost");
    return std::isnan(mean) ? first + cost(agent, "recourse") : first + mean;  // no renewables: no test samples
  };
  double sum = agent_cost(transmission(summary));
  bool any = !std::isnan(at(transmission(summary), "out_of_sample.mean_cost"));
  for (const auto& hub : hubs_of(summary)) {
    sum += agent_cost(hub);
    any = any || !std::isnan(at(hub, "out_of_sample.mean_cost"));
  }
  return any ? sum : nan;
}

double standard_error(const json& summary) {
  double squares = 0.0;
  const auto add = [&](const json& agent) {
    const double e = at(agent, "out_of_sample.standard_error");
    if (!std::isnan(e)) squares += e * e;
  };
  add(transmission(summary));
  for (const auto& hub : hubs_of(summary)) add(hub);
  return std::sqrt(squares);
}

double largest_over_hubs(const json& summary, const char* path) {
  double largest = nan;
  for (const auto& hub : hubs_of(summary))
    if (const double v = at(hub, path); !(largest >= v) && !std::isnan(v)) largest = v;
  return largest;
}

CaseRow row(std::span<const CaseResult> cases, std::string name, int level, Unit unit, const Visit& value) {
  CaseRow out{std::move(name), level, unit, {}};
  for (const auto& c : cases) out.values.push_back(has_agents(c.summary) ? value(c.summary) : nan);
  return out;
}

}  // namespace

std::vector<CaseRow> table_two(std::span<const CaseResult> cases) {
  std::vector<CaseRow> rows;
  const auto add = [&](const char* name, int level, Unit unit, const Visit& value) {
    rows.push_back(row(cases, name, level, unit, value));
  };
  const auto transmission_cost = [](const char* name) {
    return [name](const json& s) { return cost(transmission(s), name); };
  };
  const auto hub_cost = [](std::initializer_list<const char*> names) {
    return [names = std::vector<const char*>(names)](const json& s) {
      double sum = nan;
      for (const char* name : names) sum = plus(sum, over_hubs(s, [&](const json& hub) { return cost(hub, name); }));
      return sum;
    };
  };
  add("Transmission cost", 0, Unit::dollars, [](const json& s) { return costs(transmission(s), power_costs); });
  add("Generation", 1, Unit::dollars, transmission_cost("generation"));
  add("ESS", 1, Unit::dollars, transmission_cost("storage"));
  add("Recourse (worst case)", 1, Unit::dollars, transmission_cost("recourse"));
  add("Mismatch", 1, Unit::dollars, transmission_cost("mismatch"));
  add("Load shed", 1, Unit::mwh, [](const json& s) { return at(transmission(s), "shed_mwh"); });
  const auto distribution = [&](const json& s) { return plus(hub_cost(hub_costs)(s), trade(s)); };
  add("Distribution cost", 0, Unit::dollars, distribution);
  add("Power network", 1, Unit::dollars, [&](const json& s) { return plus(hub_cost(power_costs)(s), trade(s)); });
  add("Generation", 2, Unit::dollars, hub_cost({"generation"}));
  add("ESS", 2, Unit::dollars, hub_cost({"storage"}));
  add("Recourse (worst case)", 2, Unit::dollars, hub_cost({"recourse"}));
  add("Mismatch", 2, Unit::dollars, hub_cost({"mismatch"}));
  add("Load shed", 2, Unit::mwh,
      [](const json& s) { return over_hubs(s, [](const json& hub) { return at(hub, "shed_mwh"); }); });
  add("Trade revenue", 2, Unit::dollars, trade);
  add("Gas network", 1, Unit::dollars, hub_cost(gas_costs));
  add("Generation", 2, Unit::dollars, hub_cost({"gas_procurement"}));
  add("ESS", 2, Unit::dollars, hub_cost({"gas_storage"}));
  add("Load shed", 2, Unit::dollars, hub_cost({"gas_shedding"}));
  add("Heat network", 1, Unit::dollars, hub_cost(heat_costs));
  add("Generation", 2, Unit::dollars, hub_cost({"heat_generation"}));
  add("ESS", 2, Unit::dollars, [](const json&) { return nan; });
  add("Load shed", 2, Unit::dollars, hub_cost({"heat_shedding"}));
  add("Avg. power mismatch", 0, Unit::percent, [](const json& s) { return at(s, "mismatch_percent"); });
  add("Network loss", 0, Unit::mwh,
      [](const json& s) { return over_hubs(s, [](const json& hub) { return at(hub, "loss_mwh"); }); });
  add("Renewable curtailment", 0, Unit::percent, curtailment);
  add("Objective", 0, Unit::dollars, [](const json& s) { return at(s, "objective"); });
  add("Certified lower bound", 0, Unit::dollars, [](const json& s) { return at(s, "lower_bound"); });
  add("Iterations", 0, Unit::count, [](const json& s) { return at(s, "iterations"); });
  return rows;
}

std::vector<CaseRow> table_three(std::span<const CaseResult> cases) {
  return {row(cases, "Power network", 0, Unit::per_unit,
              [](const json& s) { return largest_over_hubs(s, "socp_gap.electric"); }),
          row(cases, "Gas network", 0, Unit::per_unit,
              [](const json& s) { return largest_over_hubs(s, "socp_gap.gas_pu"); })};
}

std::vector<CaseRow> table_out_of_sample(std::span<const CaseResult> cases) {
  std::vector<CaseRow> rows;
  rows.push_back(row(cases, "Expected cost on test samples", 0, Unit::dollars, out_of_sample_cost));
  rows.push_back(row(cases, "Standard error", 1, Unit::dollars, standard_error));
  rows.push_back(row(cases, "In-sample objective above it", 1, Unit::dollars,
                     [](const json& s) { return at(s, "objective") - out_of_sample_cost(s); }));
  rows.push_back(row(cases, "Transmission: load shed", 0, Unit::mwh,
                     [](const json& s) { return at(transmission(s), "out_of_sample.shed_mwh"); }));
  rows.push_back(row(cases, "Transmission: days with shedding", 0, Unit::percent,
                     [](const json& s) { return at(transmission(s), "out_of_sample.shed_days_percent"); }));
  rows.push_back(row(cases, "Hubs: load shed", 0, Unit::mwh, [](const json& s) {
    return over_hubs(s, [](const json& hub) { return at(hub, "out_of_sample.shed_mwh"); });
  }));
  rows.push_back(row(cases, "Hubs: days with a violation (worst hub)", 0, Unit::percent,
                     [](const json& s) { return largest_over_hubs(s, "out_of_sample.violated_days_percent"); }));
  return rows;
}

std::vector<Direction> check_directions(std::span<const CaseResult> cases) {
  const auto find = [&](std::string_view key) -> const json* {
    for (const auto& c : cases)
      if (c.key == key && has_agents(c.summary)) return &c.summary;
    return nullptr;
  };
  std::vector<Direction> out;
  // claim: value(first) < value(second) < ... (`strict`), or ≤ within `slack` of the larger one
  const auto ordered = [&](std::string claim, std::string paper, const std::vector<std::string>& keys,
                           const Visit& value, Unit unit, bool strict, double slack) {
    Direction d{std::move(claim), std::move(paper), {}, true, true};
    double last = -std::numeric_limits<double>::infinity();
    for (const auto& key : keys) {
      const json* summary = find(key);
      const double v = summary == nullptr ? nan : value(*summary);
      d.found += fmt::format("{}case {}: {}", d.found.empty() ? "" : ", ", key, cell_text(v, unit));
      if (std::isnan(v)) {
        d.known = d.holds = false;
        continue;
      }
      const double room = slack * std::max(std::abs(v), std::abs(last));
      if (std::isfinite(last) && !(strict ? v > last + room : v >= last - room)) d.holds = false;
      last = v;
    }
    out.push_back(std::move(d));
  };
  const std::string apart = find("3") != nullptr ? "3" : "3h";
  const auto objective = [](const json& s) { return at(s, "objective"); };
  const auto transmission_generation = [](const json& s) { return cost(transmission(s), "generation"); };
  const auto hub_total = [](const json& s) {
    double sum = trade(s);
    for (const char* name : hub_costs) sum = plus(sum, over_hubs(s, [&](const json& hub) { return cost(hub, name); }));
    return sum;
  };
  const auto loss = [](const json& s) { return over_hubs(s, [](const json& hub) { return at(hub, "loss_mwh"); }); };
  constexpr double certified = 2e-4;  // relative accuracy of the objectives
  ordered("Coordination is cheaper than disconnected operation (sum of all costs)", "$33,351.6 < $38,140.6",
          {"2", apart}, objective, Unit::dollars, true, certified);
  ordered("Multi-energy hubs cost less than electric-only ones (distribution cost, trade included)",
          "$3,855.6 < $4,262.1", {"1", "2"}, hub_total, Unit::dollars, true, certified);
  ordered("Transmission generation: multi-energy < electric-only < disconnected", "$27,293.1 < $27,371.9 < $32,116.8",
          {"1", "2", apart}, transmission_generation, Unit::dollars, true, 0.0);
  ordered("Hubs earn more by trade as multi-energy hubs (trade cost is lower)", "-$2,439.6 < -$777.4", {"1", "2"},
          trade, Unit::dollars, true, 0.0);
  ordered(
      "No power mismatch when coordinated, some when not", "0 %, 0 % < 23.8 %", {"1", apart},
      [](const json& s) { return at(s, "mismatch_percent"); }, Unit::percent, true, 0.0);
  ordered("Feeders lose less with multi-energy hubs", "7.15 MWh < 10.47 MWh", {"1", "2"}, loss, Unit::mwh, true, 0.0);
  ordered("Curtailment: multi-energy < electric-only < disconnected", "1.39 % < 3.54 % < 10.73 %", {"1", "2", apart},
          curtailment, Unit::percent, true, 0.0);
  ordered("Stochastic (5) is cheapest in its own model, robust (6) dearest, dro (1) between", "Fig. 5, no figures",
          {"5", "1", "6"}, objective, Unit::dollars, false, certified);
  const auto iterations = [](const json& s) { return at(s, "iterations"); };
  ordered("Robust needs the fewest iterations, dro more, stochastic the most", "Fig. 5, no figures", {"6", "1", "5"},
          iterations, Unit::count, true, 0.0);
  for (const auto& [key, name] : {std::pair{"4", "deterministic"}, {"5", "stochastic"}, {"6", "robust"}})
    ordered(fmt::format("On the test samples dro costs no more than the {} schedule", name), "not given", {"1", key},
            out_of_sample_cost, Unit::dollars, false, 0.0);
  if (const json* one = find("1")) {
    Direction d{
        "The worst-case cost that dro certifies is not exceeded on the test samples", "not given", {}, true, true};
    const double outside = out_of_sample_cost(*one), inside = objective(*one);
    d.found = fmt::format("test samples {}, certified {}", cell_text(outside, Unit::dollars),
                          cell_text(inside, Unit::dollars));
    d.known = !std::isnan(outside);
    d.holds = outside <= inside;
    out.push_back(std::move(d));
  }
  return out;
}

std::string cell_text(double value, CaseRow::Unit unit) {
  if (std::isnan(value)) return "-";
  switch (unit) {
    case Unit::dollars: {
      // Thousands grouped, one decimal, the sign before the dollar.
      std::string digits = fmt::format("{:.1f}", std::abs(value));
      for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 5; place > 0; place -= 3)
        digits.insert(static_cast<std::size_t>(place), ",");
      return (value < 0.0 && digits != "0.0" ? "-$" : "$") + digits;
    }
    case Unit::mwh:
      return fmt::format("{:.2f} MWh", value);
    case Unit::percent:
      return fmt::format("{:.2f} %", value);
    case Unit::per_unit:
      return fmt::format("{:.2e}", value);
    case Unit::count:
      return fmt::format("{:.0f}", value);
  }
  return "-";
}

std::string text_table(std::span<const CaseResult> cases, std::span<const CaseRow> rows) {
  std::size_t width = 0;
  for (const auto& r : rows) width = std::max(width, r.name.size() + 2 * static_cast<std::size_t>(r.level));
  std::string out = fmt::format("{:<{}}", "", width);
  for (const auto& c : cases) out += fmt::format("  {:>13}", "Case " + c.key);
  for (const auto& r : rows) {
    out += fmt::format("\n{:<{}}", std::string(2 * static_cast<std::size_t>(r.level), ' ') + r.name, width);
    for (const double v : r.values) out += fmt::format("  {:>13}", cell_text(v, r.unit));
  }
  return out;
}

}  // namespace wattstein::engine
