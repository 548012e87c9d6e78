#include "engine/files/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::files {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Cells of one line; a quoted cell may hold commas and doubled quotes.
std::vector<std::string> split_line(std::string_view line) {
  std::vector<std::string> cells;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    if (at < line.size() && line[at] == '"') {
      std::string cell;
      for (++at; at < line.size(); ++at) {
        if (line[at] != '"') {
          cell += line[at];
        } else if (at + 1 < line.size() && line[at + 1] == '"') {
          cell += '"';
          ++at;
        } else {
          break;
        }
      }
      cells.push_back(std::move(cell));
      at = std::min(line.find(',', at), line.size());
    } else {
      const auto comma = std::min(line.find(',', at), line.size());
      cells.emplace_back(trim(line.substr(at, comma - at)));
      at = comma;
    }
    if (at >= line.size()) return cells;
    ++at;
  }
}

}  // namespace

std::size_t CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) {
    std::string known;
    for (const auto& each : columns) known += (known.empty() ? "" : ", ") + each;
    throw Error("{}: has no column '{}'; its columns are {}", file.string(), name, known);
  }
  return static_cast<std::size_t>(found - columns.begin());
}

bool CsvTable::has_column(std::string_view name) const {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

double CsvTable::number(std::size_t row, std::size_t column) const {
  const std::string& cell = rows[row][column];
  double value = 0.0;
  const char* first = cell.data() + (!cell.empty() && cell[0] == '+' ? 1 : 0);
  const auto [end, failure] = std::from_chars(first, cell.data() + cell.size(), value);
  if (failure != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value))
    throw Error("{}, line {}, column '{}': '{}' is not a finite number", file.string(), lines[row], columns[column],
                cell);
  return value;
}

long CsvTable::integer(std::size_t row, std::size_t column) const {
  const double value = number(row, column);
  if (value != std::floor(value) || std::fabs(value) > 1e15)
    throw Error("{}, line {}, column '{}': '{}' is not an integer", file.string(), lines[row], columns[column],
                rows[row][column]);
  return static_cast<long>(value);
}

CsvTable read_csv(const std::filesystem::path& file) {
  const std::string text = read_whole(file);
  CsvTable table;
  table.file = file;
  int line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = trim(std::string_view(text).substr(at, end - at));
    at = end + 1;
    ++line_number;
    if (line.empty() || line[0] == '#') continue;
    auto cells = split_line(line);
    if (table.columns.empty()) {
      table.columns = std::move(cells);
      auto sorted = table.columns;
      std::sort(sorted.begin(), sorted.end());
      const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
      if (twice != sorted.end())
        throw Error("{}, line {}: column '{}' stands twice", file.string(), line_number, *twice);
      continue;
    }
    if (cells.size() != table.columns.size())
      throw Error("{}, line {}: {} cells, expected {} as in the header", file.string(), line_number, cells.size(),
                  table.columns.size());
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line_number);
  }
  if (table.columns.empty()) throw Error("{}: is empty; expected a header line", file.string());
  return table;
}

CsvWriter::CsvWriter(const std::vector<std::string>& columns) {
  for (const auto& column : columns) cell(column);
}

CsvWriter& CsvWriter::row() {
  text_ += '\n';
  first_cell_ = true;
  return *this;
}

CsvWriter& CsvWriter::cell(std::string_view text) {
  if (!first_cell_) text_ += ',';
  first_cell_ = false;
  if (text.find_first_of(",\"\n") == std::string_view::npos) {
    text_ += text;
    return *this;
  }
  text_ += '"';
  for (const char letter : text) text_.append(letter == '"' ? 2 : 1, letter);
  text_ += '"';
  return *this;
}

CsvWriter& CsvWriter::cell(double value) {
  return cell(std::string_view(fmt::format("{}", value)));
}
CsvWriter& CsvWriter::cell(long value) {
  return cell(std::string_view(std::to_string(value)));
}

std::string CsvWriter::text() const {
  return text_ + '\n';
}
void CsvWriter::write(const std::filesystem::path& file) const {
  write_whole(file, text());
}

}  // namespace wattstein::files
