#include "engine/report/market_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/report/coordination_view.hpp"
#include "engine/report/feeder_chart.hpp"
#include "engine/report/format.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Json = nlohmann::json;

std::vector<double> numbers_of(const Json& list) {
  std::vector<double> out;
  if (list.is_array())
    for (const Json& v : list) out.push_back(v.is_number() ? v.get<double>() : nan);
  return out;
}

/// [m][h] -> row-major (M x hours), NaN where nothing stands.
std::vector<double> grid_of(const Json& rows, std::size_t count, std::size_t hours) {
  std::vector<double> out(count * hours, nan);
  if (!rows.is_array()) return out;
  for (std::size_t m = 0; m < std::min(count, rows.size()); ++m) {
    const auto row = numbers_of(rows[m]);
    std::copy_n(row.begin(), std::min(hours, row.size()), out.begin() + static_cast<std::ptrdiff_t>(m * hours));
  }
  return out;
}

std::vector<double> counting(std::size_t n) {
  std::vector<double> out;
  for (std::size_t k = 1; k <= n; ++k) out.push_back(static_cast<double>(k));
  return out;
}

std::string case_name(const Json& one) {
  const auto number = static_cast<int>(number_at(one, {"case"}));
  if (number == 1) return "Case 1: no network";
  if (number == 2) return "Case 2: operator corrects";
  const std::string surrogate = text_at(one, "surrogate");
  return surrogate.empty() || surrogate == "exact" ? "Case 3: exact predictions" : "Case 3: trained surrogate";
}

std::string case_colour(const Json& one) {
  return series_colour(static_cast<int>(number_at(one, {"case"})) - 1);
}

std::string percent(double share) {
  return with_unit(100.0 * share, "%", 4);
}

void add_comparison(Page& page, const Json& cases) {
  page.section("The cases beside each other",
               "Case 1 trades as if there were no network; in Case 2 the operator corrects every clearing; in Case 3 "
               "the microgrids predict its corrections and ask once, at the end.");
  HtmlTable table{{""}, {}, {}, {}};
  for (const Json& one : cases) table.header.push_back(case_name(one));
  const auto row = [&](const char* name, const auto& cell) {
    std::vector<std::string> cells{name};
    for (const Json& one : cases) cells.push_back(cell(one));
    table.rows.push_back(std::move(cells));
  };
  const double best = number_at(cases.front(), {"welfare"});
  row("Status", [](const Json& c) { return words(text_at(c, "status")); });
  row("Welfare", [](const Json& c) { return money(number_at(c, {"welfare"})); });
  if (number_at(cases.front(), {"case"}) == 1 && std::isfinite(best) && best != 0.0)
    row("– below Case 1",
        [&](const Json& c) { return with_unit(100.0 * (best - number_at(c, {"welfare"})) / std::abs(best), "%", 3); });
  row("Accepted when first asked", [](const Json& c) { return percent(number_at(c, {"acceptance_first"})); });
  row("Accepted at the end", [](const Json& c) { return percent(number_at(c, {"acceptance_ratio"})); });
  row("Traded", [](const Json& c) { return with_unit(number_at(c, {"traded_mwh"}), "MWh"); });
  row("Clearings", [](const Json& c) { return number(number_at(c, {"rounds"}), 9); });
  row("Operator's problems asked for", [](const Json& c) { return number(number_at(c, {"dso_calls"}), 9); });
  row("Messages with the operator", [](const Json& c) { return number(number_at(c, {"messages"}), 9); });
  row("Time", [](const Json& c) { return duration(number_at(c, {"case_seconds"})); });
  row("– in operator's problems", [](const Json& c) { return duration(number_at(c, {"dso_seconds"})); });
  row("Load shed by the operator", [](const Json& c) { return with_unit(number_at(c, {"shed_mwh"}), "MWh", 3); });
  row("Losses", [](const Json& c) { return with_unit(number_at(c, {"loss_mwh"}), "MWh"); });
  row("Lowest voltage", [](const Json& c) { return with_unit(number_at(c, {"ac", "voltage_min_pu"}), "p.u.", 5); });
  row("Highest voltage", [](const Json& c) { return with_unit(number_at(c, {"ac", "voltage_max_pu"}), "p.u.", 5); });
  row("– distance to the nearest limit", [](const Json& c) {
    const double margin = number_at(c, {"ac", "voltage_margin_pu"});
    return with_unit(std::abs(margin) < 1e-8 ? 0.0 : margin, "p.u.", 3);  // at the limit
  });
  row("Highest line loading", [](const Json& c) { return with_unit(number_at(c, {"ac", "loading_percent"}), "%"); });
  row("Relaxation exact in all hours", [](const Json& c) {
    const Json& tight = member(c, "tight");
    return std::string(!tight.is_boolean() ? "–" : tight.get<bool>() ? "yes" : "no");
  });
  page.table("Comparison",
             "Voltages and loading by AC power flow at the operator's dispatch of the last clearing. An operator's "
             "problem is one hour; predictions count as none.",
             table);
}

void add_convergence(Page& page, const Json& cases) {
  page.section("Convergence", "Round by round: the market is cleared, the corrections narrow the microgrids' limits.");
  const auto chart_of = [&](const char* label, Axis y, const char* key, double factor) {
    LineChart chart;
    chart.label = label;
    chart.x = {"round", "", false, true};
    chart.y = std::move(y);
    chart.width = 510, chart.height = 290;
    for (const Json& one : cases) {
      const Json& history = member(one, "history");
      if (!history.is_array() || history.empty() || number_at(one, {"case"}) == 1) continue;
      Series series{.name = case_name(one), .colour = case_colour(one)};
      // equal lines lie on top of each other: the later one is dashed so that both are seen
      series.dashed = !chart.series.empty();
      series.dots = history.size() <= 40;
      for (std::size_t r = 0; r < history.size(); ++r) {
        series.x.push_back(static_cast<double>(r + 1));
        series.y.push_back(factor * number_at(history[r], {key}));
      }
      chart.series.push_back(std::move(series));
    }
    return draw(chart);
  };
  page.figure("acceptance", "Accepted injections", "Share of microgrids and hours whose injection stands as proposed.",
              chart_of("Acceptance by round", {"accepted, %", "%"}, "accepted", 100.0), true);
  page.figure("welfare", "Welfare", "Of each clearing.",
              chart_of("Welfare by round", {"welfare, $", "$"}, "welfare", 1.0), true);
  page.figure("correction", "Largest correction", "Of any microgrid and hour.",
              chart_of("Largest correction by round", {"largest correction, MW", "MW", true}, "correction_mw", 1.0),
              true);
  page.figure("limits", "Largest change of a limit", "The rounds end when nothing moves any more.",
              chart_of("Change of limits by round", {"largest change of a limit, MW", "MW", true}, "moved_mw", 1.0),
              true);
}

void add_trades(Page& page, const MarketReportData& data) {
  const Json& s = data.summary;
  const std::size_t M = data.microgrids.size(), H = static_cast<std::size_t>(std::max(0, data.hours));
  page.section("Trades and acceptance", "The chosen case, last clearing. Export into the feeder is positive.");
  HeatMap map;
  map.rows = data.microgrids;
  for (std::size_t h = 1; h <= H; ++h) map.columns.push_back(std::to_string(h));
  map.x_label = "hour";
  map.unit = "MW";
  map.scale = HeatMap::Scale::diverging;
  map.low_word = "import", map.high_word = "export";
  map.label = "Net injections";
  map.values = grid_of(member(s, "net_mw"), M, H);
  page.figure("net", "Injections as cleared", "What each microgrid sells to (export) or buys from the others.",
              draw(map));
  map.label = "Corrections";
  map.low_word = "less export", map.high_word = "more export";
  map.values = grid_of(member(s, "correction_mw"), M, H);
  const auto net = grid_of(member(s, "net_mw"), M, H);
  std::size_t refused = 0;
  for (std::size_t k = 0; k < map.values.size(); ++k) {
    const double allowed = std::max(data.accept_relative * std::abs(net[k]), data.accept_absolute_mw);
    if (std::abs(map.values[k]) > allowed) ++refused;
    else map.values[k] = 0.0;  // within what counts as accepted
  }
  page.figure("corrections", "Corrections that count",
              refused == 0 ? "None: every injection stands as proposed."
                           : fmt::format("{} of {} injections are not accepted as proposed; the others are blank.",
                                         refused, map.values.size()),
              refused == 0 ? std::string() : draw(map));
}

void add_prices(Page& page, const MarketReportData& data) {
  const std::size_t M = data.microgrids.size(), H = static_cast<std::size_t>(std::max(0, data.hours));
  page.section("Prices", "");
  const auto chart_of = [&](const char* label, const char* key) {
    const auto values = grid_of(member(data.summary, key), M, H);
    LineChart chart;
    chart.label = label;
    chart.x = {"hour", "", false, true};
    chart.y = {"$/MWh", "$/MWh"};
    for (std::size_t m = 0; m < M; ++m)
      chart.series.push_back({.name = data.microgrids[m],
                              .x = counting(H),
                              .y = {values.begin() + static_cast<std::ptrdiff_t>(m * H),
                                    values.begin() + static_cast<std::ptrdiff_t>((m + 1) * H)},
                              .steps = true});
    return draw(chart);
  };
  page.figure("market_prices", "In the market",
              "What another MWh is worth to each microgrid. They differ where limits keep them from trading.",
              chart_of("Market prices by hour", "price_per_mwh"));
  page.figure("nodal_prices", "At the operator's buses",
              "Cost of another MWh of load at each microgrid's bus; corrections and shedding at their penalty prices "
              "stand out.",
              chart_of("Nodal prices by hour", "dso_price_per_mwh"));
}

void add_voltages(Page& page, const MarketReportData& data, const Json& cases) {
  page.section("The network after AC power flow", "The operator's dispatch under the full equations.");
  const auto& buses = data.system.buses;
  double low = nan, high = nan;  // limits, when all buses share them
  for (const SystemBus& b : buses) {
    low = std::isnan(low) || low == b.v_min_pu ? b.v_min_pu : -1.0;
    high = std::isnan(high) || high == b.v_max_pu ? b.v_max_pu : -1.0;
  }
  const auto rules = [&](LineChart& chart) {
    if (low > 0.0) chart.rules.push_back({low, fmt::format("lower limit {}", number(low)), ""});
    if (high > 0.0) chart.rules.push_back({high, fmt::format("upper limit {}", number(high)), ""});
  };
  LineChart profile;
  profile.label = "Voltages by bus";
  profile.x = {"bus, in the file's order", "", false, true};
  profile.y = {"voltage, p.u.", "p.u."};
  LineChart hours = profile;
  hours.label = "Voltages by hour";
  hours.x = {"hour", "", false, true};
  hours.width = 510, hours.height = 300;
  LineChart loading = hours;
  loading.label = "Line loading by hour";
  loading.y = {"highest line loading, %", "%", false, false, true};
  loading.rules = {{100.0, "limit", ""}};
  for (const Json& one : cases) {
    const Json& ac = member(one, "ac");
    const bool later = !profile.series.empty();
    const auto add = [&](LineChart& chart, const char* key, std::string name) {
      auto values = numbers_of(member(ac, key));
      if (values.empty()) return;
      const auto x = counting(values.size());
      chart.series.push_back({.name = std::move(name),
                              .x = x,
                              .y = std::move(values),
                              .colour = case_colour(one),
                              .dashed = later && number_at(one, {"case"}) == 3});
    };
    add(profile, "bus_voltage_min_pu", case_name(one));
    add(profile, "bus_voltage_max_pu", "");
    add(hours, "hour_voltage_min_pu", case_name(one));
    add(hours, "hour_voltage_max_pu", "");
    add(loading, "hour_loading_percent", case_name(one));
  }
  rules(profile), rules(hours);
  page.figure("voltages_by_bus", "Voltages by bus", "Lowest and highest voltage of each bus over the hours.",
              draw(profile));
  page.figure("voltages_by_hour", "Voltages by hour", "Lowest and highest voltage of any bus.", draw(hours), true);
  page.figure("loading_by_hour", "Line loading by hour", "The most loaded line.", draw(loading), true);
  const Json& ac = member(data.summary, "ac");
  page.figure("feeder", "The feeder", "The chosen case: buses by their lowest voltage, lines by their highest loading.",
              feeder_picture(data.system, numbers_of(member(ac, "bus_voltage_min_pu")),
                             numbers_of(member(ac, "line_loading_percent"))));
}

}  // namespace

Page market_page(const MarketReportData& data) {
  const Json& s = data.summary;
  const std::string status = text_at(s, "status");
  Page page(text_at(s, "name", "market"),
            fmt::format("Market of {} microgrids over {} hours · {}", data.microgrids.size(), data.hours, case_name(s)),
            status.empty() ? "unknown" : status, tone_of_status(status));
  const Json& cases = member(s, "cases");
  page.card({"Welfare", money(number_at(s, {"welfare"})), "of the last clearing"});
  page.card({"Accepted", percent(number_at(s, {"acceptance_ratio"})),
             percent(number_at(s, {"acceptance_first"})) + " when first asked"});
  page.card({"Operator's problems", number(number_at(s, {"dso_calls"}), 9),
             number(number_at(s, {"messages"}), 9) + " messages"});
  const double margin = number_at(s, {"ac", "voltage_margin_pu"});
  page.card({"Lowest voltage", with_unit(number_at(s, {"ac", "voltage_min_pu"}), "p.u.", 4),
             "highest " + with_unit(number_at(s, {"ac", "voltage_max_pu"}), "p.u.", 4) + ", by AC power flow",
             !std::isfinite(margin) ? Tone::plain
             : margin >= -1e-5      ? Tone::good
                                    : Tone::bad});
  page.card({"Time", duration(number_at(s, {"case_seconds"})), "of this case"});
  if (cases.is_array() && !cases.empty()) {
    add_comparison(page, cases);
    add_convergence(page, cases);
  }
  add_trades(page, data);
  add_prices(page, data);
  if (cases.is_array()) add_voltages(page, data, cases);
  page.raw_results(data.config_toml, s, "Log, last lines", data.log_tail);
  return page;
}

std::string market_report(const MarketReportData& data) {
  return market_page(data).html();
}

}  // namespace wattstein::report
