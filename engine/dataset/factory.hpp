#pragma once
// The data-set factory: draws inputs, solves them and writes rows, writing beside solving. Everything is made in
// `<folder>.part` and renamed to `<folder>` when it is whole.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/dataset/journal.hpp"
#include "engine/dataset/sampler.hpp"
#include "engine/models/dso/dso_operator.hpp"

namespace wattstein::engine {

struct FactoryReport {
  std::map<std::string, std::int64_t> rows;  // per folder
  std::int64_t resumed_rows = 0;             // taken from blocks of an earlier run
  std::int64_t new_rows = 0;
  std::int64_t capped_rows = 0;  // solved a second time, capped at every bus
  double seconds_sample = 0.0, seconds_assemble = 0.0, seconds_solve = 0.0, seconds_judge = 0.0;
  double seconds_write = 0.0;  // the writer thread's own work (beside solving)
  double seconds_wait = 0.0;   // solving stood still for the writer, and closing at the end
  double seconds = 0.0;        // from the first draw to the closed files
  std::string device, method;
};

struct FactoryJob {
  std::string name;              // for metadata
  std::filesystem::path folder;  // data/
  std::vector<SampleFamily> families;
  std::int64_t seed = 1;
  bool single = false;  // primal and dual in float32
  bool resume = false;
  std::int64_t block_rows = 4096;  // rows solved and kept at a time; does not change any row
  SolverOptions solver;
  MarketProposals market;
  std::string config;  // the study as resolved, for the card
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::int64_t done, std::int64_t all)> progress;
  /// Every block, resumed ones too, in order; `family` is a position in `families`.
  std::function<void(int family, const DsoInputs& inputs, const DsoAnswers& answers)> answered;
};

/// Makes a sampled data set. Stopped when asked to stop (finished blocks are kept for --resume). Error when something
/// cannot be written; the folder itself appears only when everything is in it.
FactoryReport make_dataset(const FactoryJob& job);

/// Writes given rows as a data set with the single split `test`; rows in any order. The same folder rules.
FactoryReport write_dataset(const std::filesystem::path& folder, const std::string& name, const std::string& config,
                            const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, bool single);

}  // namespace wattstein::engine
