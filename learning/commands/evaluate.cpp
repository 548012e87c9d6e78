// wattstein evaluate, wattstein predict, and the market's way to a model.

#include "engine/dataset/metadata.hpp"
#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/studies/results_folder.hpp"
#include "engine/studies/study.hpp"
#include "learning/commands/commands.hpp"
#include "learning/commands/surrogate_options.hpp"
#include "learning/commands/surrogate_report.hpp"

namespace wattstein::learning {
namespace {

std::vector<double> doubles(const torch::Tensor& tensor) {
  const auto whole = tensor.to(torch::kFloat64).contiguous();
  return {whole.data_ptr<double>(), whole.data_ptr<double>() + whole.numel()};
}

void write_csv(const PredictRequest& request, const engine::DsoInputs& inputs, const Responses& responses,
               const std::vector<double>& correction, const std::vector<double>& voltage,
               const std::vector<engine::DsoMicrogrid>& microgrids) {
  std::vector<std::string> columns = {"id"};
  for (const auto& microgrid : microgrids) {
    columns.push_back(fmt::format("correction_{}_mw", microgrid.name));
    columns.push_back(fmt::format("squared_voltage_{}_pu", microgrid.name));
  }
  files::CsvWriter csv(columns);
  const auto M = static_cast<std::size_t>(responses.microgrids());
  for (std::size_t s = 0; s < inputs.id.size(); ++s) {
    csv.row().cell(static_cast<long>(inputs.id[s]));
    for (std::size_t m = 0; m < M; ++m) csv.cell(correction[s * M + m]).cell(voltage[s * M + m]);
  }
  csv.write(request.out);
}

void write_hdf5(const PredictRequest& request, const engine::DsoInputs& inputs, const Responses& responses,
                const std::vector<double>& correction, const std::vector<double>& voltage) {
  files::Hdf5Writer file(request.out);
  const files::Shape shape = {responses.size(), responses.microgrids()};
  std::vector<double> granted = inputs.net;
  for (std::size_t k = 0; k < granted.size(); ++k) granted[k] += correction[k];
  file.integers64("id", inputs.id, {responses.size()});
  const auto write = [&](const char* name, const std::vector<double>& values, const char* units) {
    file.numbers(name, values, shape);
    file.attribute(name, "units", std::string_view(units));
  };
  write("correction", correction, "MW");
  write("pm", granted, "MW");
  write("squared_voltage", voltage, "p.u.");
  file.attribute("/", "schema", std::string_view("wattstein-prediction-1"));
  file.commit();
}

}  // namespace

int evaluate_command(const EvaluateRequest& request) {
  const Surrogate surrogate = load_surrogate(request.model);
  const auto device = device_of(request.device, "--device");
  const Feeder feeder = read_feeder(request.data);
  surrogate.require_feeder(feeder, request.transfer, request.data.string());
  surrogate.network->to(device);
  SurrogateReport page;
  engine::ResultsFolder results(request.out, request.quiet);
  for (const auto& split : solved_splits(request.data)) {
    const Responses responses = read_responses(request.data, split, feeder);
    if (responses.size() == 0) continue;
    page.results.push_back(judge_split(surrogate, request.data, responses, feeder, device, split != "train"));
    results.log(line_of(page.results.back()));
  }
  if (page.results.empty()) throw Error("{}: holds no solved, tight rows", request.data.string());
  if (request.out.empty()) return 0;

  results.open(*files::parse_toml("", request.model));
  auto& summary = results.summary();
  summary["study"] = "surrogate";
  summary["name"] = request.model.filename().string();
  summary["status"] = "solved";
  summary["same_network"] = surrogate.knows(feeder);
  summary["device"] = device.is_cuda() ? "cuda" : "cpu";
  summary["version"] = engine::version();
  for (const auto& result : page.results) summary["surrogate"][result.model][result.split] = to_json(result);
  page.title = request.model.filename().string() + " judged";
  page.subtitle = surrogate.knows(feeder) ? "the feeder it was trained on" : "a feeder it never saw";
  page.log = results.log_text();
  results.write_text("report.html", surrogate_report(page));
  return results.finish();
}

int predict_command(const PredictRequest& request) {
  const Surrogate surrogate = load_surrogate(request.model);
  const auto device = device_of(request.device, "--device");
  const Feeder feeder =
      make_feeder(request.network.empty() ? engine::parse_network_json(surrogate.network_json, request.model)
                                          : engine::read_network_json(request.network));
  surrogate.require_feeder(feeder, request.transfer, request.network.string());
  std::vector<engine::DsoMicrogrid> microgrids;
  const auto inputs = read_inputs(request.input, feeder.data, microgrids);
  const auto responses = tensors_of(inputs, microgrids, feeder);
  surrogate.require_places(responses, feeder, request.transfer, request.input.string());
  surrogate.network->to(device);
  const auto prediction = surrogate.predict(responses, feeder, device);
  const auto correction = doubles(prediction.select(2, 0)), voltage = doubles(prediction.select(2, 1));
  if (request.out.extension() == ".csv") write_csv(request, inputs, responses, correction, voltage, microgrids);
  else write_hdf5(request, inputs, responses, correction, voltage);
  const auto outside = surrogate.normalisation.rows_outside(responses);
  fmt::print(stderr, "{} proposals; {} of them beyond what the model was trained on\n", responses.size(), outside);
  return 0;
}

engine::CorrectionPredictor open_surrogate(const std::filesystem::path& file, const engine::DsoData& data) {
  const auto surrogate = std::make_shared<Surrogate>(load_surrogate(file));
  const auto feeder = std::make_shared<Feeder>(make_feeder(data));
  surrogate->require_feeder(*feeder, false, file.string());
  Responses none;
  engine::DsoInputs empty;
  empty.resize(0, data);
  surrogate->require_places(tensors_of(empty, data.microgrids, *feeder), *feeder, false, file.string());
  return [surrogate, feeder](const engine::DsoInputs& inputs) {
    return doubles(surrogate->predict(tensors_of(inputs, feeder->data.microgrids, *feeder), *feeder).select(2, 0));
  };
}

}  // namespace wattstein::learning
