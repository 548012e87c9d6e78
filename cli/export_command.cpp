#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "engine/problem/model_file.hpp"
#include "engine/studies/export.hpp"

namespace wattstein::cli {

void add_export(Program& program) {
  struct Wish {
    engine::ExportRequest request;
    std::filesystem::path file;
  };
  auto wish = std::make_shared<Wish>();
  auto* command = program.app.add_subcommand("export", "Write a study's problem for other solvers");
  command->add_option("study", wish->request.study, "study.toml, a folder with one, or a bundled study's name")
      ->required();
  auto* what = command->add_option_group("what", "which problem");
  what->add_flag("--monolith", wish->request.monolith, "all agents in one problem");
  what->add_option("--subproblem", wish->request.subproblem, "an agent's first stage, or <agent>.recourse");
  what->require_option(1);
  command->add_option("--output,-o", wish->file, "file to write: .mps, .qps, .cbf, each also with .gz, or .h5")
      ->required();
  add_overrides(*command, wish->request.overrides);
  command->callback([&program, wish] {
    program.run = [wish] {
      engine::require_model_file_name(wish->file);
      const auto batch = engine::export_problem(wish->request);
      engine::write_model_file(wish->file, batch);
      fmt::print("{}: {} problem(s), {} variables, {} rows, {} cones\n", wish->file.string(), batch.problems,
                 batch.variables, batch.rows, batch.cones.size());
      return int{exit_solved};
    };
  });
}

}  // namespace wattstein::cli
