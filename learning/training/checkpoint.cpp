#include "learning/training/checkpoint.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::learning {
namespace {

constexpr const char* schema = "wattstein-training-1";

nlohmann::json as_json(const TrainingSettings& s, const std::string& data_fingerprint) {
  return {{"schema", schema},
          {"seed", s.seed},
          {"epochs", s.epochs},
          {"batch", s.batch},
          {"patience", s.patience},
          {"learning_rate", s.learning_rate},
          {"data", data_fingerprint},
          {"gradient_limit", s.gradient_limit},
          {"voltage_weight", s.voltage_weight}};
}

nlohmann::json as_json(const std::vector<Epoch>& history) {
  auto list = nlohmann::json::array();
  for (const auto& e : history)
    list.push_back({e.epoch, e.train_loss, e.validation_loss, e.gradient_norm, e.learning_rate, e.seconds});
  return list;
}

}  // namespace

void save_state(const TrainingState& state, const Regressor& model, const torch::optim::Adam& optimiser,
                const TrainingSettings& settings, const std::string& data_fingerprint,
                const std::filesystem::path& file) {
  torch::serialize::OutputArchive archive, parameters, moments;
  const nlohmann::json header = {{"run", as_json(settings, data_fingerprint)},
                                 {"epoch", state.epoch},
                                 {"best_epoch", state.best_epoch},
                                 {"best_loss", state.best_loss},
                                 {"history", as_json(state.history)}};
  archive.write("header", c10::IValue(header.dump()));
  model.save(parameters);
  optimiser.save(moments);
  archive.write("model", parameters);
  archive.write("optimiser", moments);
  for (std::size_t i = 0; i < state.best.size(); ++i) archive.write("best_" + std::to_string(i), state.best[i]);
  std::ostringstream stream;
  archive.save_to(stream);
  files::write_whole(file, stream.str());
}

TrainingState load_state(Regressor& model, torch::optim::Adam& optimiser, const TrainingSettings& settings,
                         const std::string& data_fingerprint, const std::filesystem::path& file) {
  TrainingState state;
  std::istringstream stream(files::read_whole(file));
  try {
    torch::serialize::InputArchive archive, parameters, moments;
    archive.load_from(stream, model.parameters().front().device());
    c10::IValue text;
    archive.read("header", text);
    const auto header = nlohmann::json::parse(text.toStringRef());
    const auto run = as_json(settings, data_fingerprint);
    for (const auto& [key, wanted] : run.items())
      if (header.at("run").at(key) != wanted)
        throw Error(
            "{}: was written with {} = {}, this run has {}; use the same settings and data, or train anew "
            "without --resume",
            file.string(), key, header.at("run").at(key).dump(), wanted.dump());
    state.epoch = header.at("epoch");
    state.best_epoch = header.at("best_epoch");
    state.best_loss = header.at("best_loss");
    for (const auto& row : header.at("history")) {
      Epoch e;
      e.epoch = row.at(0);
      e.train_loss = row.at(1);
      e.validation_loss = row.at(2);
      e.gradient_norm = row.at(3);
      e.learning_rate = row.at(4);
      e.seconds = row.at(5);
      state.history.push_back(e);
    }
    archive.read("model", parameters);
    archive.read("optimiser", moments);
    model.load(parameters);
    optimiser.load(moments);
    for (std::size_t i = 0; i < model.parameters().size(); ++i) {
      torch::Tensor tensor;
      archive.read("best_" + std::to_string(i), tensor);
      state.best.push_back(tensor);
    }
  } catch (const c10::Error& failure) {
    const std::string why = failure.what_without_backtrace();
    throw Error("{}: not a checkpoint of this model ({})", file.string(), why.substr(0, why.find('\n')));
  } catch (const nlohmann::json::exception& failure) {
    throw Error("{}: its header cannot be read ({})", file.string(), failure.what());
  }
  return state;
}

}  // namespace wattstein::learning
