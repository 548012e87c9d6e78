#include "engine/report/comparison_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/report/coordination_view.hpp"
#include "engine/report/format.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
Page comparison_page(const ComparisonData& data) {
  const nlohmann::json& s = data.summary;
  const std::string status = text_at(s, "status", "unknown");
  const char* what = data.by_methods ? "methods" : "cases";
  Page page(
      text_at(s, "name", "compare"),
      fmt::format("{} {} of one study side by side · Wattstein {}", data.runs.size(), what, text_at(s, "version")),
      status, tone_of_status(status));
  for (const ComparedRun& run : data.runs) {
    const std::string own = text_at(run.summary, "status", "unknown");
    page.card({run.name, money(number_at(run.summary, {"objective"})),
               fmt::format("{} iterations, {}", number(number_at(run.summary, {"iterations"}), 9),
                           duration(number_at(run.summary, {"seconds"}))),
               tone_of_status(own)});
  }
  if (const double held = number_at(s, {"directions_held"}); std::isfinite(held))
    page.card({"The paper's directions",
               fmt::format("{} of {}", number(held, 9), number(number_at(s, {"directions_checked"}), 9)),
               "hold on this system", Tone::plain});
  page.section(data.by_methods ? "Methods" : "Cases", "");
  for (const NamedTable& table : data.tables) page.table(table.title, table.caption, table.table);

  CoordinationReportData first = data.first;
  first.compared.assign(data.runs.begin() + (data.runs.empty() ? 0 : 1), data.runs.end());
  if (!data.runs.empty()) first.run_name = data.runs.front().name;
  add_comparison_section(page, CoordinationView(first));
  page.raw_results(data.config_toml, s, "Log", data.log);
  return page;
}

Page scaling_page(const ScalingData& data) {
  const nlohmann::json& s = data.summary;
  const std::string status = text_at(s, "status", "unknown");
  Page page(text_at(s, "name", "scaling"),
            fmt::format("{} points · Wattstein {}", data.points.size(), text_at(s, "version")), status,
            tone_of_status(status));
  std::vector<int> sample_counts;
  for (const auto& p : data.points)
    if (std::find(sample_counts.begin(), sample_counts.end(), p.samples) == sample_counts.end())
      sample_counts.push_back(p.samples);
  if (!data.points.empty()) {
    const auto largest = std::max_element(data.points.begin(), data.points.end(), [](const auto& a, const auto& b) {
      return a.hubs * a.samples < b.hubs * b.samples;
    });
    page.card({"Largest point", fmt::format("{} hubs, {} samples", largest->hubs, largest->samples),
               words(largest->status), tone_of_status(largest->status)});
    page.card({"Its time", duration(largest->seconds), duration(largest->processor_seconds) + " of processor time"});
    page.card({"Its memory", with_unit(largest->peak_memory_gb, "GB", 3), "most at any moment"});
  }
  for (const auto& fit : data.fits)
    if (std::isfinite(fit.hubs) || std::isfinite(fit.samples))
      page.card({"Exponents: " + fit.figure,
                 fmt::format("hubs {}, samples {}", number(fit.hubs, 3), number(fit.samples, 3)),
                 "R² " + number(fit.r_squared, 3)});

  page.section("How it scales", "Both axes are logarithmic: a straight line is a power law, its slope the exponent.");
  const auto chart = [&](std::string_view file, std::string_view title, std::string_view caption, Axis y,
                         double ScalingPoint::*value) {
    LineChart lines;
    lines.label = std::string(title);
    lines.width = 510, lines.height = 300;
    lines.x = {"hubs", "", true};
    lines.y = std::move(y);
    for (const int count : sample_counts) {
      Series series;
      series.name = fmt::format("{} samples", count);
      series.dots = true;
      for (const auto& p : data.points)
        if (p.samples == count) series.x.push_back(p.hubs), series.y.push_back(p.*value);
      lines.series.push_back(std::move(series));
    }
    page.figure(file, title, caption, draw(lines), true);
  };
  chart("scaling_time", "Time on the clock", "Whole run: reading, coordination, certification.", {"time, s", "s", true},
        &ScalingPoint::seconds);
  chart("scaling_processor", "Processor time", "Of all threads; does not depend on what else the machine did.",
        {"processor time, s", "s", true}, &ScalingPoint::processor_seconds);
  chart("scaling_memory", "Peak memory", "Largest resident memory of the point.", {"memory, GB", "GB", true},
        &ScalingPoint::peak_memory_gb);
  chart("scaling_iterations", "Iterations", "Of the coordination.", {"iterations", "", true},
        &ScalingPoint::iterations);

  StackedChart shares;
  shares.label = "Where the time goes";
  shares.x_label = "hubs × samples";
  shares.y_label = "share of the time, %";
  shares.unit = "%";
  shares.stacks = {{"recourse problems", {}, series_colour(0)},
                   {"first-stage problems", {}, series_colour(1)},
                   {"worst-case search and the rest", {}, series_colour(2)}};
  for (const auto& p : data.points) {
    shares.columns.push_back(fmt::format("{}×{}", p.hubs, p.samples));
    shares.stacks[0].values.push_back(100.0 * p.share_recourse);
    shares.stacks[1].values.push_back(100.0 * p.share_first_stage);
    shares.stacks[2].values.push_back(100.0 * p.share_rest);
  }
  page.figure("scaling_shares", "Where the time goes",
              "Recourse: the batches of second-stage problems. First stage: the agents' own problems. The rest: sweeps "
              "of the dual pools, the certificate's lattice, cuts, messages.",
              draw(shares));

  HtmlTable table{{"hubs", "samples", "status", "time", "processor time", "iterations", "gap", "mismatch", "memory",
                   "recourse", "first stage", "worst case, rest"},
                  {},
                  {},
                  {2}};
  for (const auto& p : data.points)
    table.rows.push_back({std::to_string(p.hubs), std::to_string(p.samples), words(p.status), duration(p.seconds),
                          duration(p.processor_seconds), number(p.iterations, 9), number(p.relative_gap, 2),
                          with_unit(p.mismatch_mw, "MW", 2), with_unit(p.peak_memory_gb, "GB", 3),
                          with_unit(100.0 * p.share_recourse, "%", 2), with_unit(100.0 * p.share_first_stage, "%", 2),
                          with_unit(100.0 * p.share_rest, "%", 2)});
  page.table("Points", "", table);
  HtmlTable fits{{"figure", "exponent of hubs", "exponent of samples", "R²", "points"}, {}, {}, {}};
  for (const auto& f : data.fits)
    fits.rows.push_back(
        {f.figure, number(f.hubs, 3), number(f.samples, 3), number(f.r_squared, 3), std::to_string(f.points)});
  page.table("Fitted power laws",
             "figure = c · hubs^a · samples^b, least squares on the logarithms of the solved points.", fits);
  for (const auto& note : data.notes) page.paragraph(note);
  page.raw_results(data.config_toml, s, "Log", data.log);
  return page;
}

}  // namespace wattstein::report
