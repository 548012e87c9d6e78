#pragma once
// report.html of training and of evaluation: learning curves, parity plots, the table beside the baselines.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "learning/evaluation/limits.hpp"
#include "learning/evaluation/metrics.hpp"
#include "learning/model/surrogate.hpp"
#include "learning/training/trainer.hpp"

namespace wattstein::learning {

/// One model on one split.
struct ModelResult {
  std::string model;  // "transformer", "mlp", "mlp+flows", "ridge"
  std::string split;
  Evaluation evaluation;
  LimitCheck limits{};       // rows = 0: not checked
  torch::Tensor prediction;  // (S, M, 2); kept for the transformer only
  Responses responses;
};

struct SurrogateReport {
  std::string title, subtitle;
  std::vector<std::pair<std::string, TrainingRun>> runs;  // by model
  std::vector<ModelResult> results;
  std::string config, log;
};

std::string surrogate_report(const SurrogateReport& data);

/// The transformer on a split of the data set in `folder`, power flow included; keeps the predictions for parity plots
/// when asked.
ModelResult judge_split(const Surrogate& surrogate, const std::filesystem::path& folder, const Responses& responses,
                        const Feeder& feeder, const torch::Device& device, bool keep_predictions);

/// Errors and decisions of one result, and for the transformer what the power flow says, as in summary.json.
nlohmann::ordered_json to_json(const ModelResult& result);

/// One line for the log.
std::string line_of(const ModelResult& result);

}  // namespace wattstein::learning
