#pragma once
// Training as one free function: model, standardised data and settings go in, a history comes out.

#include <atomic>
#include <filesystem>
#include <functional>
#include <vector>

#include "learning/model/regressor.hpp"

namespace wattstein::learning {

struct TrainingSettings {
  std::int64_t epochs = 60;
  std::int64_t batch = 256;
  double learning_rate = 2e-3;  // peak; linear warm-up over the first epoch, cosine to zero over all epochs
  double gradient_limit = 1.0;  // gradients of a larger norm are scaled down to it
  std::int64_t patience = 15;   // epochs without a better validation loss before stopping early
  double voltage_weight = 0.1;  // weight of the voltage output beside the correction's 1
  std::int64_t seed = 1;
};

struct Epoch {
  std::int64_t epoch = 0;   // from 1
  double train_loss = 0.0;  // mean over the rows of the weighted mean squared error on standardised outputs
  double validation_loss = 0.0;
  double gradient_norm = 0.0;  // mean over the batches, before limiting
  double learning_rate = 0.0;  // at the end of the epoch
  double seconds = 0.0;
};

/// Rows of one feeder with one set of microgrids; all tensors on one device.
struct TrainingPart {
  Inputs inputs;
  torch::Tensor target;  // (S, M, outputs) standardised
};

struct TrainingData {
  std::vector<TrainingPart> train, validation;
};

struct TrainingRun {
  std::vector<Epoch> history;
  double best_validation_loss = 0.0;
  std::int64_t best_epoch = 0;
};

/// Adam on the weighted mean squared error. Leaves the parameters of the best epoch in `model`, which must be on the
/// data's device. With a checkpoint path the state is saved after every epoch, and a run that finds one continues it to
/// the same losses: the batches are a function of (seed, epoch) alone. Stopped when `stop` is set; whole epochs are
/// kept. Errors: no rows, a checkpoint of other settings or data (`data_fingerprint`), a loss that is not finite.
TrainingRun train(Regressor& model, const TrainingData& data, const TrainingSettings& settings,
                  const std::filesystem::path& checkpoint, const std::string& data_fingerprint,
                  const std::atomic<bool>* stop, const std::function<void(const Epoch&)>& report);

/// mean over rows and microgrids of (correction error)² + voltage_weight (voltage error)²
torch::Tensor weighted_loss(const torch::Tensor& prediction, const torch::Tensor& target, double voltage_weight);

}  // namespace wattstein::learning
