// wattstein train | evaluate | predict: surrogates of the operator's response. Without LibTorch they say so.

#include <memory>

#include "cli/commands.hpp"
#include "engine/error/error.hpp"
#include "engine/studies/market_study.hpp"
#include "engine/studies/study.hpp"
#ifdef WATTSTEIN_WITH_LEARNING
#include "cli/learning_library.hpp"
#include "learning/options/surrogate_records.hpp"
#endif

namespace wattstein::cli {

#ifdef WATTSTEIN_WITH_LEARNING
namespace {

void add_train(Program& program) {
  auto request = std::make_shared<learning::TrainRequest>();
  auto* command = program.app.add_subcommand("train", "Train a surrogate of the operator's response on a data set");
  command->add_option("study", request->study, "a dso_response study: a file, its folder, or a bundled study's name")
      ->required();
  command->add_option("--out,-o", request->out, "folder for the results")->required();
  command
      ->add_option("--data", request->data,
                   "a data set to learn from, may be given several times; none: the study's own is made first")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  add_overrides(*command, request->overrides);
  command->add_flag("--resume", request->resume, "go on from the checkpoint in the results folder");
  command->add_flag("--quiet,-q", request->quiet, "nothing on the terminal but errors");
  command->callback([&program, request] {
    program.run = [request] {
      request->stop = &stop_flag();
      return learning_commands().train(*request);
    };
  });
}

void add_evaluate(Program& program) {
  auto request = std::make_shared<learning::EvaluateRequest>();
  auto* command = program.app.add_subcommand("evaluate", "Judge a trained surrogate on every split of a data set");
  command->add_option("model", request->model, "model.wattstein of a training run")->required();
  command->add_option("--data", request->data, "a data set, or the results folder that holds it")->required();
  command->add_option("--out,-o", request->out, "folder for summary.json and report.html; absent: terminal only");
  command->add_option("--device", request->device, "cpu, cuda or auto")->check(CLI::IsMember({"cpu", "cuda", "auto"}));
  command->add_flag("--transfer", request->transfer, "also on a network that the model never saw");
  command->add_flag("--quiet,-q", request->quiet, "nothing on the terminal but errors");
  command->callback(
      [&program, request] { program.run = [request] { return learning_commands().evaluate(*request); }; });
}

void add_predict(Program& program) {
  auto request = std::make_shared<learning::PredictRequest>();
  auto* command = program.app.add_subcommand("predict", "Predict corrections of the proposals in an input.h5");
  command->add_option("model", request->model, "model.wattstein of a training run")->required();
  command->add_option("--input,-i", request->input, "proposals, laid out as input.h5 of a data set")->required();
  command->add_option("--out,-o", request->out, "what to write: FILE.h5 or FILE.csv")->required();
  command->add_option("--network", request->network, "network.json; absent: the model's own network");
  command->add_option("--device", request->device, "cpu, cuda or auto")->check(CLI::IsMember({"cpu", "cuda", "auto"}));
  command->add_flag("--transfer", request->transfer, "also on a network or places that the model never saw");
  command->callback([&program, request] { program.run = [request] { return learning_commands().predict(*request); }; });
}

}  // namespace

void add_learning(Program& program) {
  add_train(program);
  add_evaluate(program);
  add_predict(program);
}

std::vector<engine::StudyKind> study_kinds() {
  auto kinds = engine::engine_study_kinds();
  for (auto& kind : kinds) {
    if (kind.name == "market")
      kind = engine::market_study_with([](const std::filesystem::path& file, const engine::DsoData& data) {
        return learning_commands().open_surrogate(file, data);
      });
    if (kind.name == "dso_response") kind.sections.push_back(learning::surrogate_section());
  }
  return kinds;
}

#else

void add_learning(Program& program) {
  for (const char* name : {"train", "evaluate", "predict"}) {
    auto* command = program.app.add_subcommand(name, "Surrogates of the operator's response (not in this build)");
    command->allow_extras();
    command->callback([&program, name] {
      program.run = [name]() -> int {
        throw Error(
            "wattstein {}: this program was built without LibTorch; install it (Debian: libtorch-dev) or give "
            "-DTorch_DIR=<torch>/share/cmake/Torch, and build again",
            name);
      };
    });
  }
}

std::vector<engine::StudyKind> study_kinds() {
  return engine::engine_study_kinds();
}

#endif

}  // namespace wattstein::cli
