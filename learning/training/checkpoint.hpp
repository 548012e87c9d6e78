#pragma once
// Everything that continuing a training needs, as one file.

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "learning/training/trainer.hpp"

namespace wattstein::learning {

struct TrainingState {
  std::int64_t epoch = 0;  // finished
  std::int64_t best_epoch = 0;
  double best_loss = std::numeric_limits<double>::infinity();
  std::vector<Epoch> history;
  std::vector<torch::Tensor> best;  // parameters of the best epoch
};

/// Written beside and renamed.
void save_state(const TrainingState& state, const Regressor& model, const torch::optim::Adam& optimiser,
                const TrainingSettings& settings, const std::string& data_fingerprint,
                const std::filesystem::path& file);

/// Fills model and optimiser. Errors: no checkpoint, or one of other settings, another model or other data.
TrainingState load_state(Regressor& model, torch::optim::Adam& optimiser, const TrainingSettings& settings,
                         const std::string& data_fingerprint, const std::filesystem::path& file);

}  // namespace wattstein::learning
