#pragma once
// The rows that a training run sees: read, split into those to learn from and those to validate with.

#include <string>
#include <vector>

#include "learning/commands/commands.hpp"
#include "learning/commands/surrogate_options.hpp"
#include "learning/model/surrogate.hpp"

namespace wattstein::learning {

struct LoadedSet {
  std::filesystem::path folder;
  std::shared_ptr<const Feeder> feeder;
};

struct LoadedData {
  std::vector<LoadedSet> sets;
  std::vector<Sample> learned, held;  // one of each per set
  std::int64_t rows = 0, held_rows = 0, left_out = 0;
  std::string fingerprint;  // of ids and corrections
};

/// Reads split `train` of every folder. Rows are held back by id alone. Error when there are fewer than 20 tight rows.
LoadedData load_training_data(const std::vector<std::filesystem::path>& folders, const SurrogateOptions& options);

/// Everything standardised and on the device.
TrainingData standardised(const LoadedData& data, const Normalisation& normalisation, const torch::Device& device);

}  // namespace wattstein::learning
