#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Series from_rows(std::string name, const std::vector<ConvergenceRow>& rows, double ConvergenceRow::*value,
                 std::string colour = {}) {
  Series s;
  s.name = std::move(name);
  s.colour = std::move(colour);
  for (const ConvergenceRow& r : rows) {
    s.x.push_back(r.iteration);
    s.y.push_back(r.*value);
  }
  s.dots = rows.size() <= 40 && !s.name.empty();
  return s;
}

/// |value_k - reference| / |reference| in percent.
Series deviation(std::string name, const std::vector<ConvergenceRow>& rows, double ConvergenceRow::*value,
                 double reference) {
  Series s = from_rows(std::move(name), rows, value);
  for (double& v : s.y) v = 100.0 * std::abs(v - reference) / std::max(std::abs(reference), 1e-12);
  return s;
}

/// One boundary variable over the iterations: mean of both copies, or each alone.
struct Trace {
  Series transmission, hub, mean, price;
};
Trace trace_of(const std::vector<BoundaryRow>& rows, const std::string& hub, int hour) {
  Trace t;
  for (const BoundaryRow& r : rows) {
    if (r.hub != hub || r.hour != hour) continue;
    for (Series* s : {&t.transmission, &t.hub, &t.mean, &t.price}) s->x.push_back(r.iteration);
    t.transmission.y.push_back(r.transmission_mw);
    t.hub.y.push_back(r.hub_mw);
    t.mean.y.push_back(0.5 * (r.transmission_mw + r.hub_mw));
    t.price.y.push_back(-r.multiplier);
  }
  return t;
}

/// The hour whose copies moved most for that hub; 0 without data.
int liveliest_hour(const std::vector<BoundaryRow>& rows, const std::string& hub) {
  std::map<int, std::pair<double, double>> range;
  for (const BoundaryRow& r : rows) {
    if (r.hub != hub || !std::isfinite(r.hub_mw) || !std::isfinite(r.transmission_mw)) continue;
    auto& [lo, hi] = range.try_emplace(r.hour, r.hub_mw, r.hub_mw).first->second;
    lo = std::min({lo, r.hub_mw, r.transmission_mw}), hi = std::max({hi, r.hub_mw, r.transmission_mw});
  }
  int best = 0;
  double most = -1;
  for (const auto& [hour, r] : range)
    if (r.second - r.first > most) most = r.second - r.first, best = hour;
  return best;
}

std::string mismatch_map(const CoordinationView& view) {
  int last = 0;
  for (const BoundaryRow& r : view.data.boundary) last = std::max(last, r.iteration);
  if (last < 2 || view.hubs.empty()) return {};
  const int stride = (last + 119) / 120;  // at most 120 columns
  HeatMap map;
  map.label = "Mismatch of each hub over the iterations";
  map.rows = view.hubs;
  std::map<std::string, std::size_t> place;
  for (std::size_t d = 0; d < view.hubs.size(); ++d) place[view.hubs[d]] = d;
  const auto columns = static_cast<std::size_t>((last + stride - 1) / stride);
  for (std::size_t c = 0; c < columns; ++c) map.columns.push_back(std::to_string(static_cast<int>(c) * stride + 1));
  map.values.assign(map.rows.size() * columns, nan);
  for (const BoundaryRow& r : view.data.boundary) {
    const auto found = place.find(r.hub);
    const double gap = std::abs(r.transmission_mw - r.hub_mw);
    if (found == place.end() || r.iteration < 1 || !std::isfinite(gap)) continue;
    double& cell = map.values[found->second * columns + static_cast<std::size_t>((r.iteration - 1) / stride)];
    cell = std::isnan(cell) ? gap : std::max(cell, gap);
  }
  for (double& v : map.values) v = std::max(v, 1e-6);  // below this both copies are equal for the eye (NaN stays)
  map.x_label = "iteration";
  map.unit = "MW";
  map.scale = HeatMap::Scale::logarithmic;
  return draw(map);
}

}  // namespace

void add_convergence_section(Page& page, const CoordinationView& view) {
  const auto& rows = view.data.convergence;
  page.section("Convergence",
               "The operators exchange boundary power and a price, nothing else. They agree when the two copies of "
               "every boundary power are equal.");
  const Axis iteration{"iteration", "", false, true};
  LineChart chart;
  chart.width = 510, chart.height = 290;
  chart.x = iteration;
  chart.label = "Mismatch over iterations";
  chart.y = {"largest mismatch, MW", "MW", true};
  chart.series = {from_rows("mismatch", rows, &ConvergenceRow::mismatch_mw)};
  if (const double limit = view.setting("tolerance_mw"); limit > 0)
    chart.rules = {{limit, "tolerance " + with_unit(limit, "MW"), ""}};
  page.figure("mismatch", "Power mismatch",
              "Largest difference between the transmission operator's and a hub's copy of a boundary power.",
              draw(chart), true);

  chart.label = "Multiplier change over iterations";
  chart.y = {"largest change of a price, $/MWh", "$/MWh", true};
  chart.series = {from_rows("price change", rows, &ConvergenceRow::multiplier_change, series_colour(3))};
  chart.rules.clear();
  if (const double limit = view.setting("tolerance_price"); limit > 0)
    chart.rules = {{limit, "tolerance " + with_unit(limit, "$/MWh"), ""}};
  page.figure("price_change", "Price change", "Largest change of a multiplier from one iteration to the next.",
              draw(chart), true);

  const double objective = number_at(view.data.summary, {"objective"}),
               bound = number_at(view.data.summary, {"lower_bound"});
  if (std::isfinite(objective)) {
    chart.label = "Objective deviation";
    chart.y = {"deviation from the final objective, %", "%", true};
    chart.series = {deviation("agents' objective", rows, &ConvergenceRow::objective, objective),
                    deviation("lower bound", rows, &ConvergenceRow::lower_bound, objective)};
    chart.rules.clear();
    if (std::isfinite(bound) && objective != bound)
      chart.rules = {
          {100.0 * std::abs(objective - bound) / std::max(std::abs(objective), 1e-12), "certified gap at the end", ""}};
    page.figure(
        "objective_deviation", "Objective",
        "How far the objective and the bound of each iteration are from the feasible joint schedule at the end.",
        draw(chart), true);
  }
  chart.label = "Seconds of the slowest agent";
  chart.y = {"slowest agent, s", "s", false, false, true};
  chart.series = {from_rows("slowest agent", rows, &ConvergenceRow::seconds_slowest_agent, series_colour(2))};
  chart.rules.clear();
  const nlohmann::json& run = member(view.data.summary, "coordination");
  BarChart stages{"Where the time went", "s", {}};
  for (const auto& [key, name] :
       {std::pair{"seconds_first_stage", "first-stage problems"}, std::pair{"seconds_recourse", "recourse problems"},
        std::pair{"seconds_iterations", "all iterations"},
        std::pair{"seconds_certification", "certification at the end"}})
    if (const double v = number_at(run, {key}); std::isfinite(v))
      stages.bars.push_back({name, v, series_colour(2), ""});
  page.figure("seconds_per_iteration", "Time per iteration",
              "Each operator works for itself, so the slowest one sets the pace of an iteration.", draw(chart), true);

  page.figure("stages", "Where the time went",
              "Seconds on the clock; first-stage and recourse problems are solved within the iterations and within the "
              "certification.",
              draw(stages));
  page.figure("mismatch_map", "Where the mismatch sits",
              "Largest mismatch over the hours for each hub (logarithmic colours). Dark: agreed.", mismatch_map(view));
  if (view.detail >= 0) {
    const std::string& hub = view.hubs[static_cast<std::size_t>(view.detail)];
    const int hour = liveliest_hour(view.data.boundary, hub);
    Trace t = trace_of(view.data.boundary, hub, hour);
    if (hour > 0 && t.mean.x.size() > 1) {
      t.transmission.name = "transmission", t.hub.name = hub;
      LineChart one;
      one.label = "One boundary power over the iterations";
      one.x = iteration;
      one.y = {"boundary power, MW", "MW"};
      one.series = {t.transmission, t.hub};
      one.height = 280;
      page.figure("boundary_trace", "Two copies of one boundary power",
                  "Import of " + hub + " in hour " + std::to_string(hour) +
                      ", where the copies moved most: both sides approach each other.",
                  draw(one));
    }
  }
}

void add_comparison_section(Page& page, const CoordinationView& view) {
  if (view.data.compared.empty()) return;
  page.section("Methods and cases compared", "Other runs of the same study beside this one.");
  std::vector<ComparedRun> runs;
  const std::string own =
      text_at(member(view.data.summary, "coordination"), "method", text_at(view.data.summary, "method"));
  const std::string& name = view.data.run_name;
  runs.push_back({!name.empty() ? name
                  : own.empty() ? "this run"
                                : own,
                  view.data.summary, view.data.convergence, view.data.boundary});
  runs.insert(runs.end(), view.data.compared.begin(), view.data.compared.end());
  // The monolith's objective is the measure when it is there, else the smallest feasible one.
  double reference = nan;
  for (const ComparedRun& r : runs) {
    const double objective = number_at(r.summary, {"objective"});
    if (r.name.find("monolith") != std::string::npos ||
        text_at(member(r.summary, "coordination"), "method") == "monolith") {
      reference = objective;
      break;
    }
    if (!(reference <= objective)) reference = objective;
  }
  HtmlTable methods{{"run", "status", "iterations", "time", "mismatch", "gap", "objective", "deviation"}, {}, {}, {1}};
  for (const ComparedRun& r : runs) {
    const double objective = number_at(r.summary, {"objective"});
    methods.rows.push_back({r.name, words(text_at(r.summary, "status", "–")),
                            number(number_at(r.summary, {"iterations"})), duration(number_at(r.summary, {"seconds"})),
                            with_unit(number_at(r.summary, {"mismatch_mw"}), "MW", 2),
                            number(number_at(r.summary, {"relative_gap"}), 2), money(objective),
                            with_unit(100.0 * (objective - reference) / std::max(std::abs(reference), 1e-12), "%", 3)});
  }
  page.table("Runs", "Deviation: from the monolith's objective where it was run, else from the smallest one.", methods);

  const auto chart_of = [&](std::string label, Axis y, const auto& series_of) {
    LineChart chart;
    chart.label = std::move(label);
    chart.x = {"iteration", "", false, true};
    chart.y = std::move(y);
    for (std::size_t k = 0; k < runs.size(); ++k) {
      chart.series.push_back(series_of(runs[k]));
      chart.series.back().name = runs[k].name;
      chart.series.back().colour = series_colour(static_cast<int>(k));
    }
    return draw(chart);
  };
  if (view.detail >= 0) {
    const std::string& hub = view.hubs[static_cast<std::size_t>(view.detail)];
    int hour = liveliest_hour(view.data.boundary, hub);
    for (const ComparedRun& r : runs)
      if (hour == 0) hour = liveliest_hour(r.boundary, hub);
    if (hour > 0)
      page.figure("compared_boundary", "One boundary power under each method",
                  "Import of " + hub + " in hour " + std::to_string(hour) + ", mean of both copies.",
                  chart_of("Boundary power by method", {"boundary power, MW", "MW"},
                           [&](const ComparedRun& r) { return trace_of(r.boundary, hub, hour).mean; }));
  }
  page.figure("compared_mismatch", "Mismatch", "Largest mismatch after each iteration.",
              chart_of("Mismatch by method", {"largest mismatch, MW", "MW", true}, [](const ComparedRun& r) {
                return from_rows("", r.convergence, &ConvergenceRow::mismatch_mw);
              }));
  page.figure("compared_objective", "Objective deviation",
              "Distance of each iteration's objective from the measure of the table.",
              chart_of("Objective deviation by method", {"deviation, %", "%", true}, [&](const ComparedRun& r) {
                return deviation("", r.convergence, &ConvergenceRow::objective, reference);
              }));
  page.figure("compared_seconds", "Time per iteration", "Seconds of the slowest agent.",
              chart_of("Seconds by method", {"slowest agent, s", "s", true}, [](const ComparedRun& r) {
                return from_rows("", r.convergence, &ConvergenceRow::seconds_slowest_agent);
              }));

  // The paper's Table II: costs down, runs across.
  std::vector<CostColumn> columns;
  HtmlTable costs{{"cost"}, {}, {}, {}};
  for (const ComparedRun& r : runs) {
    columns.push_back(cost_column(r.summary));
    costs.header.push_back(r.name);
  }
  const auto add_side = [&](const std::string& side, auto part) {
    std::vector<std::string> keys;
    for (const CostColumn& c : columns)
      for (const auto& [key, value] : c.*part)
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    std::vector<std::string> sum{side};
    for (const CostColumn& c : columns) {
      double all = 0;
      for (const auto& [key, value] : c.*part) all += value;
      sum.push_back(money(all));
    }
    costs.strong_rows.push_back(static_cast<int>(costs.rows.size()));
    costs.rows.push_back(std::move(sum));
    for (const std::string& key : keys) {
      std::vector<std::string> row{"– " + cost_title(key)};
      for (const CostColumn& c : columns) {
        const auto found =
            std::find_if((c.*part).begin(), (c.*part).end(), [&](const auto& e) { return e.first == key; });
        row.push_back(found == (c.*part).end() ? "–" : money(found->second));
      }
      costs.rows.push_back(std::move(row));
    }
  };
  add_side("Transmission", &CostColumn::transmission);
  add_side("Hubs", &CostColumn::hubs);
  const auto add_row = [&](const std::string& name, const auto& cell) {
    std::vector<std::string> row{name};
    for (const CostColumn& c : columns) row.push_back(cell(c));
    costs.rows.push_back(std::move(row));
  };
  add_row("Hubs' trade cost", [](const CostColumn& c) { return money(c.trade); });
  add_row("Mismatch", [](const CostColumn& c) { return with_unit(c.mismatch_percent, "%", 3); });
  add_row("Network loss of the hubs", [](const CostColumn& c) { return with_unit(c.loss_mwh, "MWh"); });
  add_row("Renewable curtailment (mean of agents)",
          [](const CostColumn& c) { return with_unit(c.curtailment_percent, "%", 3); });
  page.table("Costs", "Trade is paid from one agent to the other and is not part of the objective.", costs);
}

}  // namespace wattstein::report
