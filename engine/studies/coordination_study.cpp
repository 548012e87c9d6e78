#include "engine/studies/coordination_study.hpp"

#include <ctime>
#include <filesystem>

#include "engine/coordination/coordinate.hpp"
#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/studies/coordination_drawing.hpp"
#include "engine/studies/coordination_system.hpp"

namespace wattstein::engine {
namespace {

CoordinationHooks hooks_of(StudyContext& context, bool checkpoints) {
  CoordinationHooks hooks;
  hooks.log = [&context](const std::string& line) { context.results.log(line); };
  hooks.progress = [&context](const std::string& line) { context.results.progress(line); };
  hooks.stopped = [&context] { return context.stopped(); };
  if (!checkpoints) return hooks;
  const std::filesystem::path file = context.results.file("checkpoint") / "coordination.cbor";
  hooks.save = [file](const std::string& bytes) {
    std::filesystem::create_directories(file.parent_path());
    files::write_whole(file, bytes);
  };
  if (context.resume && std::filesystem::exists(file)) hooks.load = [file] { return files::read_whole(file); };
  return hooks;
}

/// Case 3 with the exchange of the electric-only case: solve that first.
void take_electric_only_exchange(StudyContext& context, CoordinationSystem& system) {
  context.results.log("disconnected: the exchange of the electric-only case first");
  const CoordinationSystem electric = read_coordination(context.document, context.hours, context.step_hours,
                                                        static_cast<std::uint64_t>(context.seed), "electric_only");
  const CoordinationOutcome outcome = coordinate(electric, context.solver, hooks_of(context, false));
  if (outcome.exchange.empty())
    throw Error("the electric-only case, whose exchange is asked for, was not solved: {}", outcome.message);
  system.disconnected.exchange.clear();
  for (std::size_t d = 0; d < system.hubs.size(); ++d)
    system.disconnected.exchange.emplace_back(
        outcome.exchange.begin() + static_cast<std::ptrdiff_t>(d) * system.hours,
        outcome.exchange.begin() + static_cast<std::ptrdiff_t>(d + 1) * system.hours);
}

void run_coordination(StudyContext& context) {
  CoordinationSystem system =
      read_coordination(context.document, context.hours, context.step_hours, static_cast<std::uint64_t>(context.seed));
  context.results.open(*context.document);
  if (system.evaluation.given) {
    evaluate_schedule(context, system);
    return;
  }
  if (system.coordination.case_name == "disconnected" && system.disconnected.exchange_of_electric_only)
    take_electric_only_exchange(context, system);
  context.results.log(fmt::format("{} hubs, {} h, {} samples of the transmission, model {}, method {}",
                                  system.hubs.size(), system.hours, system.transmission.samples.count,
                                  system.ambiguity.model, system.coordination.method));
  const std::clock_t begin = std::clock();  // of all threads
  const CoordinationOutcome outcome = coordinate(system, context.solver, hooks_of(context, true));
  const double processor = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  write_coordination(context, system, outcome);
  context.results.summary()["coordination"]["processor_seconds"] = processor;
  add_coordination_report(context, system, outcome);
  std::error_code ignored;
  std::filesystem::remove_all(context.results.file("checkpoint"), ignored);  // the run is complete
}

}  // namespace

StudyKind coordination_study() {
  StudyKind kind;
  kind.name = "coordination";
  kind.meaning = "transmission system and multi-energy hubs, scheduled together under uncertainty";
  kind.tables = coordination_tables();
  const auto sections = coordination_sections();
  kind.sections.assign(sections.begin(), sections.end());
  kind.run = run_coordination;
  return kind;
}

}  // namespace wattstein::engine
