#pragma once
// Croissant metadata (mlcommons.org/croissant/1.0) of a folder of HDF5 files.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/dataset/columns.hpp"

namespace wattstein::engine {

struct DescribedColumn {
  std::string name, units, meaning;
  ColumnType type = ColumnType::real64;
  std::vector<std::int64_t> shape;  // of a row
};

struct DescribedFile {
  std::string path;  // below the folder
  std::vector<DescribedColumn> columns;
};

struct DescribedSplit {
  std::string name;
  std::int64_t rows = 0;
  std::vector<DescribedFile> files;  // those that are not there are left out
};

/// Every file with its size and, up to 256 MiB, its SHA-256; a record set per split.
nlohmann::ordered_json croissant(const std::filesystem::path& folder, const std::string& name,
                                 const std::string& description, const std::vector<DescribedSplit>& splits);

}  // namespace wattstein::engine
