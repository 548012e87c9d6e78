#include <memory>

#include "cli/commands.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::cli {

void add_run(Program& program) {
  auto request = std::make_shared<engine::StudyRequest>();
  auto* command = program.app.add_subcommand("run", "Run a study: a study file, its folder, or a bundled study's name");
  command->add_option("study", request->study, "study.toml, a folder with one, or a name from `wattstein studies`")
      ->required();
  command->add_option("--out,-o", request->out, "folder for the results")->required();
  add_overrides(*command, request->overrides, "value in TOML spelling");
  command->add_flag("--resume", request->resume, "go on from the checkpoint in the results folder");
  command->add_flag("--quiet,-q", request->quiet, "nothing on the terminal but errors");
  command->callback([&program, request] {
    program.run = [request] {
      request->stop = &stop_flag();
      const auto kinds = study_kinds();
      return engine::run_study(*request, kinds);
    };
  });
}

}  // namespace wattstein::cli
