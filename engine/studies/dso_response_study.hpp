#pragma once
// Study kind `dso_response` (proposals and data sets), and the tally that every summary of responses shows.

#include "engine/models/dso/dso_data.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {

/// Counts and means over responses: count, solved, infeasible, unsolved, untight, objective, lower_bound.
struct DsoTally {
  std::int64_t count = 0, solved = 0, infeasible = 0, unsolved = 0, untight = 0, iterations = 0;
  double objective = 0.0, lower_bound = 0.0;  // sums over the solved, $/h
  void add(const DsoAnswers& answers);
  void fill(nlohmann::ordered_json& summary) const;
};

}  // namespace wattstein::engine
