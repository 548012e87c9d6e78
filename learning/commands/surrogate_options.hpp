#pragma once
// `[surrogate]`: how the surrogate of a data set is built and trained.

#include <memory>
#include <string>

#include "engine/files/table.hpp"
#include "learning/model/transformer.hpp"
#include "learning/training/trainer.hpp"

namespace wattstein::learning {

struct SurrogateOptions {
  TransformerSettings transformer;
  TrainingSettings training;
  double validation_share = 0.1;
  std::string baselines;  // all | plain | none
  std::int64_t mlp_width = 256;
  double ridge_penalty = 1.0;
  bool with_untight = false;
  torch::Device device = torch::kCPU;
  std::int64_t threads = 0;
};

/// Reads `[surrogate]` of a study; everything has a default. `seed`: the study's.
SurrogateOptions read_surrogate_options(const std::shared_ptr<files::TomlDocument>& document, std::int64_t seed);

/// "cpu", "cuda" or "auto". Error when CUDA is asked for and this LibTorch has none, or no device is there.
torch::Device device_of(const std::string& word, const std::string& whose);

}  // namespace wattstein::learning
