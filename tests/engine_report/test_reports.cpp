// Whole pages: well formed, self-contained, true to their data, whatever is missing.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/report/batch_report.hpp"
#include "engine/report/coordination_report.hpp"
#include "engine/report/load_run.hpp"
#include "engine/report/power_flow_report.hpp"
#include "tests/engine_report/markup.hpp"
#include "tests/engine_report/sample_data.hpp"

using namespace wattstein;
using namespace wattstein::report;
using wattstein::tests::read_markup;
using wattstein::tests::sample_run;

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void expect_good_page(const std::string& html) {
  const auto markup = read_markup(html);
  EXPECT_EQ(markup.error, "");
  EXPECT_EQ(markup.count("main"), 1u);
  for (const char* outside : {"src=", "url(", "@import", "<script", "<link", "<iframe"})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  // The only address is the name space of SVG, and inner links lead somewhere.
  for (std::size_t at = html.find("http"); at != std::string::npos; at = html.find("http", at + 1))
    EXPECT_EQ(html.substr(at, 26), "http://www.w3.org/2000/svg");
  for (std::size_t at = html.find("href=\"#"); at != std::string::npos; at = html.find("href=\"#", at + 1)) {
    const std::string id = html.substr(at + 7, html.find('"', at + 7) - at - 7);
    EXPECT_TRUE(markup.ids.contains(id)) << id;
  }
  for (const std::string& text : markup.texts) EXPECT_NE(text, "nan");
}

class RunFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("wattstein_report_" + std::to_string(::getpid()) +
                                                       ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const CoordinationReportData& data) const {
    files::write_whole(folder / "summary.json", data.summary.dump());
    files::write_whole(folder / "system.json", system_json(data.systems).dump());
    files::write_whole(folder / "config.toml", data.config_toml);
    files::write_whole(folder / "log.txt", data.log_tail);
    files::CsvWriter schedule({"agent", "quantity", "name", "hour", "value"});
    for (const auto& r : data.schedule)
      schedule.row().cell(r.agent).cell(r.quantity).cell(r.name).cell(r.hour).cell(r.value);
    schedule.write(folder / "schedule.csv");
    files::CsvWriter convergence(
        {"iteration", "mismatch_mw", "multiplier_change", "objective", "lower_bound", "seconds_slowest_agent"});
    for (const auto& r : data.convergence) {
      convergence.row().cell(r.iteration).cell(r.mismatch_mw).cell(r.multiplier_change).cell(r.objective);
      if (std::isfinite(r.lower_bound)) convergence.cell(r.lower_bound);
      else convergence.cell(std::string_view("nan"));
      convergence.cell(r.seconds_slowest_agent);
    }
    convergence.write(folder / "convergence.csv");
    files::CsvWriter boundary({"iteration", "hub", "hour", "transmission_mw", "hub_mw", "multiplier"});
    for (const auto& r : data.boundary)
      boundary.row()
          .cell(r.iteration)
          .cell(r.hub)
          .cell(r.hour)
          .cell(r.transmission_mw)
          .cell(r.hub_mw)
          .cell(r.multiplier);
    boundary.write(folder / "boundary.csv");
  }
  std::filesystem::path folder;
};

TEST(CoordinationReport, ShowsEverySectionOfAFullRun) {
  const std::string html = coordination_report(sample_run(3, 24, 20));
  expect_good_page(html);
  for (const char* title : {">Convergence<", ">Transmission network<", ">Boundary exchange and prices<",
                            ">Transmission schedule<", ">Costs<", ">Uncertainty<", ">Settings and raw results<"})
    EXPECT_NE(html.find(title), std::string::npos) << title;
  for (const char* figure : {"$1,000,000", "12\u00A0s", "0.004\u00A0MW", "tolerance 0.01"})
    EXPECT_NE(html.find(figure), std::string::npos) << figure;
}

TEST(CoordinationReport, SumsCostsAsTheTableSays) {
  // 900,000 + 3 × 100 of generation; the sum of all rows
  const std::string html = coordination_report(sample_run(3, 2, 2));
  EXPECT_NE(html.find("<td>$900,000</td><td>$300.00</td><td>$900,300</td>"), std::string::npos);
  EXPECT_NE(html.find("<td>$910,010</td><td>$321.00</td><td>$910,331</td>"), std::string::npos);
}

TEST(CoordinationReport, AwkwardSizesAndValues) {
  for (const int hubs : {0, 1, 100})
    for (const int hours : {1, 24})
      expect_good_page(coordination_report(sample_run(hubs, hours, hubs == 100 ? 3 : 30)));
  for (const double factor : {-1.0, 0.0, 1e12, -1e150, 1e-12, 1e306})
    expect_good_page(coordination_report(sample_run(2, 3, 4, factor)));
  expect_good_page(coordination_report(sample_run(2, 3, 1000)));
}

TEST(CoordinationReport, NotANumberAnywhereDoesNoHarm) {
  CoordinationReportData data = sample_run(2, 3, 4);
  for (auto& r : data.schedule) r.value = nan;
  for (auto& r : data.convergence) r.objective = r.lower_bound = r.mismatch_mw = nan;
  for (auto& r : data.boundary) r.transmission_mw = nan;
  data.systems[0].buses[0].load_mw.assign(3, nan);
  data.summary["objective"] = nullptr;
  data.summary["lower_bound"] = "inf";
  data.summary["hubs"][0]["costs"]["generation"] = nullptr;
  data.summary["schedule"]["boundary_mw"][0] = nullptr;
  expect_good_page(coordination_report(data));
}

TEST(CoordinationReport, MissingPartsAreLeftOut) {
  expect_good_page(coordination_report({}));
  CoordinationReportData data = sample_run(2, 3, 4);
  for (const char* key : {"hubs", "schedule", "transmission", "objective", "status", "name"}) {
    data.summary.erase(key);
    expect_good_page(coordination_report(data));
  }
  data = sample_run(2, 3, 4);
  data.systems.clear();
  EXPECT_EQ(coordination_report(data).find(">Transmission network<"), std::string::npos);
  data.convergence.clear(), data.boundary.clear();
  expect_good_page(coordination_report(data));
  data.schedule.clear();
  expect_good_page(coordination_report(data));
  data.summary = nlohmann::json::array({1, 2});
  expect_good_page(coordination_report(data));
}

TEST(CoordinationReport, AFailureIsExplainedAtTheTop) {
  CoordinationReportData data;
  data.summary = {{"status", "primal_infeasible"}, {"message", "hub <1>: electric part infeasible in hour 7"}};
  const std::string html = coordination_report(data);
  expect_good_page(html);
  EXPECT_NE(html.find("hub &lt;1&gt;: electric part infeasible in hour 7"), std::string::npos);
  EXPECT_NE(html.find("status bad"), std::string::npos);
}

TEST(CoordinationReport, NamesAreEscapedEverywhere) {
  const std::string bad = "<b>&\"'</b>";
  CoordinationReportData data = sample_run(2, 3, 4, 1.0, bad);
  data.compared.push_back({bad, data.summary, data.convergence, data.boundary});
  const std::string html = coordination_report(data);
  expect_good_page(html);
  EXPECT_EQ(html.find("<b>"), std::string::npos);
  EXPECT_NE(html.find("&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;"), std::string::npos);
  data.log_tail = "\xFF\xFE broken \x02 bytes";
  expect_good_page(coordination_report(data));
}

TEST(CoordinationReport, ComparesMethodsWithTheMonolith) {
  CoordinationReportData data = sample_run(2, 24, 30);
  CoordinationReportData other = sample_run(2, 24, 50);
  other.summary["objective"] = 0.5e6;
  data.compared = {{"monolith", other.summary, {}, {}}, {"admm", data.summary, other.convergence, other.boundary}};
  const std::string html = coordination_report(data);
  expect_good_page(html);
  EXPECT_NE(html.find(">Methods and cases compared<"), std::string::npos);
  EXPECT_NE(html.find("<td>100\u00A0%</td></tr>"), std::string::npos);  // (1e6 − 5e5) / 5e5: this run's deviation
}

TEST_F(RunFolder, ReadsBackWhatWasWritten) {
  CoordinationReportData data = sample_run(3, 5, 7);
  data.convergence.back().lower_bound = nan;
  write(data);
  const CoordinationReportData back = load_coordination_run(folder);
  EXPECT_EQ(back.hours, 5);
  EXPECT_EQ(back.summary, data.summary);
  ASSERT_EQ(back.schedule.size(), data.schedule.size());
  EXPECT_EQ(back.schedule.back().value, data.schedule.back().value);
  ASSERT_EQ(back.boundary.size(), data.boundary.size());
  EXPECT_EQ(back.boundary[10].transmission_mw, data.boundary[10].transmission_mw);
  EXPECT_TRUE(std::isnan(back.convergence.back().lower_bound));
  ASSERT_EQ(back.systems.size(), 2u);
  EXPECT_EQ(back.systems[0].lines[1].to, data.systems[0].lines[1].to);
  EXPECT_EQ(back.systems[1].buses[0].v_max_pu, 1.05);
  // The page drawn from the folder is the page drawn at once.
  EXPECT_EQ(coordination_report(back), coordination_report(data));
}

TEST_F(RunFolder, SaysWhatIsWrong) {
  EXPECT_THROW(load_coordination_run(folder), Error);
  files::write_whole(folder / "summary.json", "{ not json");
  EXPECT_THROW(load_coordination_run(folder), Error);
  files::write_whole(folder / "summary.json", "{}");
  EXPECT_NO_THROW(load_coordination_run(folder));
  files::write_whole(folder / "schedule.csv", "agent,quantity,name\n");
  EXPECT_THROW(load_coordination_run(folder), Error);
  EXPECT_THROW(systems_from_json({{"agents", {{{"agent", "x"}}}}}), Error);
  EXPECT_THROW(systems_from_json({{"agents",
                                   {{{"agent", "x"},
                                     {"buses", nlohmann::json::array()},
                                     {"lines", {{{"name", "l"}, {"from", 0}, {"to", 3}}}},
                                     {"devices", nlohmann::json::array()}}}}}),
               Error);
}

TEST_F(RunFolder, FiguresStandAlone) {
  const Page page = coordination_page(sample_run(3, 24, 20));
  const int written = page.write_figures(folder / "figures");
  EXPECT_GT(written, 15);
  std::set<std::string> names;
  for (const auto& [name, text] : page.figures()) {
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(read_markup(text).error, "") << name;
    EXPECT_TRUE(std::filesystem::exists(folder / "figures" / (name + ".svg")));
  }
}

TEST(BatchReport, CountsStatuses) {
  BatchReportData data;
  data.summary = {{"name", "b<1>"},
                  {"status", "iteration_limit"},
                  {"seconds", 2.0},
                  {"batch", {{"problems", 5}, {"variables", 3}, {"rows", 2}}}};
  data.status = {0, 0, 2, 4, 7};
  data.objective = {1, 2, 3, 4, nan};
  data.bound = {1, 1.999, 3, -1e9, nan};
  data.primal_residual = data.dual_residual = data.gap = {1e-9, 0, 1e-3, 1, nan};
  data.iterations = {10, 20, 5, 4000, 0};
  data.tolerance = 1e-6;
  const std::string html = batch_report(data);
  expect_good_page(html);
  EXPECT_NE(html.find("2 of 5"), std::string::npos);
  for (const char* word : {"solved: 2", "primal infeasible: 1", "iteration limit: 1", "invalid data: 1"})
    EXPECT_NE(html.find(word), std::string::npos) << word;
  expect_good_page(batch_report({}));
}

TEST(PowerFlowReport, EnvelopeLeavesOutWhatDidNotConverge) {
  PowerFlowReportData data;
  data.summary = {{"name", "pf"},
                  {"status", "solved"},
                  {"scenarios", 3},
                  {"converged_count", 2},
                  {"loss_mw", {0.1, 0.2, nullptr}},
                  {"v_min_pu", {0.95, 0.94, nullptr}},
                  {"iterations", {3, 4, nullptr}}};
  data.buses = {"1", "2", "3"};
  data.vm_pu = {1, 0.97, 0.95, 1, 0.96, 0.94, nan, nan, nan};
  data.v_min_pu = {0.9, 0.9, 0.9};
  data.v_max_pu = {1.1, 1.1, 1.1};
  data.system.buses = {{"1", {}, 0, 0}, {"2", {}, 0, 0}, {"3", {}, 0, 0}};
  data.system.lines = {{"1-2", 0, 1, 0}, {"2-3", 1, 2, 0}};
  const std::string html = power_flow_report(data);
  expect_good_page(html);
  EXPECT_NE(html.find("2 of 3"), std::string::npos);
  EXPECT_NE(html.find("bus 3: lowest voltage 0.94\u00A0p.u."), std::string::npos);
  expect_good_page(power_flow_report({}));
}

}  // namespace
