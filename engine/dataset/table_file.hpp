#pragma once
// One HDF5 file whose datasets grow together by rows on axis 0, chunked. Rows are gathered in memory until a chunk is
// full; full chunks go straight to the file. HDF5 is not thread safe: one thread uses these at a time.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/dataset/columns.hpp"

namespace wattstein::engine {

class TableFile {
 public:
  /// Creates the file (its folder must exist) with the given columns, no rows yet. `expected_rows` sizes the chunks.
  /// Every failure here and below is an Error naming file and dataset, and the disk when it is full.
  TableFile(std::filesystem::path file, std::span<const Column> columns, std::int64_t expected_rows);
  ~TableFile();
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  /// Appends one row to column `index` (position in `columns`): width() entries in the column's own type, or a text.
  void append(std::size_t index, const void* entries);
  void append_text(std::size_t index, std::string_view text);
  /// The same from doubles, rounded where the column is float32.
  void append_reals(std::size_t index, const double* entries);

  /// A small dataset beside the columns ("axis/bus").
  void side_dataset(const std::string& path, std::span<const std::int64_t> values);
  void side_dataset(const std::string& path, std::span<const double> values, const std::string& units);

  std::int64_t rows() const;
  /// Writes what is gathered and closes. Without it the file is abandoned.
  void close();

 private:
  struct Dataset;
  void write_full_chunk(Dataset& dataset);
  [[noreturn]] void fail(const std::string& dataset) const;
  std::filesystem::path file_;
  std::int64_t handle_ = -1;
  std::vector<std::unique_ptr<Dataset>> datasets_;
};

/// "no space left on the disk" when that is so, else "cannot be written".
std::string why_not_written(const std::filesystem::path& file);

}  // namespace wattstein::engine
