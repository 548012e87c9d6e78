#include "engine/grid/samples.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/hdf5_file.hpp"

namespace wattstein::grid {
namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

// Positions of the asked columns in the table; refuses others besides `keys`.
std::vector<std::size_t> find_columns(const files::CsvTable& table, const std::vector<std::string>& columns,
                                      const std::vector<std::string>& keys) {
  for (const auto& name : table.columns)
    if (std::find(keys.begin(), keys.end(), name) == keys.end() &&
        std::find(columns.begin(), columns.end(), name) == columns.end())
      throw Error("{}, line 1: the column '{}' is no renewable of this agent (its renewables: {})", table.file.string(),
                  name, join(columns));
  std::vector<std::size_t> positions;
  for (const auto& name : columns) {
    if (!table.has_column(name))
      throw Error("{}, line 1: there is no column for the renewable '{}' (columns: {})", table.file.string(), name,
                  join(table.columns));
    positions.push_back(table.column(name));
  }
  return positions;
}

double checked(double value, const std::string& place) {
  if (!std::isfinite(value)) throw Error("{}: expected a finite number", place);
  if (value < 0.0) throw Error("{}: {} is below 0 (MW available)", place, value);
  return value;
}

SampleTable read_csv_samples(const std::filesystem::path& file, const std::vector<std::string>& columns, int hours) {
  const files::CsvTable table = files::read_csv(file);
  const auto sample_column = table.column("sample");
  const auto hour_column = table.column("hour");
  const auto positions = find_columns(table, columns, {"sample", "hour"});
  long count = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const long sample = table.integer(i, sample_column);
    if (sample < 1 || sample > static_cast<long>(table.rows.size()))
      throw Error("{}, line {}: sample {} is outside 1 .. {} (samples are numbered from 1 without gaps)", file.string(),
                  table.lines[i], sample, table.rows.size());
    count = std::max(count, sample);
  }
  SampleTable samples{file, columns, hours, static_cast<int>(count), {}};
  const auto cells = static_cast<std::size_t>(count) * static_cast<std::size_t>(hours);
  samples.values.resize(cells * columns.size());
  std::vector<char> seen(cells, 0);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const long sample = table.integer(i, sample_column);
    const long hour = table.integer(i, hour_column);
    if (hour < 1 || hour > hours)
      throw Error("{}, line {}: hour {} is outside 1 .. {} (the study's hours)", file.string(), table.lines[i], hour,
                  hours);
    const auto cell = static_cast<std::size_t>((sample - 1) * hours + hour - 1);
    if (seen[cell])
      throw Error("{}, line {}: sample {} hour {} is given twice", file.string(), table.lines[i], sample, hour);
    seen[cell] = 1;
    for (std::size_t c = 0; c < columns.size(); ++c)
      samples.values[cell * columns.size() + c] =
          checked(table.number(i, positions[c]),
                  fmt::format("{}, line {}, column '{}'", file.string(), table.lines[i], columns[c]));
  }
  for (std::size_t cell = 0; cell < cells; ++cell)
    if (!seen[cell])
      throw Error("{}: sample {} has no row for hour {} (expected hours 1 .. {} of every sample)", file.string(),
                  cell / static_cast<std::size_t>(hours) + 1, cell % static_cast<std::size_t>(hours) + 1, hours);
  return samples;
}

SampleTable read_hdf5_samples(const std::filesystem::path& file, const std::vector<std::string>& columns, int hours) {
  const files::Hdf5Reader reader(file);
  for (const auto& name : reader.members("/"))
    if (std::find(columns.begin(), columns.end(), name) == columns.end())
      throw Error("{}, dataset {}: is no renewable of this agent (its renewables: {})", file.string(), name,
                  join(columns));
  SampleTable samples{file, columns, hours, -1, {}};
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!reader.has_dataset(columns[c]))
      throw Error("{}: there is no dataset for the renewable '{}'", file.string(), columns[c]);
    const auto shape = reader.shape(columns[c]);
    if (shape.size() != 2 || shape[1] != hours || (samples.count >= 0 && shape[0] != samples.count))
      reader.refuse(columns[c],
                    fmt::format("has shape {}, expected (samples, {}), equally many samples in every dataset",
                                files::shape_text(shape), hours));
    if (samples.count < 0) {
      samples.count = static_cast<int>(shape[0]);
      samples.values.resize(static_cast<std::size_t>(shape[0] * hours) * columns.size());
    }
    const auto values = reader.numbers(columns[c]);
    for (std::size_t i = 0; i < values.size(); ++i)
      samples.values[i * columns.size() + c] = checked(
          values[i], fmt::format("{}, dataset {}, sample {}, hour {}", file.string(), columns[c],
                                 i / static_cast<std::size_t>(hours) + 1, i % static_cast<std::size_t>(hours) + 1));
  }
  samples.count = std::max(samples.count, 0);
  return samples;
}

}  // namespace

SampleTable read_samples(const std::filesystem::path& file, const std::vector<std::string>& columns, int hours) {
  const auto extension = file.extension();
  return extension == ".h5" || extension == ".hdf5" ? read_hdf5_samples(file, columns, hours)
                                                    : read_csv_samples(file, columns, hours);
}

const SampleTable& SampleCache::read(const std::filesystem::path& file, const std::vector<std::string>& columns,
                                     int hours) {
  std::string key = file.string();
  for (const auto& column : columns) key += '\n' + column;
  const auto known = tables_.find(key);
  return known != tables_.end() ? known->second
                                : tables_.emplace(key, read_samples(file, columns, hours)).first->second;
}

BoundTable read_bounds(const std::filesystem::path& file, const std::vector<std::string>& columns, int hours) {
  const files::CsvTable table = files::read_csv(file);
  const auto bound_column = table.column("bound");
  const auto hour_column = table.column("hour");
  const auto positions = find_columns(table, columns, {"bound", "hour"});
  const auto cells = static_cast<std::size_t>(hours) * columns.size();
  BoundTable bounds{std::vector<double>(cells, 0.0), std::vector<double>(cells, 0.0)};
  std::vector<char> seen(2 * static_cast<std::size_t>(hours), 0);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::string& bound = table.rows[i][bound_column];
    if (bound != "lo" && bound != "hi")
      throw Error("{}, line {}: bound is '{}', expected lo or hi", file.string(), table.lines[i], bound);
    const long hour = table.integer(i, hour_column);
    if (hour < 1 || hour > hours)
      throw Error("{}, line {}: hour {} is outside 1 .. {} (the study's hours)", file.string(), table.lines[i], hour,
                  hours);
    const auto place = static_cast<std::size_t>(2 * (hour - 1) + (bound == "hi" ? 1 : 0));
    if (seen[place])
      throw Error("{}, line {}: bound {} of hour {} is given twice", file.string(), table.lines[i], bound, hour);
    seen[place] = 1;
    for (std::size_t c = 0; c < columns.size(); ++c)
      (bound == "hi" ? bounds.upper : bounds.lower)[static_cast<std::size_t>(hour - 1) * columns.size() + c] =
          checked(table.number(i, positions[c]),
                  fmt::format("{}, line {}, column '{}'", file.string(), table.lines[i], columns[c]));
  }
  for (std::size_t place = 0; place < seen.size(); ++place)
    if (!seen[place])
      throw Error("{}: the bound {} of hour {} is missing", file.string(), place % 2 == 0 ? "lo" : "hi", place / 2 + 1);
  for (std::size_t cell = 0; cell < cells; ++cell)
    if (!(bounds.lower[cell] <= bounds.upper[cell]))
      throw Error("{}: hour {}, renewable '{}': lo {} is above hi {}", file.string(), cell / columns.size() + 1,
                  columns[cell % columns.size()], bounds.lower[cell], bounds.upper[cell]);
  return bounds;
}

}  // namespace wattstein::grid
