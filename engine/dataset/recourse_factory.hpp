#pragma once
// The factory of recourse data sets: draws, solves and writes blocks; made in `<folder>.part`, renamed when whole.

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/dataset/recourse_sampler.hpp"
#include "engine/models/recourse/recourse_problem.hpp"

namespace wattstein::engine {

struct RecourseJob {
  std::string name;
  std::filesystem::path folder;  // data/
  RecourseProblem* problem = nullptr;
  RecourseSampler sampler;
  std::int64_t seed = 1;
  bool resume = false;
  std::int64_t block_rows = 4096;
  int threads = 0;
  std::string config;       // the study as resolved, for the card
  std::string fingerprint;  // of everything that a row depends on: 64 hexadecimal digits
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::int64_t done, std::int64_t all)> progress;
  std::function<void(const RecourseRows& rows)> answered;  // every block, resumed ones too, in order
};

struct RecourseReport {
  std::map<std::string, std::int64_t> rows;  // per folder
  std::int64_t new_rows = 0, resumed_rows = 0;
  double seconds_sample = 0.0, seconds_solve = 0.0, seconds_write = 0.0, seconds = 0.0;
};

/// Stopped when asked to stop (finished blocks are kept for --resume). Error when something cannot be written.
RecourseReport make_recourse_dataset(const RecourseJob& job);

/// The three tools of toolbox.hpp for recourse data sets; `folder` is the one with network.json.
nlohmann::ordered_json validate_recourse(const std::filesystem::path& folder, double tolerance);
nlohmann::ordered_json merge_recourse(const std::vector<std::filesystem::path>& sources,
                                      const std::filesystem::path& out);
nlohmann::ordered_json recourse_statistics(const std::filesystem::path& folder);

}  // namespace wattstein::engine
