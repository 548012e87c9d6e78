// wattstein train: data, transformer, baselines, judgement, files.

#include <chrono>

#include "engine/dataset/metadata.hpp"
#include "engine/dataset/sampler.hpp"
#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/models/dso/read_dso.hpp"
#include "engine/studies/results_folder.hpp"
#include "engine/studies/study.hpp"
#include "learning/commands/commands.hpp"
#include "learning/commands/surrogate_options.hpp"
#include "learning/commands/surrogate_report.hpp"
#include "learning/commands/training_data.hpp"
#include "learning/model/baselines.hpp"
#include "learning/training/processor.hpp"

namespace wattstein::learning {
namespace {

engine::StudyKind dso_kind() {
  return engine::dso_response_study();
}

// The study's own data set, made once.
std::filesystem::path own_data(const TrainRequest& request, engine::ResultsFolder& results) {
  auto folder = request.out / "dataset";
  if (request.resume && std::filesystem::exists(folder / "data" / "network.json")) return folder;
  results.log("making the study's data set");
  engine::StudyRequest study{.study = request.study,
                             .out = folder,
                             .overrides = request.overrides,
                             .resume = request.resume,
                             .quiet = true,
                             .stop = request.stop};
  const engine::StudyKind kinds[] = {dso_kind()};
  if (engine::run_study(study, kinds) != 0)
    throw Error("{}: the data set was not made; its summary.json says why", folder.string());
  return folder;
}

void write_history(engine::ResultsFolder& results, const std::vector<std::pair<std::string, TrainingRun>>& runs) {
  files::CsvWriter csv(
      {"model", "epoch", "train_loss", "validation_loss", "gradient_norm", "learning_rate", "seconds"});
  for (const auto& [model, run] : runs)
    for (const auto& e : run.history) {
      csv.row().cell(model).cell(static_cast<long>(e.epoch)).cell(e.train_loss).cell(e.validation_loss);
      csv.cell(e.gradient_norm).cell(e.learning_rate).cell(e.seconds);
    }
  results.write_csv("history.csv", csv);
}

class TrainCommand {
 public:
  TrainCommand(const TrainRequest& request, const std::shared_ptr<files::TomlDocument>& document)
      : request_(request), document_(document), results_(request.out, request.quiet) {
    // first of all the kind, as other kinds have tables of their own
    std::vector<std::string> tables{"solver"};
    for (const auto& kind : engine::engine_study_kinds())
      tables.insert(tables.end(), kind.tables.begin(), kind.tables.end());
    const auto any = files::Table::open(document, "", engine::common_records(), tables);
    if (any.text("study") != "dso_response")
      any.refuse("study", "a surrogate is trained on a study of kind \"dso_response\"");
    tables = dso_kind().tables;
    tables.emplace_back("solver");
    const auto common = files::Table::open(document, "", engine::common_records(), tables);
    name_ = common.text("name");
    seed_ = common.integer("seed");
    options_ = read_surrogate_options(document, seed_);
    // what is wrong is told before anything is written
    for (const auto& folder : request.data) read_feeder(folder);
    if (request.data.empty()) {
      engine::DsoData network = engine::read_dso(document, false);
      network.microgrids = engine::read_microgrids(document, "microgrid", network.feeder);
      engine::read_sampler(document, network);
    }
  }

  int run() {
    const auto begin = std::chrono::steady_clock::now();
    results_.open(*document_);
    const auto folders = request_.data.empty() ? std::vector{own_data(request_, results_)} : request_.data;
    data_ = load_training_data(folders, options_);
    const Feeder& feeder = *data_.sets.front().feeder;
    files::make_writable_folder(request_.out / "checkpoint");
    prepare_processor(options_.threads);
    results_.log(
        fmt::format("{} rows to learn from, {} to validate with, {} left out as not tight; {} buses, {} "
                    "microgrids, {} data sets",
                    data_.rows, data_.held_rows, data_.left_out, feeder.buses(),
                    data_.learned.front().responses.microgrids(), data_.sets.size()));
    train_transformer();
    train_baselines();
    judge();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return finish(seconds);
  }

 private:
  TrainingRun run_training(const std::string& name, Regressor& model) {
    std::int64_t weights = 0;
    for (const auto& parameter : model.parameters()) weights += parameter.numel();
    results_.log(fmt::format("{}: {} weights", name, weights));
    summary_weights_[name] = weights;
    const auto checkpoint = request_.out / "checkpoint" / (name + ".pt");
    if (!request_.resume) std::filesystem::remove(checkpoint);
    model.to(options_.device);
    auto run =
        train(model, tensors_, options_.training, checkpoint, data_.fingerprint, request_.stop, [&](const Epoch& e) {
          results_.log(
              fmt::format("{} epoch {:3d}  train {:.3e}  validation {:.3e}  gradient {:.2e}  "
                          "{:.1f} s",
                          name, e.epoch, e.train_loss, e.validation_loss, e.gradient_norm, e.seconds));
        });
    page_.runs.emplace_back(name, run);
    return run;
  }

  void train_transformer() {
    torch::manual_seed(static_cast<std::uint64_t>(seed_));
    TransformerSettings shape = options_.transformer;
    shape.buses = data_.sets.front().feeder->buses();
    surrogate_.normalisation = Normalisation::of(data_.learned);
    surrogate_.network = std::make_shared<FeederTransformer>(shape);
    surrogate_.network_json = engine::network_json(data_.sets.front().feeder->data).dump();
    surrogate_.data_fingerprint = data_.fingerprint;
    for (const auto& [feeder, responses] : data_.learned) {
      surrogate_.feeder_fingerprints.push_back(feeder->fingerprint);
      surrogate_.places.push_back(buses_of(responses, *feeder));
    }
    tensors_ = standardised(data_, surrogate_.normalisation, options_.device);
    run_training("transformer", *surrogate_.network);
    surrogate_.network->to(torch::kCPU);
    save(surrogate_, results_.file("model.wattstein"));
    export_torchscript(surrogate_, *data_.learned.front().feeder, data_.learned.front().responses,
                       results_.file("model.ts"));
    surrogate_.network->to(options_.device);
  }

  // Flattened inputs know one feeder and one set of places only.
  void train_baselines() {
    if (options_.baselines == "none" || data_.sets.size() > 1) return;
    const auto& responses = data_.learned.front().responses;
    for (const bool flows : {false, true}) {
      if (flows && options_.baselines != "all") continue;
      torch::manual_seed(static_cast<std::uint64_t>(seed_));
      auto mlp = std::make_shared<FlatMlp>(data_.sets.front().feeder->buses(), responses.microgrids(),
                                           options_.transformer.outputs, options_.mlp_width, flows);
      run_training(flows ? "mlp+flows" : "mlp", *mlp);
      mlps_.emplace_back(flows ? "mlp+flows" : "mlp", mlp);
    }
    const Inputs inputs = surrogate_.normalisation.inputs(responses, *data_.sets.front().feeder);
    ridge_ = std::make_unique<Ridge>(inputs, surrogate_.normalisation.targets(responses), options_.ridge_penalty);
  }

  void judge() {
    for (const auto& set : data_.sets)
      for (const auto& split : solved_splits(set.folder)) {
        const auto responses = read_responses(set.folder, split, *set.feeder, options_.with_untight);
        if (responses.size() == 0) continue;
        page_.results.push_back(
            judge_split(surrogate_, set.folder, responses, *set.feeder, options_.device, split != "train"));
        if (data_.sets.size() > 1) page_.results.back().split = set.folder.filename().string() + "_" + split;
        judge_baselines(responses, *set.feeder);
      }
  }

  void judge_baselines(const Responses& responses, const Feeder& feeder) {
    if (!ridge_ || !torch::equal(responses.microgrid, data_.learned.front().responses.microgrid)) return;
    const torch::NoGradGuard no_gradient;
    const auto& n = surrogate_.normalisation;
    const Inputs inputs = n.inputs(responses, feeder);
    const auto add = [&](const std::string& model, const torch::Tensor& standardised) {
      page_.results.push_back(
          {model, responses.split, evaluate(n.restore(standardised), responses, feeder), {}, {}, {}});
    };
    for (const auto& [name, mlp] : mlps_) {
      mlp->eval();
      add(name, mlp->predict(inputs.to(options_.device)).cpu());
    }
    add("ridge", ridge_->predict(inputs));
  }

  int finish(double seconds) {
    auto& summary = results_.summary();
    const auto& run = page_.runs.front().second;
    summary["study"] = "surrogate";
    summary["name"] = name_;
    summary["status"] = "solved";
    summary["objective"] = run.best_validation_loss;
    summary["lower_bound"] = nullptr;
    summary["relative_gap"] = nullptr;
    summary["seconds"] = seconds;
    summary["iterations"] = run.history.size();
    summary["seed"] = seed_;
    summary["device"] = options_.device.is_cuda() ? "cuda" : "cpu";
    summary["version"] = engine::version();
    summary["rows"] = {{"learned", data_.rows}, {"held_back", data_.held_rows}, {"left_out_untight", data_.left_out}};
    summary["weights"] = summary_weights_;
    for (const auto& [name, model] : page_.runs) {
      double total = 0.0;
      for (const auto& epoch : model.history) total += epoch.seconds;
      summary["training_seconds"][name] = total;
    }
    for (const auto& result : page_.results) summary["surrogate"][result.model][result.split] = to_json(result);
    write_history(results_, page_.runs);
    page_.title = name_ + ": surrogate of the operator's response";
    page_.subtitle = fmt::format("{} rows, {} buses, {} microgrids", data_.rows, data_.sets.front().feeder->buses(),
                                 data_.learned.front().responses.microgrids());
    page_.config = files::to_toml_text(*document_);
    for (const auto& result : page_.results) results_.log(line_of(result));
    page_.log = results_.log_text();
    results_.write_text("report.html", surrogate_report(page_));
    return results_.finish();
  }

  const TrainRequest& request_;
  std::shared_ptr<files::TomlDocument> document_;
  engine::ResultsFolder results_;
  std::string name_;
  std::int64_t seed_ = 1;
  SurrogateOptions options_;
  LoadedData data_;
  TrainingData tensors_;
  Surrogate surrogate_;
  std::vector<std::pair<std::string, std::shared_ptr<FlatMlp>>> mlps_;
  std::unique_ptr<Ridge> ridge_;
  SurrogateReport page_;
  nlohmann::ordered_json summary_weights_;
};

}  // namespace

int train_command(const TrainRequest& request) {
  return TrainCommand(request, files::read_toml(engine::find_study(request.study), request.overrides)).run();
}

}  // namespace wattstein::learning
