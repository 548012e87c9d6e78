#pragma once
// Files of a recourse data set, laid out like those of dso-dataset.md:
//   data/network.json (schema "wattstein-recourse-1"), croissant.json, README.md,
//   data/<split>/input.h5, LP/{primal,dual,meta}.h5 with split train or test: solved rows, sorted by id;
//   data/infeasible/input.h5, LP/meta.h5: rows without an answer (the problem has one always: a numerical failure).

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/dataset/columns.hpp"
#include "engine/dataset/table_file.hpp"
#include "engine/models/recourse/recourse_data.hpp"

namespace wattstein::engine {

inline constexpr const char* recourse_schema = "wattstein-recourse-1";

struct RecourseColumn {
  std::string file;  // "input.h5", "LP/primal.h5", ... below a split
  std::string name, units, meaning;
  ColumnType type = ColumnType::real64;
  std::vector<std::int64_t> shape;
  std::vector<double> RecourseRows::*values = nullptr;  // none: id, status, iterations
  std::int64_t width() const;
};
std::vector<RecourseColumn> recourse_columns(const RecourseSystem& system, bool infeasible);

/// Writes train, test and infeasible below `folder`; rows come sorted by id.
class RecourseWriter {
 public:
  RecourseWriter(const std::filesystem::path& folder, const RecourseSystem& system, std::int64_t expected_rows);
  ~RecourseWriter();
  void append(const RecourseRows& rows, std::int64_t row, const std::string& split);  // its split when solved
  void close();
  const std::map<std::string, std::int64_t>& rows() const { return rows_; }

 private:
  struct Folder;
  std::map<std::string, std::unique_ptr<Folder>> folders_;
  std::map<std::string, std::int64_t> rows_;
};

/// All rows of a split. Errors name file and dataset: missing, another shape, files with different ids.
RecourseRows read_recourse_rows(const std::filesystem::path& folder, const std::string& split,
                                const RecourseSystem& system);

void write_recourse_metadata(const std::filesystem::path& folder, const RecourseSystem& system, const std::string& name,
                             const std::map<std::string, std::int64_t>& rows, const std::string& config,
                             const std::string& origin);
/// Reads network.json back. Errors name the file and what is wrong.
RecourseSystem read_recourse_system(const std::filesystem::path& file);

/// The network.json of `folder` says which kind of data set it holds.
bool is_recourse_dataset(const std::filesystem::path& folder);

}  // namespace wattstein::engine
