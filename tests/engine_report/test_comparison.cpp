// Pages of studies made of many runs: well formed, whatever is missing.

#include <gtest/gtest.h>

#include <limits>

#include "engine/report/comparison_report.hpp"
#include "tests/engine_report/markup.hpp"
#include "tests/engine_report/sample_data.hpp"

using namespace wattstein;
using namespace wattstein::report;
using wattstein::tests::read_markup;
using wattstein::tests::sample_run;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

void expect_good_page(const std::string& html) {
  const auto markup = read_markup(html);
  EXPECT_EQ(markup.error, "");
  for (const char* outside : {"src=", "@import", "<script", "<link"}) EXPECT_EQ(html.find(outside), std::string::npos);
  for (const std::string& text : markup.texts) EXPECT_NE(text, "nan");
}

bool shows(const std::string& html, const std::string& text) {
  return html.find(text) != std::string::npos;
}

}  // namespace

TEST(ComparisonPage, ShowsItsTablesAndEveryRun) {
  ComparisonData data;
  data.summary = {{"name", "compare <1>"}, {"status", "solved"}, {"directions_held", 7}, {"directions_checked", 9}};
  data.first = sample_run(2, 4, 6);
  for (const double factor : {1.0, 2.0, -3.0}) {
    const auto run = sample_run(2, 4, 6, factor);
    data.runs.push_back({"Case " + std::to_string(data.runs.size() + 1), run.summary, run.convergence, run.boundary});
  }
  data.tables.push_back({"Costs & more", "caption", {{"", "Case 1"}, {{"Generation", "$1,234.5"}}, {0}, {}}});
  for (const bool methods : {false, true}) {
    data.by_methods = methods;
    const std::string html = comparison_page(data).html();
    expect_good_page(html);
    for (const char* text : {"compare &lt;1&gt;", "Case 1", "Case 3", "$1,234.5", "7 of 9", "Costs &amp; more"})
      EXPECT_TRUE(shows(html, text)) << text;
  }
}

TEST(ComparisonPage, StandsWithoutAnyRun) {
  expect_good_page(comparison_page({}).html());
}

TEST(ScalingPage, ShowsPointsExponentsAndRules) {
  ScalingData data;
  data.summary = {{"name", "scaling"}, {"status", "solved"}};
  for (const int hubs : {1, 10, 100})
    for (const int samples : {10, 1000})
      data.points.push_back({hubs, samples, "solved", 0.1 * hubs, 0.2 * hubs, 30.0, 1e-5, 0.004, 0.1, 0.3, 0.5, 0.2});
  data.points.push_back(
      {200, 1000, "out_of_memory", unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown});
  data.fits = {{"time on the clock", 1.02, unknown, 0.98, 6}};
  data.notes = {"Further hubs & samples are made so."};
  const std::string html = scaling_page(data).html();
  expect_good_page(html);
  for (const char* text :
       {"10 samples", "1000 samples", "1.02", "out of memory", "Further hubs &amp; samples", "100×1000"})
    EXPECT_TRUE(shows(html, text)) << text;
  expect_good_page(scaling_page({}).html());
}
