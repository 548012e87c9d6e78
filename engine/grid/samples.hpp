#pragma once
// Samples of renewables: one row per sample and hour (CSV), or one dataset per renewable (HDF5).

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace wattstein::grid {

/// (count, hours, columns) values, the columns in the order that was asked for.
struct SampleTable {
  std::filesystem::path file;
  std::vector<std::string> columns;
  int hours = 0;
  int count = 0;
  std::vector<double> values;

  double at(int sample, int hour, int column) const {  // from 0
    return values[(static_cast<std::size_t>(sample) * static_cast<std::size_t>(hours) +
                   static_cast<std::size_t>(hour)) *
                      columns.size() +
                  static_cast<std::size_t>(column)];
  }
};

/// Reads `sample,hour,<column>,...` (.csv, .csv.gz: sample from 1, every hour of every sample exactly once) or HDF5
/// (.h5, .hdf5: dataset <column>, (samples, hours)). Error naming file and line or dataset: a column that is missing or
/// was not asked for, a sample or hour that is missing, repeated or out of range, a value that is negative or not
/// finite.
SampleTable read_samples(const std::filesystem::path& file, const std::vector<std::string>& columns, int hours);

/// Keeps what it has read: copies of a hub share their sample files.
class SampleCache {
 public:
  /// read_samples, once for equal arguments. The reference stays valid as long as the cache.
  const SampleTable& read(const std::filesystem::path& file, const std::vector<std::string>& columns, int hours);

 private:
  std::map<std::string, SampleTable> tables_;
};

/// Bounds per hour: (hours, columns).
struct BoundTable {
  std::vector<double> lower, upper;
};

/// Reads `bound,hour,<column>,...` with bound = lo or hi, every hour once for each. The same errors, and lo above hi.
BoundTable read_bounds(const std::filesystem::path& file, const std::vector<std::string>& columns, int hours);

}  // namespace wattstein::grid
