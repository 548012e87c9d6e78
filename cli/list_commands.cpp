// What there is: bundled studies, settings.

#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.hpp"
#include "engine/solver/options.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::cli {
namespace {

int list_studies() {
  const auto studies = engine::bundled_studies();
  fmt::print("{:<16} {:<14} {}\n", "name", "kind", "file");
  for (const auto& study : studies)
    fmt::print("{:<16} {:<14} {}\n", study.name, study.kind, study.file.lexically_normal().string());
  return exit_solved;
}

int list_options() {
  const auto kinds = study_kinds();
  fmt::print("# Settings of a study file\n\nEvery setting can also be given as `--set table.key=value`.\n\n");
  const options::Section common[] = {{"study.toml", "Keys at the top of every study file.", engine::common_records()},
                                     engine::solver_section()};
  fmt::print("{}", options::describe(common));
  for (const auto& kind : kinds) {
    fmt::print("# study = \"{}\": {}\n\n", kind.name, kind.meaning);
    fmt::print("{}", options::describe(kind.sections));
  }
  return exit_solved;
}

}  // namespace

void add_lists(Program& program) {
  program.app.add_subcommand("studies", "List the bundled studies")->callback([&program] {
    program.run = list_studies;
  });
  program.app.add_subcommand("options", "List every setting: meaning, unit, default, range")->callback([&program] {
    program.run = list_options;
  });
}

}  // namespace wattstein::cli
