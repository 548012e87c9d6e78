#pragma once
// Sends the rows of one family to the files of its splits: solved rows to train, test or test_<name>, the others to
// infeasible or infeasible_<name>.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/dataset/sampler.hpp"
#include "engine/dataset/table_file.hpp"
#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

/// A family as the writer sees it; the split of an id is a function of the id.
struct WrittenFamily {
  std::string name;  // "" or the shift's
  const DsoData* data = nullptr;
  std::vector<std::string> splits;  // in order; created even when they stay empty
  std::function<std::string(std::int64_t id)> split;
  std::int64_t expected_rows = 0;
};

/// The files of one folder.
class SplitFolderWriter {
 public:
  /// Creates `folder`/<name> and its files. `infeasible` and `infeasible_<shift>` hold inputs, meta and rays.
  SplitFolderWriter(const std::filesystem::path& folder, std::string name, const DsoData& data, bool single,
                    std::int64_t expected_rows);
  ~SplitFolderWriter();
  SplitFolderWriter(SplitFolderWriter&&) = default;

  /// `split`: what stands in the column of that name of infeasible rows.
  void append(const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row, const std::string& split);
  void close();
  const std::string& name() const { return name_; }
  std::int64_t rows() const { return rows_; }

 private:
  struct Place {
    TableFile* file;
    std::size_t index;  // column of that file
  };
  std::string name_;
  std::vector<Column> columns_;
  std::vector<Place> places_;  // of each column
  std::vector<std::unique_ptr<TableFile>> files_;
  std::vector<double> zeros_;
  std::int64_t rows_ = 0;
};

class SplitWriter {
 public:
  /// Creates folders and files below `folder`.
  SplitWriter(const std::filesystem::path& folder, WrittenFamily family, bool single);
  ~SplitWriter();

  /// Rows must come sorted by id.
  void append(const DsoInputs& inputs, const DsoAnswers& answers);
  void append_row(const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row);
  void close();
  /// Rows per split, infeasible ones under their folder's name.
  std::map<std::string, std::int64_t> rows() const;

 private:
  WrittenFamily family_;
  std::vector<SplitFolderWriter> solved_;
  std::unique_ptr<SplitFolderWriter> infeasible_;
};

}  // namespace wattstein::engine
