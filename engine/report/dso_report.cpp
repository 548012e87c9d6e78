#include "engine/report/dso_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  h.y_label = "proposals";
  h.marks = std::move(marks);
  return draw(h);
}

/// Spread over more than two powers of ten: a logarithmic axis shows more.
bool wide(const std::vector<double>& values) {
  double least = 1e300, most = 0.0;
  for (const double v : values) {
    if (!(v > 0.0)) return false;
    least = std::min(least, v), most = std::max(most, v);
  }
  return most > 100.0 * least;
}

void add_outcome(Page& page, const nlohmann::json& s) {
  page.section("What became of the proposals", "");
  BarChart bars;
  bars.label = "Proposals by status";
  for (const auto& [key, name, colour] :
       {std::tuple{"solved", "solved", 2}, {"infeasible", "infeasible, proved", 0}, {"unsolved", "not solved", 3}})
    if (const double n = number_at(s, {key}); n > 0) bars.bars.push_back({name, n, series_colour(colour), ""});
  page.figure("status", "Status", "A proposal counts as solved when its row, recomputed, meets its certified bound.",
              draw(bars));
  const auto& dataset = member(s, "dataset");
  if (const auto& rows = member(dataset, "rows"); rows.is_object()) {
    HtmlTable table{{"folder", "rows"}, {}, {}, {}};
    for (const auto& [folder, count] : rows.items())
      table.rows.push_back({folder, number(count.is_number() ? count.get<double>() : NAN, 12)});
    page.table("Data set", "Rows by split; those that were not solved stand in the infeasible folders.", table);
  }
  BarChart time{"Where the time went", "s", {}};
  for (const auto& [key, name] : {std::pair{"seconds_sample", "drawing"},
                                  {"seconds_assemble", "assembling"},
                                  {"seconds_solve", "solving"},
                                  {"seconds_judge", "judging"},
                                  {"seconds_verify", "AC power flow"},
                                  {"seconds_write", "writing (beside solving)"},
                                  {"seconds_wait", "waiting for the disk"}})
    if (const double v = number_at(dataset, {key}); std::isfinite(v))
      time.bars.push_back({name, v, series_colour(2), ""});
  if (!time.bars.empty())
    page.figure("stages", "Where the time went", "Seconds on the clock of each stage.", draw(time));
}

/// Where the certificates of the infeasible rows point to.
void add_rays(Page& page, const DsoReportData& data) {
  BarChart bars{"Infeasible rows by bus", "", {}};
  for (std::size_t n = 0; n < std::min(data.ray_largest.size(), data.system.buses.size()); ++n)
    if (data.ray_largest[n] > 0.0)
      bars.bars.push_back({"bus " + data.system.buses[n].name, data.ray_largest[n], series_colour(0), ""});
  if (bars.bars.empty()) return;
  std::stable_sort(bars.bars.begin(), bars.bars.end(), [](const Bar& a, const Bar& b) { return a.value > b.value; });
  if (bars.bars.size() > 15) bars.bars.resize(15);
  page.figure(
      "rays", "Infeasible proposals by bus",
      "The ray of an infeasible row (SOC/ray.h5) prices power at every bus: rows by the bus where that price is "
      "largest in size, where power is most lacking or in excess. The fifteen most frequent.",
      draw(bars));
}

}  // namespace

Page dso_page(const DsoReportData& data) {
  const nlohmann::json& s = data.summary;
  const std::string status = text_at(s, "status");
  Page page(text_at(s, "name", "operator's responses"),
            fmt::format("Responses of the operator of {} buses to {} proposals", data.system.buses.size(),
                        number(number_at(s, {"count"}), 12)),
            status.empty() ? "unknown" : status, tone_of_status(status));
  const double unsolved = number_at(s, {"unsolved"});
  page.card(
      {"Solved", number(number_at(s, {"solved"}), 12),
       fmt::format("{} infeasible, {} not solved", number(number_at(s, {"infeasible"}), 12), number(unsolved, 12)),
       unsolved == 0 ? Tone::good : Tone::warning});
  if (const double speed = number_at(s, {"dataset", "samples_per_second"}); std::isfinite(speed))
    page.card({"Rows per second", number(speed, 4), "from the first draw to closed files"});
  page.card({"Mean cost", money(number_at(s, {"objective"})) + "/h",
             "relative gap " + number(number_at(s, {"relative_gap"}), 2)});
  const double untight = number_at(s, {"untight"});
  page.card({"Relaxation", untight == 0 ? "exact" : number(untight, 12) + " not exact", "responses",
             untight == 0 ? Tone::good : Tone::warning});
  const double beyond = number_at(s, {"ac", "beyond"}), lost = number_at(s, {"ac", "not_converged"});
  if (std::isfinite(beyond))
    page.card({"AC power flow", beyond + lost == 0 ? "within limits" : number(beyond + lost, 12) + " beyond limits",
               fmt::format("{} to {} p.u.", number(number_at(s, {"ac", "voltage_min_pu"}), 5),
                           number(number_at(s, {"ac", "voltage_max_pu"}), 5)),
               beyond + lost == 0 ? Tone::good : Tone::bad});

  add_outcome(page, s);
  add_rays(page, data);

  page.section("Responses", data.looked_at < data.rows ? fmt::format("The first {} of {} rows.",
                                                                     number(static_cast<double>(data.looked_at), 12),
                                                                     number(static_cast<double>(data.rows), 12))
                                                       : std::string());
  page.figure(
      "correction", "Largest correction", "Of any microgrid, proposal by proposal.",
      histogram("Largest correction", data.correction_mw, {"largest correction, MW", "MW", wide(data.correction_mw)}),
      true);
  page.figure("cost", "Cost", "Optimal cost of the operator.",
              histogram("Cost", data.objective, {"cost, $/h", "$/h", wide(data.objective)}), true);
  page.figure(
      "gap", "Certified gap", "Cost less its certified bound, relative to 1 + |cost|.",
      histogram("Certified gap", data.gap, {"certified gap, relative", "", true},
                data.tolerance > 0 ? std::vector<Rule>{{data.tolerance, "tolerance", ""}} : std::vector<Rule>{}),
      true);
  page.figure("iterations", "Iterations", "Of the interior point, the second solution with the cap included.",
              histogram("Iterations", data.iterations, {"iterations", "", false, true}), true);
  HtmlTable table{{"microgrid", "accepted", "mean |correction|"}, {}, {}, {}};
  for (const auto& m : data.microgrids)
    table.rows.push_back({m.name, with_unit(100.0 * m.accepted / std::max(m.proposals, 1.0), "%"),
                          with_unit(m.correction_mw / std::max(m.proposals, 1.0), "MW", 3)});
  if (!table.rows.empty()) page.table("Microgrids", "Of the main sample.", table);

  page.section("The network after AC power flow",
               "Responses whose relaxation is exact, under the full equations; voltages of the others mean nothing.");
  page.figure("lowest_voltage", "Lowest voltage", "Of any bus, response by response.",
              histogram("Lowest voltage", data.voltage_min_pu, {"lowest voltage, p.u.", "p.u."}), true);
  page.figure("highest_voltage", "Highest voltage", "Of any bus, response by response.",
              histogram("Highest voltage", data.voltage_max_pu, {"highest voltage, p.u.", "p.u."}), true);
  page.figure("feeder", "The feeder",
              "Buses by their lowest voltage (stronger colour: lower), lines by their highest loading.",
              feeder_picture(data.system, data.bus_voltage_min_pu, data.line_loading_percent));

  page.raw_results(data.config_toml, s, "Log, last lines", data.log_tail);
  return page;
}

std::string dso_report(const DsoReportData& data) {
  return dso_page(data).html();
}

}  // namespace wattstein::report
