#pragma once
// Rows of a finished split, read back a slice at a time.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/dataset/columns.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

class RowReader {
 public:
  /// Opens `folder`/<split>. `data` gives the network; its microgrids are replaced by those of the split's axes. Errors
  /// name file and dataset: a file that is missing or no HDF5, a dataset that is missing or has another shape, axes
  /// that do not belong to the network, files with different numbers of rows.
  RowReader(const std::filesystem::path& folder, const std::string& split, DsoData data);

  const std::string& split() const { return split_; }
  bool infeasible() const { return infeasible_; }
  bool single() const { return single_; }  // primal and dual are float32
  std::int64_t rows() const { return static_cast<std::int64_t>(ids_.size()); }
  const DsoData& data() const { return data_; }
  const std::vector<std::int64_t>& ids() const { return ids_; }
  const std::vector<std::string>& words(const std::string& name) const { return texts_.at(name); }  // "status", "split"

  /// Rows first .. first+count-1; both are resized.
  void read(std::int64_t first, std::int64_t count, DsoInputs& inputs, DsoAnswers& answers) const;

 private:
  void read_axes();
  std::filesystem::path folder_;
  std::string split_;
  bool infeasible_ = false, single_ = false;
  DsoData data_;
  std::vector<Column> columns_;
  std::map<DatasetFile, std::unique_ptr<files::Hdf5Reader>> files_;
  std::vector<std::int64_t> ids_, iterations_;
  std::vector<std::uint8_t> tight_, accepted_;
  std::map<std::string, std::vector<std::string>> texts_;
};

/// Folders of a data set that hold rows: splits first, then infeasible ones; sorted. `folder`: the one with
/// network.json, or the run's folder above it. Error when there is none.
std::filesystem::path find_dataset(const std::filesystem::path& folder);
std::vector<std::string> dataset_splits(const std::filesystem::path& folder);

}  // namespace wattstein::engine
