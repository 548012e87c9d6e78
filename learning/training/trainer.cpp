#include "learning/training/trainer.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>

#include "engine/error/error.hpp"
#include "learning/training/checkpoint.hpp"

namespace wattstein::learning {
namespace {

// A permutation that is the same on every machine and library version (Fisher-Yates on a 64-bit Mersenne twister).
template <class Item>
void shuffle(std::vector<Item>& items, std::mt19937_64& generator) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[generator() % i]);
}

struct BatchRows {
  std::size_t part = 0;
  torch::Tensor rows;  // positions
};

// Rows of every part in random order, cut into batches; the batches of all parts in random order.
std::vector<BatchRows> batches_of(const TrainingData& data, const TrainingSettings& settings, std::int64_t epoch) {
  std::seed_seq sequence{static_cast<std::uint64_t>(settings.seed), static_cast<std::uint64_t>(epoch)};
  std::mt19937_64 generator(sequence);
  std::vector<BatchRows> batches;
  for (std::size_t part = 0; part < data.train.size(); ++part) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(data.train[part].inputs.size()));
    std::iota(order.begin(), order.end(), 0);
    shuffle(order, generator);
    const auto rows = torch::tensor(at::ArrayRef<std::int64_t>(order), torch::kInt64);
    for (std::int64_t first = 0; first < rows.size(0); first += settings.batch)
      batches.push_back({part, rows.slice(0, first, std::min(first + settings.batch, rows.size(0)))});
  }
  if (data.train.size() > 1) shuffle(batches, generator);
  return batches;
}

// rate · warm-up · (1 + cos(π share))/2; `epoch` counts finished epochs, fractional inside one
double rate_at(const TrainingSettings& settings, double epoch) {
  const double warm = std::min(1.0, epoch + 1e-3);
  const double share = std::min(1.0, epoch / static_cast<double>(settings.epochs));
  return settings.learning_rate * warm * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

double mean_loss(Regressor& model, const std::vector<TrainingPart>& parts, double voltage_weight) {
  const torch::NoGradGuard no_gradient;
  model.eval();
  double sum = 0.0, rows = 0.0;
  constexpr std::int64_t at_once = 1024;
  for (const auto& part : parts)
    for (std::int64_t first = 0; first < part.inputs.size(); first += at_once) {
      const auto last = std::min(first + at_once, part.inputs.size());
      const auto loss = weighted_loss(model.predict(part.inputs.slice(first, last)), part.target.slice(0, first, last),
                                      voltage_weight);
      sum += loss.item<double>() * static_cast<double>(last - first);
      rows += static_cast<double>(last - first);
    }
  return sum / rows;
}

std::int64_t rows_of(const std::vector<TrainingPart>& parts) {
  std::int64_t rows = 0;
  for (const auto& part : parts) rows += part.inputs.size();
  return rows;
}

Epoch one_epoch(Regressor& model, torch::optim::Adam& optimiser, const TrainingData& data,
                const TrainingSettings& settings, std::int64_t number, const std::atomic<bool>* stop) {
  const auto begin = std::chrono::steady_clock::now();
  Epoch epoch;
  epoch.epoch = number;
  model.train();
  const auto batches = batches_of(data, settings, number);
  const auto count = static_cast<double>(batches.size());
  double done = 0.0;
  for (const auto& batch : batches) {
    // a half epoch is thrown away: the checkpoint holds whole ones
    if (stop != nullptr && stop->load()) throw Stopped("stopped after epoch {}; --resume continues", number - 1);
    const auto& part = data.train[batch.part];
    const auto rows = batch.rows.to(part.target.device());
    epoch.learning_rate = rate_at(settings, static_cast<double>(number - 1) + done / count);
    for (auto& group : optimiser.param_groups())
      static_cast<torch::optim::AdamOptions&>(group.options()).lr(epoch.learning_rate);
    optimiser.zero_grad();
    const auto loss = weighted_loss(model.predict(part.inputs.rows(rows)), part.target.index_select(0, rows),
                                    settings.voltage_weight);
    loss.backward();
    epoch.gradient_norm += torch::nn::utils::clip_grad_norm_(model.parameters(), settings.gradient_limit) / count;
    optimiser.step();
    epoch.train_loss += loss.item<double>() * static_cast<double>(rows.size(0));
    done += 1.0;
  }
  epoch.train_loss /= static_cast<double>(rows_of(data.train));
  epoch.validation_loss = mean_loss(model, data.validation, settings.voltage_weight);
  epoch.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!std::isfinite(epoch.train_loss) || !std::isfinite(epoch.validation_loss))
    throw Error("training diverged in epoch {}: the loss is not finite; lower surrogate.learning_rate", number);
  return epoch;
}

}  // namespace

torch::Tensor weighted_loss(const torch::Tensor& prediction, const torch::Tensor& target, double voltage_weight) {
  const auto square = (prediction - target).square().mean(at::IntArrayRef{0, 1});  // (outputs)
  auto loss = square[0];
  if (square.size(0) > 1 && voltage_weight > 0.0) loss = loss + voltage_weight * square[1];
  return loss;
}

TrainingRun train(Regressor& model, const TrainingData& data, const TrainingSettings& settings,
                  const std::filesystem::path& checkpoint, const std::string& data_fingerprint,
                  const std::atomic<bool>* stop, const std::function<void(const Epoch&)>& report) {
  if (rows_of(data.train) < 1 || rows_of(data.validation) < 1)
    throw Error("training needs at least one row to learn from and one to validate with");
  torch::optim::Adam optimiser(model.parameters(), torch::optim::AdamOptions(settings.learning_rate));
  TrainingState state;
  if (!checkpoint.empty() && std::filesystem::exists(checkpoint))
    state = load_state(model, optimiser, settings, data_fingerprint, checkpoint);

  while (state.epoch < settings.epochs && state.epoch - state.best_epoch < settings.patience) {
    const Epoch epoch = one_epoch(model, optimiser, data, settings, state.epoch + 1, stop);
    state.history.push_back(epoch);
    state.epoch = epoch.epoch;
    if (epoch.validation_loss < state.best_loss) {
      state.best_loss = epoch.validation_loss;
      state.best_epoch = epoch.epoch;
      state.best.clear();
      for (const auto& parameter : model.parameters()) state.best.push_back(parameter.detach().clone());
    }
    if (!checkpoint.empty()) save_state(state, model, optimiser, settings, data_fingerprint, checkpoint);
    if (report) report(epoch);
  }

  const torch::NoGradGuard no_gradient;
  const auto parameters = model.parameters();
  for (std::size_t i = 0; i < state.best.size(); ++i) parameters[i].copy_(state.best[i]);
  return {state.history, state.best_loss, state.best_epoch};
}

}  // namespace wattstein::learning
