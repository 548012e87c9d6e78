#include "engine/report/coordination_report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"

namespace wattstein::report {

Page coordination_page(const CoordinationReportData& data) {
  const CoordinationView view(data);
  const nlohmann::json& s = data.summary;
  const std::string status = text_at(s, "status");
  std::string how = fmt::format("Coordination of a transmission network with {} {} over {} {}", view.hubs.size(),
                                view.hubs.size() == 1 ? "hub" : "hubs", view.hours, view.hours == 1 ? "hour" : "hours");
  const nlohmann::json& run = member(s, "coordination");  // the study's own entries
  for (const char* key : {"case", "model", "method"})
    if (const std::string word = text_at(run, key, text_at(s, key)); !word.empty())
      how += fmt::format(" · {} {}", key, words(word));
  if (const std::string device = text_at(s, "device"); !device.empty()) how += " · on " + device;
  if (const std::string version = text_at(s, "version"); !version.empty()) how += " · Wattstein " + version;
  Page page(text_at(s, "name", "coordination"), how, status.empty() ? "unknown" : status, tone_of_status(status));

  const double gap = number_at(s, {"relative_gap"}), mismatch = number_at(s, {"mismatch_mw"}),
               limit = view.setting("tolerance_mw");
  page.card({"Objective", money(number_at(s, {"objective"})), "certified feasible joint schedule"});
  page.card({"Lower bound", money(number_at(s, {"lower_bound"})), "certified, no schedule is cheaper"});
  page.card({"Relative gap", number(gap, 2), "between the two",
             std::isfinite(gap) ? (gap <= 1e-3 ? Tone::good : Tone::warning) : Tone::plain});
  page.card({"Mismatch", with_unit(mismatch, "MW", 2),
             limit > 0 ? "tolerance " + with_unit(limit, "MW") : "largest at a boundary",
             limit > 0 && std::isfinite(mismatch) ? (mismatch <= limit ? Tone::good : Tone::warning) : Tone::plain});
  page.card({"Iterations", number(number_at(s, {"iterations"}), 9), "of the coordination"});
  const double share = number_at(run, {"recourse_share"});
  page.card({"Time", duration(number_at(s, {"seconds"})),
             std::isfinite(share) ? with_unit(100 * share, "%", 2) + " in batched recourse" : "wall clock"});
  if (const double rate = number_at(run, {"recourse_per_second"}); rate > 0)
    page.card(
        {"Recourse problems", number(rate, 3) + "/s", number(number_at(run, {"recourse_problems"}), 4) + " solved"});
  if (const double memory = number_at(run, {"peak_memory_gb"}); memory > 0)
    page.card({"Peak memory", with_unit(memory, "GB", 3), "of the whole run"});

  if (const std::string message = text_at(s, "message"); !message.empty()) {
    page.section(status == "solved" ? "Note" : "Why there is no solution", "");
    page.paragraph(message);
  }
  add_convergence_section(page, view);
  add_system_section(page, view);
  add_exchange_section(page, view);
  add_schedule_section(page, view);
  add_hub_section(page, view);
  add_cost_section(page, view);
  add_uncertainty_section(page, view);
  add_comparison_section(page, view);

  page.raw_results(data.config_toml, s, "Log, last lines", data.log_tail);
  return page;
}

std::string coordination_report(const CoordinationReportData& data) {
  return coordination_page(data).html();
}

}  // namespace wattstein::report
