#pragma once
// What a run prints at its end: the figures of summary.json that a person looks for first, as an aligned table.

#include <nlohmann/json.hpp>
#include <string>

namespace wattstein::engine {

/// The table of a complete summary, lines ended by '\n': status, objective ($), certified bound ($), relative gap,
/// iterations, time; of a coordination study also mismatch (MW), recourse problems and one line an agent (costs in $,
/// radius in MW, cost and shedding on the held-out samples where there are any); of a batch its counts by status.
/// Entries that the summary lacks are left out.
std::string summary_table(const nlohmann::ordered_json& summary);

}  // namespace wattstein::engine
