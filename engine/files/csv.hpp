#pragma once
// Comma separated tables with a header line. Quoted cells are understood; blank lines and lines starting with # are
// skipped.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wattstein::files {

struct CsvTable {
  std::filesystem::path file;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // cells, as many as columns
  std::vector<int> lines;                      // line number of each row, from 1

  /// Index of a column; Error naming the file and the columns it has when missing.
  std::size_t column(std::string_view name) const;
  bool has_column(std::string_view name) const;
  /// A finite number; Error naming file, line and column otherwise.
  double number(std::size_t row, std::size_t column) const;
  long integer(std::size_t row, std::size_t column) const;
};

/// Reads a table (`.csv`, also gzip-compressed `.csv.gz`). Errors: missing file, empty file, a row of another length,
/// equal column names.
CsvTable read_csv(const std::filesystem::path& file);

/// Collects rows and writes them in one go: beside, then renamed, so that a reader never sees half a file.
class CsvWriter {
 public:
  explicit CsvWriter(const std::vector<std::string>& columns);
  CsvWriter& row();  // starts a row
  CsvWriter& cell(std::string_view text);
  CsvWriter& cell(double value);  // shortest text that reads back equal
  CsvWriter& cell(long value);
  CsvWriter& cell(int value) { return cell(static_cast<long>(value)); }
  void write(const std::filesystem::path& file) const;
  std::string text() const;

 private:
  std::string text_;
  bool first_cell_ = true;
};

}  // namespace wattstein::files
