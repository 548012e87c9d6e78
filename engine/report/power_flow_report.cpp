#include "engine/report/power_flow_report.hpp"

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

std::vector<double> numbers_at(const nlohmann::json& json, std::string_view key) {
  std::vector<double> out;
  const nlohmann::json& list = member(json, key);
  if (list.is_array())
    for (const nlohmann::json& v : list) out.push_back(v.is_number() ? v.get<double>() : nan);
  return out;
}

/// Value at the fraction q of the sorted finite values; NaN without any.
double quantile(std::vector<double> values, double q) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  if (values.empty()) return nan;
  const auto at = std::lround(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

Histogram histogram(const char* label, std::vector<double> values, Axis x) {
  Histogram h;
  h.label = label;
  h.values = std::move(values);
  h.x = std::move(x);
  h.y_label = "scenarios";
  return h;
}

}  // namespace

Page power_flow_page(const PowerFlowReportData& data) {
  const nlohmann::json& s = data.summary;
  const std::string status = text_at(s, "status");
  const double scenarios = number_at(s, {"scenarios"}), converged = number_at(s, {"converged_count"});
  std::string how = fmt::format("AC power flow of {} scenarios", number(scenarios, 12));
  if (const std::string device = text_at(s, "device"); !device.empty()) how += " · on " + device;
  Page page(text_at(s, "name", "power flow"), how, status.empty() ? "unknown" : status, tone_of_status(status));

  const std::vector<double> losses = numbers_at(s, "loss_mw"), v_min = numbers_at(s, "v_min_pu"),
                            v_max = numbers_at(s, "v_max_pu"), iterations = numbers_at(s, "iterations");
  page.card({"Converged", fmt::format("{} of {}", number(converged, 12), number(scenarios, 12)), "scenarios",
             converged == scenarios ? Tone::good : Tone::warning});
  page.card({"Lowest voltage", with_unit(number_at(s, {"worst", "v_min_pu"}), "p.u.", 5), "over all scenarios"});
  page.card({"Highest voltage", with_unit(number_at(s, {"worst", "v_max_pu"}), "p.u.", 5), "over all scenarios"});
  page.card({"Losses", with_unit(quantile(losses, 0.5), "MW"), "median scenario"});
  page.card({"Time", duration(number_at(s, {"seconds"})), "wall clock"});

  page.section("Voltages", "How far the voltage of each bus moves over the scenarios.");
  const std::size_t n = data.buses.size();
  const std::size_t rows = n > 0 ? data.vm_pu.size() / n : 0;
  Series median{.name = "median"};
  Band all{"all scenarios", {}, {}, {}, series_colour(4)}, most{"5 % to 95 %", {}, {}, {}, series_colour(0)};
  std::vector<double> column(rows);
  for (std::size_t i = 0; i < n && rows > 0; ++i) {
    for (std::size_t r = 0; r < rows; ++r) column[r] = data.vm_pu[r * n + i];
    for (std::vector<double>* x : {&median.x, &all.x, &most.x}) x->push_back(static_cast<double>(i + 1));
    median.y.push_back(quantile(column, 0.5));
    all.low.push_back(quantile(column, 0.0)), all.high.push_back(quantile(column, 1.0));
    most.low.push_back(quantile(column, 0.05)), most.high.push_back(quantile(column, 0.95));
  }
  LineChart profile;
  profile.label = "Voltage envelope";
  profile.x = {"bus, in the file's order", "", false, true};
  profile.y = {"voltage, p.u.", "p.u."};
  profile.series = {median};
  if (rows > 1) profile.bands = {all, most};
  const auto limit = [&](const std::vector<double>& limits, const char* name) {
    if (limits.size() == n && n > 0 &&
        std::all_of(limits.begin(), limits.end(), [&](double v) { return v == limits[0]; }) && std::isfinite(limits[0]))
      profile.rules.push_back({limits[0], fmt::format("{} limit {}", name, number(limits[0])), ""});
  };
  limit(data.v_min_pu, "lower");
  limit(data.v_max_pu, "upper");
  page.figure("voltage_envelope", "Voltage envelope", "Median, and the range of the scenarios.", draw(profile));
  page.figure("network", "The network",
              data.line_loading_percent.empty()
                  ? "Buses by their lowest voltage (stronger colour: lower)."
                  : "Buses by their lowest voltage (stronger colour: lower), lines by their highest loading.",
              feeder_picture(data.system, all.low, data.line_loading_percent));
  page.figure("lowest_voltage", "Lowest voltage", "Scenarios by their lowest voltage.",
              draw(histogram("Lowest voltage", v_min, {"lowest voltage, p.u.", "p.u."})), true);
  page.figure("highest_voltage", "Highest voltage", "Scenarios by their highest voltage.",
              draw(histogram("Highest voltage", v_max, {"highest voltage, p.u.", "p.u."})), true);

  page.section("Losses and convergence", "");
  page.figure("losses", "Losses", "Scenarios by their active power loss.",
              draw(histogram("Losses", losses, {"losses, MW", "MW"})), true);
  page.figure("iterations", "Iterations", "Scenarios by the iterations they needed.",
              draw(histogram("Iterations", iterations, {"iterations", "", false, true})), true);

  page.raw_results(data.config_toml, s, "Log, last lines", data.log_tail);
  return page;
}

std::string power_flow_report(const PowerFlowReportData& data) {
  return power_flow_page(data).html();
}

}  // namespace wattstein::report
