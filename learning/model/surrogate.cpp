#include "learning/model/surrogate.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::learning {
namespace {

torch::Tensor deviation_of(const torch::Tensor& rows) {
  // A feature that does not vary stays as it is: dividing noise by nothing would only amplify it.
  const auto deviation = rows.std(0, /*unbiased=*/false);
  return torch::where(deviation > 1e-6, deviation, torch::ones_like(deviation));
}

torch::Tensor own_of(const Responses& responses) {
  const auto reach = responses.reach.unsqueeze(0).expand({responses.size(), -1, -1});
  return torch::cat({responses.net.unsqueeze(2), reach}, 2);
}

torch::Tensor outputs_of(const Responses& responses) {
  return torch::stack({responses.correction, responses.voltage}, 2);
}

nlohmann::json describe(const TransformerSettings& s) {
  return {{"width", s.width}, {"heads", s.heads},     {"layers", s.layers}, {"feed_forward", s.feed_forward},
          {"buses", s.buses}, {"outputs", s.outputs}, {"flows", s.flows},   {"learned_position", s.learned_position}};
}

TransformerSettings settings_from(const nlohmann::json& json) {
  TransformerSettings settings;
  settings.width = json.at("width");
  settings.heads = json.at("heads");
  settings.layers = json.at("layers");
  settings.feed_forward = json.at("feed_forward");
  settings.buses = json.at("buses");
  settings.outputs = json.at("outputs");
  settings.flows = json.at("flows");
  settings.learned_position = json.at("learned_position");
  return settings;
}

std::vector<std::pair<const char*, torch::Tensor Normalisation::*>> normalisation_fields() {
  using N = Normalisation;
  return {{"token_mean", &N::token_mean},   {"token_deviation", &N::token_deviation},
          {"token_low", &N::token_low},     {"token_high", &N::token_high},
          {"place_mean", &N::place_mean},   {"place_deviation", &N::place_deviation},
          {"own_mean", &N::own_mean},       {"own_deviation", &N::own_deviation},
          {"output_mean", &N::output_mean}, {"output_deviation", &N::output_deviation}};
}

}  // namespace

std::vector<int> buses_of(const Responses& responses, const Feeder& feeder) {
  std::vector<int> buses;
  for (std::int64_t m = 0; m < responses.microgrids(); ++m)
    buses.push_back(
        feeder.data.feeder.bus_number[static_cast<std::size_t>(responses.microgrid[m].item<std::int64_t>())]);
  return buses;
}

Normalisation Normalisation::of(const std::vector<Sample>& samples) {
  std::vector<torch::Tensor> token, place, own, outputs;
  for (const auto& sample : samples) {
    token.push_back(sample.responses.token.flatten(0, 1));
    place.push_back(sample.feeder->place);
    own.push_back(own_of(sample.responses).flatten(0, 1));
    outputs.push_back(outputs_of(sample.responses).flatten(0, 1));
  }
  Normalisation n;
  const auto measure = [](const std::vector<torch::Tensor>& parts, torch::Tensor& mean, torch::Tensor& deviation) {
    const auto rows = torch::cat(parts, 0);
    mean = rows.mean(0);
    deviation = deviation_of(rows);
  };
  measure(token, n.token_mean, n.token_deviation);
  measure(place, n.place_mean, n.place_deviation);
  measure(own, n.own_mean, n.own_deviation);
  measure(outputs, n.output_mean, n.output_deviation);
  n.token_low = torch::cat(token, 0).amin(0);
  n.token_high = torch::cat(token, 0).amax(0);
  return n;
}

Inputs Normalisation::inputs(const Responses& responses, const Feeder& feeder) const {
  return {(responses.token - token_mean) / token_deviation, (feeder.place - place_mean) / place_deviation,
          feeder.relation, (own_of(responses) - own_mean) / own_deviation, responses.microgrid};
}

torch::Tensor Normalisation::targets(const Responses& responses) const {
  return (outputs_of(responses) - output_mean) / output_deviation;
}

torch::Tensor Normalisation::restore(const torch::Tensor& standardised) const {
  return standardised * output_deviation + output_mean;
}

std::int64_t Normalisation::rows_outside(const Responses& responses) const {
  const auto slack = 0.01 * (token_high - token_low);
  const auto outside = (responses.token > token_high + slack) | (responses.token < token_low - slack);
  return outside.narrow(2, 0, Responses::plain_width).flatten(1).any(1).sum().item<std::int64_t>();
}

torch::Tensor Surrogate::predict(const Responses& responses, const Feeder& feeder, const torch::Device& device) const {
  const torch::NoGradGuard no_gradient;
  network->eval();
  const Inputs inputs = normalisation.inputs(responses, feeder).to(device);
  std::vector<torch::Tensor> parts;
  constexpr std::int64_t rows_at_once = 1024;  // bounds the memory of the attention scores
  for (std::int64_t first = 0; first < responses.size(); first += rows_at_once)
    parts.push_back(network->predict(inputs.slice(first, std::min(first + rows_at_once, responses.size()))).cpu());
  if (parts.empty()) return torch::zeros({0, responses.microgrids(), network->settings.outputs});
  return normalisation.restore(torch::cat(parts, 0));
}

bool Surrogate::knows(const Feeder& feeder) const {
  return std::find(feeder_fingerprints.begin(), feeder_fingerprints.end(), feeder.fingerprint) !=
         feeder_fingerprints.end();
}

bool Surrogate::knows_places(const Responses& responses, const Feeder& feeder) const {
  return std::find(places.begin(), places.end(), buses_of(responses, feeder)) != places.end();
}

void Surrogate::require_feeder(const Feeder& feeder, bool transfer, const std::string& whose) const {
  if (knows(feeder)) return;
  if (network->settings.learned_position)
    throw Error(
        "{}: another network than the model was trained on, and the model has learned positions; "
        "train with surrogate.position = \"tree\" to use a model elsewhere",
        whose);
  if (!transfer)
    throw Error(
        "{}: another network than the model was trained on (fingerprint {}..., expected {}...); "
        "--transfer uses it all the same",
        whose, feeder.fingerprint.substr(0, 12), feeder_fingerprints.front().substr(0, 12));
}

void Surrogate::require_places(const Responses& responses, const Feeder& feeder, bool transfer,
                               const std::string& whose) const {
  if (transfer || knows_places(responses, feeder)) return;
  throw Error("{}: microgrids at buses {}, the model was trained on {}; --transfer uses it all the same", whose,
              fmt::join(buses_of(responses, feeder), ", "), fmt::join(places.front(), ", "));
}

void save(const Surrogate& surrogate, const std::filesystem::path& file) {
  torch::serialize::OutputArchive archive;
  const nlohmann::json header = {
      {"schema", Surrogate::schema},       {"settings", describe(surrogate.network->settings)},
      {"network", surrogate.network_json}, {"feeder_fingerprints", surrogate.feeder_fingerprints},
      {"places", surrogate.places},        {"data_fingerprint", surrogate.data_fingerprint}};
  archive.write("header", c10::IValue(header.dump()));
  for (const auto& [name, field] : normalisation_fields()) archive.write(name, surrogate.normalisation.*field);
  torch::serialize::OutputArchive parameters;
  surrogate.network->save(parameters);
  archive.write("network", parameters);
  std::ostringstream stream;
  archive.save_to(stream);
  files::write_whole(file, stream.str());
}

Surrogate load_surrogate(const std::filesystem::path& file) {
  std::istringstream stream(files::read_whole(file));
  Surrogate surrogate;
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(stream, torch::kCPU);
    c10::IValue text;
    archive.read("header", text);
    const auto header = nlohmann::json::parse(text.toStringRef());
    const std::string schema = header.at("schema");
    if (schema != Surrogate::schema)
      throw Error("{}: schema '{}', this program reads '{}'", file.string(), schema, Surrogate::schema);
    surrogate.network = std::make_shared<FeederTransformer>(settings_from(header.at("settings")));
    surrogate.network_json = header.at("network");
    surrogate.feeder_fingerprints = header.at("feeder_fingerprints").get<std::vector<std::string>>();
    surrogate.places = header.at("places").get<std::vector<std::vector<int>>>();
    surrogate.data_fingerprint = header.at("data_fingerprint");
    for (const auto& [name, field] : normalisation_fields()) archive.read(name, surrogate.normalisation.*field);
    torch::serialize::InputArchive parameters;
    archive.read("network", parameters);
    surrogate.network->load(parameters);
  } catch (const c10::Error& failure) {
    const std::string why = failure.what_without_backtrace();
    throw Error("{}: not a model file of this program, or damaged ({})", file.string(), why.substr(0, why.find('\n')));
  } catch (const nlohmann::json::exception& failure) {
    throw Error("{}: its header cannot be read ({})", file.string(), failure.what());
  }
  return surrogate;
}

}  // namespace wattstein::learning
