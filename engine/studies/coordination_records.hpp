#pragma once
// Option records of the tables of study.toml that belong to a coordination study and to no single agent.

#include <span>

#include "engine/options/option.hpp"

namespace wattstein::engine {

std::span<const options::Option> coordination_records();  // [coordination]
std::span<const options::Option> disconnected_records();  // [disconnected]
std::span<const options::Option> ambiguity_records();     // [ambiguity]
std::span<const options::Option> hub_table_records();     // [[hub]]
std::span<const options::Option> evaluate_records();      // [evaluate]

}  // namespace wattstein::engine
