#include <gmock/gmock.h>

#include <limits>

#include "engine/studies/results_folder.hpp"
#include "engine/studies/summary_table.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(SummaryTable, ACoordinationShowsItsFiguresAndEveryAgent) {
  const auto summary = ordered_json::parse(
      R"({"status": "solved", "objective": 1763045.039, "lower_bound": 999.5, "relative_gap": 1.53e-5,
    "iterations": 89, "seconds": 12.5, "mismatch_mw": 0.0074, "transmission": {"costs": {"generation": 1234567.6, "recourse": -30240.4},
    "out_of_sample": {"mean_cost": 12.0}}, "hubs": [{"name": "hub_1", "costs": {"generation": 42.0, "recourse": 1000.0}, "trade_cost": -321.0}],
    "coordination": {"method": "aal", "recourse_problems": 315489, "recourse_per_second": 8431.2, "recourse_share": 0.13, "recourse_failed": 0}})");
  const std::string table = summary_table(summary);
  EXPECT_THAT(table,
              AllOf(HasSubstr("1,763,045.04 $"), HasSubstr("999.50 $"), HasSubstr("1.5e-05"), HasSubstr("89 (aal)"),
                    HasSubstr("0.0074 MW"), HasSubstr("315,489, 8,431 a second, 13 % of the time, 0 failed")));
  EXPECT_THAT(table, AllOf(HasSubstr("1,234,568"), HasSubstr("-30,240"), HasSubstr("hub_1"), HasSubstr("-321"),
                           HasSubstr("test mean $")));
  EXPECT_THAT(table, Not(HasSubstr("gas $")));  // no agent has it
}

TEST(SummaryTable, ABatchCountsItsStatuses) {
  const auto summary = ordered_json::parse(R"({"status": "solved", "objective": -1234.5,
    "batch": {"problems": 1000, "count": {"solved": 999, "primal_infeasible": 1, "time_limit": 0}, "problems_per_second": 20000.0}})");
  const std::string table = summary_table(summary);
  EXPECT_THAT(
      table, AllOf(HasSubstr("-1,234.50\n"), HasSubstr("solved"), HasSubstr("primal_infeasible"), HasSubstr("20,000")));
  EXPECT_THAT(table, Not(HasSubstr("time_limit")));
}

TEST(SummaryTable, WhatIsMissingOrNotFiniteIsLeftOut) {
  ordered_json summary;
  summary["status"] = "iteration_limit";
  summary["objective"] = json_number(std::numeric_limits<double>::infinity());
  summary["lower_bound"] = nullptr;
  const std::string table = summary_table(summary);
  EXPECT_THAT(table, AllOf(HasSubstr("iteration_limit"), Not(HasSubstr("lower bound")), Not(HasSubstr("agent"))));
}

}  // namespace
}  // namespace wattstein::engine
