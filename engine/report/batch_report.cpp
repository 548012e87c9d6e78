#include "engine/report/batch_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

// batch.md, codes 0 to 7, and the palette colour of each.
constexpr std::array<const char*, 8> status_words{"solved",          "solved_inaccurate", "primal_infeasible",
                                                  "dual_infeasible", "iteration_limit",   "time_limit",
                                                  "numerical_error", "invalid_data"};
constexpr std::array<int, 8> status_colours{2, 4, 0, 9, 1, 6, 3, 7};

Histogram residuals(const char* label, const std::vector<double>& values, const std::vector<std::int8_t>& status,
                    const char* axis, double tolerance) {
  Histogram h;
  h.label = label;
  h.x = {axis, "", true};
  for (std::size_t k = 0; k < values.size(); ++k)
    if (k >= status.size() || status[k] <= 1) h.values.push_back(std::abs(values[k]));
  if (tolerance > 0) h.marks = {{tolerance, "tolerance", ""}};
  return h;
}

}  // namespace

Page batch_page(const BatchReportData& data) {
  const nlohmann::json& s = data.summary;
  const nlohmann::json& b = member(s, "batch");
  const std::string status = text_at(s, "status");
  const double problems = number_at(b, {"problems"});
  std::string how = fmt::format("Batch of {} problems, {} variables and {} rows each", number(problems, 12),
                                number(number_at(b, {"variables"}), 12), number(number_at(b, {"rows"}), 12));
  if (const std::string method = text_at(b, "method"); !method.empty()) how += " · method " + method;
  if (const std::string device = text_at(b, "device", text_at(s, "device")); !device.empty()) how += " · on " + device;
  Page page(text_at(s, "name", "batch"), how, status.empty() ? "unknown" : status, tone_of_status(status));

  std::array<double, 8> counts{};
  for (const std::int8_t code : data.status)
    if (code >= 0 && code < 8) counts[static_cast<std::uint8_t>(code)] += 1;
  if (data.status.empty())
    for (std::size_t k = 0; k < 8; ++k)
      if (const double c = number_at(b, {"count", status_words[k]}); std::isfinite(c)) counts[k] = c;
  page.card({"Solved", fmt::format("{} of {}", number(counts[0] + counts[1], 12), number(problems, 12)),
             "solved or solved inaccurately"});
  page.card({"Problems per second", number(number_at(b, {"problems_per_second"}), 4), "set-up and solution"});
  page.card({"Time", duration(number_at(s, {"seconds"})), "wall clock"});
  page.card({"Iterations", number(number_at(b, {"iterations_median"}), 9),
             "median, at most " + number(number_at(b, {"iterations_max"}), 9)});
  page.card({"Largest residual",
             number(std::fmax(number_at(b, {"primal_residual_max"}), number_at(b, {"dual_residual_max"})), 2),
             "unscaled, of the solved ones"});
  const double errors = number_at(b, {"reference", "objective_error_max"});
  if (std::isfinite(errors))
    page.card({"Against the reference", number(errors, 2), "largest relative difference of an objective"});

  page.section("What became of the problems", "");
  BarChart bars;
  bars.label = "Problems by status";
  for (std::size_t k = 0; k < 8; ++k)
    if (counts[k] > 0) bars.bars.push_back({words(status_words[k]), counts[k], series_colour(status_colours[k]), ""});
  page.figure("status", "Status", "Number of problems that ended so.", draw(bars));
  const auto seconds = [&](const char* key, const char* name) {
    return Bar{name, number_at(b, {key}), series_colour(2), ""};
  };
  BarChart time{"Seconds by stage",
                "s",
                {seconds("seconds_read", "reading"), seconds("seconds_setup", "set-up"),
                 seconds("seconds_solve", "solution"), seconds("seconds_write", "writing")}};
  page.figure("stages", "Where the time went", "Wall time of each stage.", draw(time));

  page.section("Effort and accuracy",
               "Residuals are the unscaled ones of the problems as given, recomputed outside the solver.");
  Histogram iterations;
  iterations.label = "Iterations";
  for (std::size_t k = 0; k < data.iterations.size(); ++k)
    if (k >= data.status.size() || data.status[k] != 7)
      iterations.values.push_back(static_cast<double>(data.iterations[k]));
  iterations.x = {"iterations", "", false, true};
  double most = 0, least = 1e300;
  for (const double v : iterations.values) most = std::max(most, v), least = std::min(least, v);
  if (most > 300 && most > 30 * std::max(least, 1.0))
    iterations.x = {"iterations", "", true};  // first-order methods spread widely
  page.figure("iterations", "Iterations", "Problems by the iterations they needed.", draw(iterations), true);
  Histogram bound_gap = residuals("Bound gap", {}, {}, "certified gap, relative", data.tolerance);
  for (std::size_t k = 0; k < std::min(data.objective.size(), data.bound.size()); ++k)
    if (k >= data.status.size() || data.status[k] <= 1)
      bound_gap.values.push_back(std::abs(data.objective[k] - data.bound[k]) / (1.0 + std::abs(data.objective[k])));
  page.figure("bound_gap", "Certified gap",
              "Difference between the objective and the certified bound, relative to 1 + |objective|.", draw(bound_gap),
              true);
  page.figure("primal_residual", "Primal residual", "Largest violation of a row or bound, problem by problem.",
              draw(residuals("Primal residual", data.primal_residual, data.status, "primal residual", data.tolerance)),
              true);
  page.figure("dual_residual", "Dual residual", "Largest violation of stationarity, problem by problem.",
              draw(residuals("Dual residual", data.dual_residual, data.status, "dual residual", data.tolerance)), true);
  page.figure(
      "reference_error", "Difference from the reference", "|objective − reference| / (1 + |reference|).",
      draw(residuals("Reference error", data.reference_error, data.status, "relative difference", data.tolerance)),
      true);
  page.figure("duality_gap", "Duality gap", "|primal − dual objective|, absolute.",
              draw(residuals("Duality gap", data.gap, data.status, "gap", 0.0)), true);

  page.raw_results(data.config_toml, s, "Log, last lines", data.log_tail);
  return page;
}

std::string batch_report(const BatchReportData& data) {
  return batch_page(data).html();
}

}  // namespace wattstein::report
