#pragma once
// What the six cases of a study say beside one another: the layout of Tables II and III of Yin and Wang (IEEE Trans.
// Power Syst. 38, 2023, 1801-1812, DOI 10.1109/TPWRS.2022.3215945), out-of-sample figures, and the directions that the
// paper reports.

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace wattstein::engine {

struct CaseResult {
  std::string key;         // "1", "2", "3", "3h", "4", "5", "6"
  std::string title;       // "Case 1: multi-energy"
  nlohmann::json summary;  // of its run
};

struct CaseRow {
  enum class Unit { dollars, mwh, percent, per_unit, count };
  std::string name;
  int level = 0;  // 0: a total, 1: part of it, 2: part of that
  Unit unit = Unit::dollars;
  std::vector<double> values;  // (cases); NaN: the case has no such figure
};

/// Costs by agent and carrier, trade, mismatch, losses, curtailment: Table II with the worst-case recourse cost (which
/// the paper does not print) in rows of its own. Load that is shed stands in MWh (mean over the samples).
std::vector<CaseRow> table_two(std::span<const CaseResult> cases);
/// Largest SOCP gap of the electric and gas networks, p.u.: Table III.
std::vector<CaseRow> table_three(std::span<const CaseResult> cases);
/// Test samples: expected cost of the schedule (first stages + mean recourse), shedding and violations.
std::vector<CaseRow> table_out_of_sample(std::span<const CaseResult> cases);

/// One statement of the paper, and whether it holds here.
struct Direction {
  std::string claim;
  std::string paper;  // the paper's figures
  std::string found;  // ours
  bool holds = false;
  bool known = false;  // all cases that it needs were run
};
std::vector<Direction> check_directions(std::span<const CaseResult> cases);

/// "$27,293.1", "7.15 MWh", "1.39 %", "-" for NaN.
std::string cell_text(double value, CaseRow::Unit unit);
/// A table as text, names on the left, one column a case.
std::string text_table(std::span<const CaseResult> cases, std::span<const CaseRow> rows);

}  // namespace wattstein::engine
