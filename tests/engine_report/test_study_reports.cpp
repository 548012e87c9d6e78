// Pages of market and operator studies: well formed and true to their data, whatever is missing.

#include <gtest/gtest.h>

#include <limits>

#include "engine/report/dso_report.hpp"
#include "engine/report/feeder_chart.hpp"
#include "engine/report/market_report.hpp"
#include "engine/report/recourse_report.hpp"
#include "tests/engine_report/markup.hpp"

using namespace wattstein::report;
using wattstein::tests::read_markup;

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void expect_good_page(const std::string& html) {
  const auto markup = read_markup(html);
  EXPECT_EQ(markup.error, "");
  EXPECT_EQ(markup.count("main"), 1u);
  for (const std::string& text : markup.texts) EXPECT_NE(text, "nan");
}

AgentSystem three_buses() {
  AgentSystem system;
  system.buses = {{"1", {}, 0.95, 1.05}, {"2", {}, 0.95, 1.05}, {"3<", {}, 0.95, 1.05}};
  system.lines = {{"1-2", 0, 1, 4.0}, {"2-3", 1, 2, 4.0}};
  system.devices = {{"unit", "substation", 0, 5.0, 0.0}, {"hub", "mg<1>", 2, 1.0, 0.0}};
  return system;
}

nlohmann::json one_case(int number, double welfare) {
  return {{"case", number},
          {"surrogate", number == 3 ? nlohmann::json("exact") : nlohmann::json(nullptr)},
          {"status", "solved"},
          {"welfare", welfare},
          {"acceptance_ratio", 0.5},
          {"rounds", 2},
          {"dso_calls", 4},
          {"net_mw", {{0.5, -0.25}}},
          {"correction_mw", {{0.0, 0.125}}},
          {"price_per_mwh", {{40.0, nullptr}}},
          {"history",
           {{{"welfare", welfare + 1}, {"accepted", 0.25}, {"correction_mw", 0.5}, {"moved_mw", 0.5}},
            {{"welfare", welfare}, {"accepted", 0.5}, {"correction_mw", 0.125}, {"moved_mw", 0.0}}}},
          {"ac",
           {{"voltage_min_pu", 0.96},
            {"voltage_margin_pu", 0.01},
            {"bus_voltage_min_pu", {1.0, 0.98, 0.96}},
            {"bus_voltage_max_pu", {1.0, 0.99, 0.97}},
            {"hour_voltage_min_pu", {0.96, nullptr}},
            {"line_loading_percent", {50.0, 25.0}}}}};
}

TEST(MarketReport, SetsTheCasesBesideEachOther) {
  MarketReportData data;
  data.hours = 2;
  data.microgrids = {"mg<1>"};
  data.system = three_buses();
  data.accept_absolute_mw = 0.01;
  data.summary = one_case(2, 90.0);
  data.summary["name"] = "market & co";
  data.summary["cases"] = {one_case(1, 100.0), one_case(2, 90.0), one_case(3, 90.0)};
  const std::string html = market_report(data);
  expect_good_page(html);
  for (const char* text : {"Case 1: no network", "Case 3: exact predictions", "$100", "10\u00A0%", "mg&lt;1&gt;",
                           "1 of 2 injections are not accepted", "lowest voltage 0.96\u00A0p.u."})
    EXPECT_NE(html.find(text), std::string::npos) << text;
  // one case alone has no table of differences to Case 1
  data.summary["cases"] = {one_case(3, 90.0)};
  const std::string alone = market_report(data);
  expect_good_page(alone);
  EXPECT_EQ(alone.find("below Case 1"), std::string::npos);
}

TEST(MarketReport, MissingPartsAreLeftOut) {
  expect_good_page(market_report({}));
  MarketReportData data;
  data.summary = {{"status", "numerical_error"}, {"cases", {{{"case", 2}, {"status", "numerical_error"}}}}};
  data.hours = -1;
  expect_good_page(market_report(data));
  data.summary = {{"cases", "none"}};
  expect_good_page(market_report(data));
}

TEST(DsoReport, ShowsStatusAndVoltages) {
  DsoReportData data;
  data.summary = {{"name", "set"},
                  {"status", "solved"},
                  {"count", 4},
                  {"solved", 3},
                  {"infeasible", 1},
                  {"unsolved", 0},
                  {"untight", 1},
                  {"objective", 12.5},
                  {"ac", {{"beyond", 0}, {"not_converged", 0}}},
                  {"dataset", {{"rows", {{"train", 3}, {"infeasible", 1}}}, {"seconds_solve", 0.5}}}};
  data.looked_at = data.rows = 4;
  data.objective = {10.0, 12.0, 15.5};
  data.gap = {1e-8, 1e-7, 0.0};
  data.correction_mw = {0.0, 0.25, nan};
  data.iterations = {10, 11, 12};
  data.voltage_min_pu = {0.95, 0.96};
  data.voltage_max_pu = {1.0, 1.01};
  data.microgrids = {{"mg", 2, 3, 0.75}};
  data.bus_voltage_min_pu = {1.0, 0.97, 0.95};
  data.line_loading_percent = {80.0, nan};
  data.system = three_buses();
  data.tolerance = 1e-6;
  EXPECT_EQ(dso_report(data).find("Infeasible proposals by bus"), std::string::npos);
  data.ray_largest = {0.0, 1.0, 0.0};
  const std::string html = dso_report(data);
  expect_good_page(html);
  for (const char* text : {"infeasible, proved", "Infeasible proposals by bus", "1 not exact", "within limits",
                           "66.67\u00A0%", "0.25\u00A0MW", "highest loading 80\u00A0%"})
    EXPECT_NE(html.find(text), std::string::npos) << text;
  expect_good_page(dso_report({}));
}

TEST(RecourseReport, ShowsCostsAndLinesAtTheirLimits) {
  RecourseReportData data;
  data.summary = {{"name", "lp"},
                  {"status", "solved"},
                  {"count", 3},
                  {"solved", 3},
                  {"unsolved", 0},
                  {"objective", 12.5},
                  {"dataset", {{"rows", {{"train", 2}, {"test", 1}}}, {"seconds_solve", 0.5}}}};
  data.looked_at = data.rows = 3;
  data.objective = {10.0, 12.0, 15.5};
  data.gap = {1e-8, 1e-7, 0.0};
  data.shed_mw = {0.0, 0.0, 0.5};
  data.deployed_mw = {1.0, 2.0, nan};
  data.price = {20.0, 21.0, 500.0};
  data.iterations = {7, 8, 9};
  data.system = three_buses();
  data.line_loading_percent = {100.0, nan};
  data.bound_share = {0.25, 0.0};
  data.tolerance = 1e-6;
  const std::string html = recourse_report(data);
  expect_good_page(html);
  for (const char* text : {"33.33\u00A0%", "Lines at their limits", "none has a ray"})
    EXPECT_NE(html.find(text), std::string::npos) << text;
  data.bound_share = {1.0, 1.0, 1.0, 1.0};  // more lines than there are
  expect_good_page(recourse_report(data));
  expect_good_page(recourse_report({}));
}

TEST(FeederChart, ShortListsDoNoHarm) {
  EXPECT_EQ(feeder_picture({}, {}, {}), "");
  const auto svg = feeder_picture(three_buses(), {1.0}, {});
  EXPECT_EQ(read_markup(svg).error, "");
  EXPECT_NE(svg.find("microgrid"), std::string::npos);
}

}  // namespace
