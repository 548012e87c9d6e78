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
  std::string name;                 // "" or the shift's
  const DsoData* data = nullptr;
  std::vector<std::string> splits;  // in order; created even when they stay empty
  std::function<std::string(std::int64_t id)> split;
  std::int64_t expected_rows = 0;
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
  const std::map<std::string, std::int64_t>& rows() const { return rows_; }

 private:
  struct Folder;
  void append_row(Folder& folder, const std::string& split, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row);
  WrittenFamily family_;
  std::vector<std::unique_ptr<Folder>> solved_;
  std::unique_ptr<Folder> infeasible_;
  std::map<std::string, std::int64_t> rows_;
};

}  // namespace wattstein::engine
