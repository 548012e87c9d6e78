#pragma once
// What stands in which file of a data set (dso-dataset.md, "Files"): names, units, types, trailing shapes, and where
// the numbers come from.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

enum class DatasetFile { input, primal, dual, meta, ray };

/// "input.h5", "SOC/primal.h5", ...: below the folder of a split.
const char* dataset_file_path(DatasetFile file);

enum class ColumnType { real64, real32, integer, flag, text };

/// Bytes of an entry; texts are UTF-8 of fixed length, padded with zeros.
inline constexpr int text_bytes = 32;
int entry_bytes(ColumnType type);

struct Column {
  DatasetFile file;
  std::string name;
  std::string units;  // "" for ids, flags and words
  ColumnType type = ColumnType::real64;
  std::vector<std::int64_t> shape;  // trailing: {} , {N}, {L, 4}
  // exactly one of these gives the numbers; none for text
  const std::vector<double> DsoInputs::*input = nullptr;
  const std::vector<double> DsoAnswers::*answer = nullptr;
  const std::vector<std::int64_t> DsoInputs::*input_integer = nullptr;
  const std::vector<std::int64_t> DsoAnswers::*answer_integer = nullptr;
  const std::vector<std::uint8_t> DsoAnswers::*answer_flag = nullptr;

  std::int64_t width() const;  // entries of a row
};

/// The columns of a solved split, or (`infeasible`) of the rows that were not solved. `single`: primal and dual in
/// float32.
std::vector<Column> dataset_columns(const DsoData& data, bool single, bool infeasible);

/// Rounds primal and dual of a row to float32, as they will stand in the file.
void round_to_single(const DsoData& data, DsoAnswers& answers, std::int64_t row);

}  // namespace wattstein::engine
