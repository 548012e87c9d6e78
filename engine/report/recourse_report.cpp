#include "engine/report/recourse_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/report/coordination_view.hpp"
#include "engine/report/feeder_chart.hpp"
#include "engine/report/format.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

std::string histogram(const char* label, const std::vector<double>& values, Axis x, std::vector<Rule> marks = {}) {
  Histogram h;
  h.label = label;
  h.values = values;
  h.x = std::move(x);
  h.y_label = "rows";
  h.marks = std::move(marks);
  return draw(h);
}

void add_outcome(Page& page, const nlohmann::json& s) {
  page.section("What became of the rows",
               "Load can always be shed and surplus spilled, so that no row is infeasible and none has a ray.");
  BarChart bars{"Rows by status", "", {}};
  for (const auto& [key, name, colour] : {std::tuple{"solved", "solved", 2}, {"unsolved", "not solved", 3}})
    if (const double n = number_at(s, {key}); n > 0) bars.bars.push_back({name, n, series_colour(colour), ""});
  page.figure("status", "Status", "A row counts as solved when, recomputed, it meets its certified bound.", draw(bars));
  const auto& dataset = member(s, "dataset");
  if (const auto& rows = member(dataset, "rows"); rows.is_object()) {
    HtmlTable table{{"folder", "rows"}, {}, {}, {}};
    for (const auto& [folder, count] : rows.items())
      table.rows.push_back({folder, number(count.is_number() ? count.get<double>() : NAN, 12)});
    page.table("Data set", "Rows by split; those that were not solved stand in the infeasible folder.", table);
  }
  BarChart time{"Where the time went", "s", {}};
  for (const auto& [key, name] :
       {std::pair{"seconds_sample", "drawing"}, {"seconds_solve", "solving"}, {"seconds_write", "writing"}})
    if (const double v = number_at(dataset, {key}); std::isfinite(v))
      time.bars.push_back({name, v, series_colour(2), ""});
  if (!time.bars.empty())
    page.figure("stages", "Where the time went", "Seconds on the clock of each stage.", draw(time));
}

/// The lines that are most often at a limit.
void add_lines(Page& page, const RecourseReportData& data) {
  page.section("The network", "");
  page.figure("network", "The network", "Lines by their highest loading in any row.",
              feeder_picture(data.system, {}, data.line_loading_percent));
  std::vector<std::size_t> order(std::min(data.bound_share.size(), data.system.lines.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&data](std::size_t a, std::size_t b) { return data.bound_share[a] > data.bound_share[b]; });
  BarChart bars{"Lines at their limits", "%", {}};
  for (const std::size_t l : order) {
    if (!(data.bound_share[l] > 0.0) || bars.bars.size() == 15) break;
    bars.bars.push_back({data.system.lines[l].name, 100.0 * data.bound_share[l], series_colour(0), ""});
  }
  if (!bars.bars.empty())
    page.figure("binding", "Lines at their limits", "Share of the rows; the fifteen most frequent.", draw(bars));
}

}  // namespace

Page recourse_page(const RecourseReportData& data) {
  const nlohmann::json& s = data.summary;
  const std::string status = text_at(s, "status");
  Page page(text_at(s, "name", "recourse data set"),
            fmt::format("{} second-stage problems of a transmission system of {} buses",
                        number(number_at(s, {"count"}), 12), data.system.buses.size()),
            status.empty() ? "unknown" : status, tone_of_status(status));
  const double unsolved = number_at(s, {"unsolved"});
  page.card({"Solved", number(number_at(s, {"solved"}), 12), number(unsolved, 12) + " not solved",
             unsolved == 0 ? Tone::good : Tone::warning});
  if (const double speed = number_at(s, {"dataset", "samples_per_second"}); std::isfinite(speed))
    page.card({"Rows per second", number(speed, 4), "from the first draw to closed files"});
  page.card(
      {"Mean cost", money(number_at(s, {"objective"})), "relative gap " + number(number_at(s, {"relative_gap"}), 2)});
  const auto shedding = std::count_if(data.shed_mw.begin(), data.shed_mw.end(), [](double v) { return v > 1e-3; });
  if (!data.shed_mw.empty())
    page.card({"Rows that shed load",
               with_unit(100.0 * static_cast<double>(shedding) / static_cast<double>(data.shed_mw.size()), "%"),
               "more than 1 kW"});

  add_outcome(page, s);
  page.section("Rows", data.looked_at < data.rows
                           ? fmt::format("The first {} of {} rows.", number(static_cast<double>(data.looked_at), 12),
                                         number(static_cast<double>(data.rows), 12))
                           : std::string());
  page.figure("cost", "Cost", "Of the second stage, of one period.",
              histogram("Cost", data.objective, {"cost, $", "$"}), true);
  page.figure("deployed", "Reserves deployed", "Up and down, all units together.",
              histogram("Reserves deployed", data.deployed_mw, {"deployed, MW", "MW"}), true);
  page.figure("price", "Price", "Mean of the buses' prices.", histogram("Price", data.price, {"price, $/MWh", "$/MWh"}),
              true);
  page.figure("shed", "Load shed", "All buses together.", histogram("Load shed", data.shed_mw, {"shed, MW", "MW"}),
              true);
  page.figure(
      "gap", "Certified gap", "Cost less its certified bound, relative to 1 + |cost|.",
      histogram("Certified gap", data.gap, {"certified gap, relative", "", true},
                data.tolerance > 0 ? std::vector<Rule>{{data.tolerance, "tolerance", ""}} : std::vector<Rule>{}),
      true);
  page.figure("iterations", "Iterations", "Of the solver.",
              histogram("Iterations", data.iterations, {"iterations", "", false, true}), true);
  add_lines(page, data);

  page.raw_results(data.config_toml, s, "Log, last lines", data.log_tail);
  return page;
}

std::string recourse_report(const RecourseReportData& data) {
  return recourse_page(data).html();
}

}  // namespace wattstein::report
