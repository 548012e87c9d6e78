#pragma once
// What can be done with finished data sets: check, merge, describe.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace wattstein::engine {

/// Recomputes every row from the stored inputs and the network alone: balances, limits, cones, objective, certified
/// bound, prices, flags, rays; ids sorted, unique and none missing. Limits as dso-dataset.md's checker: 10 × tolerance.
/// {"good", "rows": {split: n}, "worst": {check: {"value", "allowed", "split", "id"}}, "failures": [...]}.
/// Error when a file cannot be read as part of a data set.
nlohmann::ordered_json validate_dataset(const std::filesystem::path& folder, double tolerance);

/// Joins data sets of one network (shards of one study) into `out`: rows sorted by id, equal ids once. Error when
/// networks or axes differ, when one id carries different inputs, or when `out` holds a data set already. Nothing half
/// written.
nlohmann::ordered_json merge_datasets(const std::vector<std::filesystem::path>& folders,
                                      const std::filesystem::path& out);

/// Least, mean and largest value per dataset and split; shares of tight rows and accepted pairs.
nlohmann::ordered_json dataset_statistics(const std::filesystem::path& folder);

}  // namespace wattstein::engine
