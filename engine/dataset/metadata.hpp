#pragma once
// What stands beside the rows: network.json, a Croissant description (mlcommons.org/croissant 1.0) and a card for
// readers.

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

/// network.json, schema "wattstein-dso-1".
nlohmann::ordered_json network_json(const DsoData& data);

struct DatasetFacts {
  std::string name;
  std::map<std::string, std::int64_t> rows;  // per folder
  std::string config;                        // study file as resolved; "" when not known
  std::string origin;                        // one sentence
};

/// croissant.json of a finished folder: every file with its size and, up to 256 MiB, its SHA-256; a record set per
/// split.
nlohmann::ordered_json croissant_json(const std::filesystem::path& folder, const DatasetFacts& facts,
                                      const DsoData& data);

/// README.md of the folder: what a row is, how it was made, sizes, signs, how to check it.
std::string dataset_card(const DatasetFacts& facts, const DsoData& data);

/// Writes network.json, croissant.json and README.md.
void write_metadata(const std::filesystem::path& folder, const DatasetFacts& facts, const DsoData& data);

/// Reads network.json back (microgrids stay empty: they are per split). Errors name the file and what is wrong.
DsoData read_network_json(const std::filesystem::path& file);
/// The same from its text.
DsoData parse_network_json(std::string_view text, const std::filesystem::path& name_for_messages);

}  // namespace wattstein::engine
