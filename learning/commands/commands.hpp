#pragma once
// What `wattstein train`, `evaluate` and `predict` do. Errors are thrown as Error; nothing is half written. Free of
// Torch, so that the command line can be compiled without it.

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/studies/market_study.hpp"

namespace wattstein::learning {

struct TrainRequest {
  std::string study;                        // a dso_response study: its [surrogate] table and seed are read
  std::vector<std::filesystem::path> data;  // data sets; none: the study's own is made in OUT/dataset first
  std::filesystem::path out;
  std::vector<std::string> overrides;
  bool resume = false;
  bool quiet = false;
  const std::atomic<bool>* stop = nullptr;
};
/// Trains on every split `train`, judges on every split, writes model.wattstein, model.ts, history.csv, summary.json,
/// report.html and checkpoint/. Returns the exit code.
int train_command(const TrainRequest& request);

struct EvaluateRequest {
  std::filesystem::path model, data;
  std::filesystem::path out;  // empty: the table on the terminal alone
  std::string device = "cpu";
  bool transfer = false;  // allow a network that the model never saw
  bool quiet = false;
};
/// Judges a model on every split of a data set.
int evaluate_command(const EvaluateRequest& request);

struct PredictRequest {
  std::filesystem::path model, input, out;  // out: .h5 or .csv
  std::filesystem::path network;            // network.json; empty: the model's own
  std::string device = "cpu";
  bool transfer = false;  // allow a network or places that the model never saw
};
/// Reads the proposals of an input.h5, writes corrections and squared voltages.
int predict_command(const PredictRequest& request);

/// For market studies (Case 3): opens a model file for a feeder and its microgrids.
engine::CorrectionPredictor open_surrogate(const std::filesystem::path& file, const engine::DsoData& data);

/// The functions above, as the program finds them in the library that it loads (learning/library).
struct Commands {
  int (*train)(const TrainRequest&);
  int (*evaluate)(const EvaluateRequest&);
  int (*predict)(const PredictRequest&);
  engine::CorrectionPredictor (*open_surrogate)(const std::filesystem::path&, const engine::DsoData&);
};
/// Name of the library and of its only symbol, a `const Commands* (*)()`.
inline constexpr const char* library_name = "libwattstein_learning.so";
inline constexpr const char* library_symbol = "wattstein_learning_commands";

}  // namespace wattstein::learning
