// wattstein dataset generate | validate | merge | stats

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "engine/dataset/toolbox.hpp"
#include "engine/error/error.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::cli {
namespace {

/// "A:B" -> ids A .. B-1.
std::pair<long long, long long> parse_ids(const std::string& text) {
  const auto colon = text.find(':');
  long long first = -1, end = -1;
  std::size_t used_first = 0, used_end = 0;
  try {
    first = std::stoll(text.substr(0, colon), &used_first);
    if (colon != std::string::npos) end = std::stoll(text.substr(colon + 1), &used_end);
  } catch (const std::exception&) {
    first = -1;
  }
  const bool whole = colon != std::string::npos && used_first == colon && used_end == text.size() - colon - 1;
  if (!whole || first < 0 || end < first)
    throw Error("--ids {}: expected FIRST:END with 0 <= FIRST <= END; END itself is left out", text);
  return {first, end};
}

void add_generate(Program& program, CLI::App& parent) {
  struct Request {
    engine::StudyRequest study;
    std::string ids;
  };
  auto request = std::make_shared<Request>();
  auto* command =
      parent.add_subcommand("generate", "Draw, solve and write the data set of a dso_response or recourse study");
  command->add_option("study", request->study.study, "study.toml, a folder with one, or a bundled study's name")
      ->required();
  command->add_option("--out,-o", request->study.out, "folder for the results; rows go to its subfolder data")
      ->required();
  command->add_option("--ids", request->ids, "ids FIRST:END of the main sample (END is left out): one shard")
      ->type_name("FIRST:END");
  add_overrides(*command, request->study.overrides);
  command->add_flag("--resume", request->study.resume, "go on from the blocks that an interrupted run has left");
  command->add_flag("--quiet,-q", request->study.quiet, "nothing on the terminal but errors");
  command->callback([&program, request] {
    program.run = [request] {
      if (!request->ids.empty()) {
        const auto [first, end] = parse_ids(request->ids);
        request->study.overrides.push_back(fmt::format("sampler.first_id={}", first));
        request->study.overrides.push_back(fmt::format("sampler.count={}", end - first));
      }
      request->study.stop = &stop_flag();
      auto kinds = engine::engine_study_kinds();
      std::erase_if(
          kinds, [](const engine::StudyKind& kind) { return kind.name != "dso_response" && kind.name != "recourse"; });
      return engine::run_study(request->study, kinds);
    };
  });
}

void add_validate(Program& program, CLI::App& parent) {
  struct Request {
    std::filesystem::path folder;
    double tolerance = 1e-6;
  };
  auto request = std::make_shared<Request>();
  auto* command = parent.add_subcommand("validate", "Recompute every row from its inputs and the network alone");
  command->add_option("folder", request->folder, "a data set, or the results folder that holds it")->required();
  command->add_option("--tolerance", request->tolerance, "of the data set's solver settings; 1e-4 for float32")
      ->check(CLI::PositiveNumber);
  command->callback([&program, request] {
    program.run = [request] {
      const auto report = engine::validate_dataset(request->folder, request->tolerance);
      fmt::print("{}\n", report.dump(1));
      return report.at("good") ? exit_solved : exit_not_solved;
    };
  });
}

void add_merge(Program& program, CLI::App& parent) {
  struct Request {
    std::vector<std::filesystem::path> folders;
    std::filesystem::path out;
  };
  auto request = std::make_shared<Request>();
  auto* command = parent.add_subcommand("merge", "Join shards into one data set: sorted by id, equal ids once");
  command->add_option("folders", request->folders, "shards")->required();
  command->add_option("--out,-o", request->out, "folder for the merged data set; rows go to its subfolder data")
      ->required();
  command->callback([&program, request] {
    program.run = [request] {
      fmt::print("{}\n", engine::merge_datasets(request->folders, request->out).dump(1));
      return exit_solved;
    };
  });
}

void add_stats(Program& program, CLI::App& parent) {
  auto folder = std::make_shared<std::filesystem::path>();
  auto* command = parent.add_subcommand("stats", "Least, mean and largest value of everything in a data set");
  command->add_option("folder", *folder, "a data set, or the results folder that holds it")->required();
  command->callback([&program, folder] {
    program.run = [folder] {
      fmt::print("{}\n", engine::dataset_statistics(*folder).dump(1));
      return exit_solved;
    };
  });
}

}  // namespace

void add_dataset(Program& program) {
  auto* command = program.app.add_subcommand(
      "dataset", "Data sets of operator responses or recourse problems: generate, validate, merge, stats");
  command->require_subcommand(1);
  add_generate(program, *command);
  add_validate(program, *command);
  add_merge(program, *command);
  add_stats(program, *command);
}

}  // namespace wattstein::cli
