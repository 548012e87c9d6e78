#pragma once
// What predicted corrections would do to the network: AC power flow at the proposals as the surrogate would correct
// them, beside those that the operator corrected and those that nobody corrected.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "learning/data/responses.hpp"

namespace wattstein::learning {

/// Rows of one kind of correction.
struct LimitCount {
  std::int64_t rows = 0;
  std::int64_t beyond = 0;  // a voltage or line limit broken by more than dso_ac.hpp's tolerances, or no solution
  std::int64_t clearly_beyond = 0;  // by more than 0.001 p.u. or 1 % of a line's limit, or no solution
  double loading_percent = 0.0;     // largest |I| over a line's limit
  double voltage_excess_pu = 0.0;   // largest excess beyond a voltage limit
};

struct LimitCheck {
  LimitCount uncorrected, predicted, by_operator;
};

/// `correction` (S, M) MW of the rows of `responses`, which come from data/<split> below `folder`. Generators and
/// shedding are those of the operator's answer, the substation makes up the difference; its limits are not counted.
LimitCheck check_limits(const std::filesystem::path& folder, const Responses& responses, const Feeder& feeder,
                        const torch::Tensor& correction, int threads);

nlohmann::ordered_json to_json(const LimitCheck& check);

}  // namespace wattstein::learning
