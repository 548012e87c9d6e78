#pragma once
// The subcommands. Each adds itself to the program and sets `run`, which gives the exit code.

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "engine/studies/study.hpp"

namespace wattstein::cli {

enum ExitCode : int { exit_solved = 0, exit_not_solved = 1, exit_bad_input = 2, exit_stopped = 130 };

/// What the chosen subcommand does; set by its callback.
struct Program {
  CLI::App app{
      "Wattstein schedules power systems under uncertainty by solving thousands of small convex problems at once.",
      "wattstein"};
  std::function<int()> run;
};

/// Adds --set KEY=VALUE, which may be given several times, one setting each; `hint`: said behind the help text.
void add_overrides(CLI::App& command, std::vector<std::string>& overrides, const std::string& hint = "");

void add_run(Program& program);
void add_solve(Program& program);
void add_export(Program& program);
void add_powerflow(Program& program);
void add_report(Program& program);
void add_dataset(Program& program);
void add_learning(Program& program);  // train, evaluate, predict
void add_lists(Program& program);     // studies, options

/// The engine's kinds of studies; where learning is built, markets can use trained surrogates.
std::vector<engine::StudyKind> study_kinds();

/// Set by the first Ctrl-C or SIGTERM; the second one ends the program at once.
const std::atomic<bool>& stop_flag();
void watch_signals();

}  // namespace wattstein::cli
