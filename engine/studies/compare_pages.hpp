#pragma once
// The tables of a comparison, written to the results folder, the log and the report's page.

#include "engine/report/comparison_report.hpp"
#include "engine/studies/case_tables.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {

/// Runs in the order done; folder names are the keys.
struct Comparison {
  std::vector<CaseResult> cases;
  std::vector<std::string> folders;
};

/// by = cases: Tables II and III, test samples, the paper's directions; CSV files of each.
void add_case_tables(StudyContext& context, const Comparison& done, report::ComparisonData& page);
/// by = methods: iterations, times, mismatch, gap and deviation of every method; methods.csv.
void add_method_table(StudyContext& context, const Comparison& done, report::ComparisonData& page);

}  // namespace wattstein::engine
