#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

#include "cli/commands.hpp"
#include "engine/error/error.hpp"
#include "engine/studies/study.hpp"

namespace {

int guarded(const std::function<int()>& run) {
  using namespace wattstein;
  try {
    return run();
  } catch (const Stopped& stopped) {
    fmt::print(stderr, "\n{}\n", stopped.what());
    return cli::exit_stopped;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: not enough memory; solver.memory_gb makes a batch smaller\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
  }
  return cli::exit_bad_input;
}

}  // namespace

// An error that cannot even be printed may end the program.
int main(int count, char** words) {  // NOLINT(bugprone-exception-escape)
  using namespace wattstein;
  cli::Program program;
  program.app.set_version_flag("--version", "wattstein " + engine::version());
  program.app.require_subcommand(1);
  program.app.failure_message(CLI::FailureMessage::help);
  cli::add_run(program);
  cli::add_solve(program);
  cli::add_export(program);
  cli::add_powerflow(program);
  cli::add_report(program);
  cli::add_dataset(program);
  cli::add_learning(program);
  cli::add_lists(program);
  try {
    program.app.parse(count, words);
  } catch (const CLI::Success& asked) {  // --help, --version
    return program.app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    const bool unknown = count > 1 && program.app.get_subcommands().empty() && words[1][0] != '-';
    fmt::print(stderr, "error: {}\nwattstein --help and wattstein COMMAND --help say what is possible\n",
               unknown ? fmt::format("'{}' is no subcommand", words[1]) : wrong.what());
    return cli::exit_bad_input;
  }
  cli::watch_signals();
  return guarded(program.run);
}
