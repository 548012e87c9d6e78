#pragma once
// Solving the problems of a file, slice by slice: what the study kind `batch` and `wattstein solve` share.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/files/table.hpp"
#include "engine/options/option.hpp"
#include "engine/problem/batch_file.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

/// The table `[batch]`.
struct BatchSettings {
  std::filesystem::path file;      // .h5 batch, or one problem: .mps, .qps, .cbf, each also with .gz
  std::vector<std::string> write;  // of x, y, w, d
  std::int64_t first = 0, count = 0;
  bool random_order = false;
  bool check_reference = true;
  std::filesystem::path start;  // results.h5 of another run; empty: none

  bool writes(std::string_view name) const;
};

std::span<const options::Option> batch_records();
BatchSettings read_batch_settings(const std::shared_ptr<files::TomlDocument>& document);

/// Problems read from any file that this project reads; `first` and `count` as read_batch_file.
BatchFile read_problem_file(const std::filesystem::path& file, std::int64_t first = 0, std::int64_t count = 0);

/// Figures over all slices, as summary.json has them.
class BatchStatistics {
 public:
  void add(const BatchFile& problems, const BatchResult& result, bool check_reference);
  void add_seconds_read(double seconds) { seconds_read_ += seconds; }
  void add_seconds_write(double seconds) { seconds_write_ += seconds; }
  /// status, objective, lower_bound, relative_gap, iterations, device and the object `batch`.
  void fill(nlohmann::ordered_json& summary) const;
  std::int64_t problems() const { return problems_; }

 private:
  std::string overall_status() const;
  std::int64_t problems_ = 0;
  int variables_ = 0, rows_ = 0;
  std::int64_t nonzeros_ = 0, cones_ = 0;
  std::vector<std::int64_t> count_ = std::vector<std::int64_t>(kernels::status_count, 0);
  std::vector<int> iterations_;
  double objective_ = 0.0, bound_ = 0.0;
  double primal_ = 0.0, dual_ = 0.0, gap_ = 0.0, bound_gap_ = 0.0;
  double seconds_read_ = 0.0, seconds_setup_ = 0.0, seconds_solve_ = 0.0, seconds_write_ = 0.0, cpu_seconds_ = 0.0;
  std::string method_, device_;
  int threads_ = 1;
  bool reference_ = false, one_model_ = false;
  std::int64_t mismatches_ = 0, violations_ = 0;
  std::vector<double> errors_;
};

using BatchSlice = std::function<void(const BatchFile& problems, const BatchResult& result)>;

/// Reads and solves the file in slices that fit options.memory_gb (one slice when that is 0), in file order, and hands
/// every slice to `done`. `ready` is called once, after the first slice has been read and checked. `progress` gets
/// finished and all.
void solve_problem_file(const BatchSettings& settings, const SolverOptions& options, std::int64_t seed,
                        BatchStatistics& statistics, const std::function<void(const BatchFile& first)>& ready,
                        const BatchSlice& done, const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace wattstein::engine
