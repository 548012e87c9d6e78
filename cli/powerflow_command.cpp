// `wattstein powerflow CASE.m`: the power flow study without a study file.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "engine/files/table.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::cli {
namespace {

struct Wish {
  std::string network, injections, scenarios;
  std::filesystem::path out;
  std::vector<int> buses;
  std::vector<std::string> overrides;
  bool quiet = false;
};

/// A quoted text that TOML reads too.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

std::string absolute(const std::string& file) {
  return quoted(std::filesystem::absolute(file).string());
}

int power_flow(const Wish& wish) {
  std::string text = fmt::format("study = \"power_flow\"\nname = {}\n[network]\nfile = {}\n[power_flow]\n",
                                 quoted(std::filesystem::path(wish.network).stem().string()), absolute(wish.network));
  if (!wish.injections.empty()) text += fmt::format("injections = {}\n", absolute(wish.injections));
  if (!wish.scenarios.empty()) text += fmt::format("scenarios = {}\n", absolute(wish.scenarios));
  if (!wish.buses.empty()) text += fmt::format("report_buses = [{}]\n", fmt::join(wish.buses, ", "));
  const auto document = files::parse_toml(text, "powerflow", wish.overrides);
  const engine::StudyRequest request{
      .study = {}, .out = wish.out, .overrides = {}, .resume = false, .quiet = wish.quiet, .stop = &stop_flag()};
  const auto kinds = engine::engine_study_kinds();
  return engine::run_study(document, request, kinds);
}

}  // namespace

void add_powerflow(Program& program) {
  auto wish = std::make_shared<Wish>();
  auto* command =
      program.app.add_subcommand("powerflow", "AC power flow of a MATPOWER case for many scenarios of injections");
  command->add_option("case", wish->network, "MATPOWER case (.m)")->required();
  command->add_option("--out,-o", wish->out, "folder for the results")->required();
  command->add_option("--injections", wish->injections,
                      "table scenario,bus,p_mw,q_mvar: into the network, on top of the case");
  command->add_option("--scenarios", wish->scenarios, "table scenario,load_scale,generation_scale");
  command->add_option("--report", wish->buses, "buses whose voltages the summary lists")->delimiter(',');
  add_overrides(*command, wish->overrides, "e.g. power_flow.tolerance_pu=1e-10");
  command->add_flag("--quiet,-q", wish->quiet, "nothing on the terminal but errors");
  command->callback([&program, wish] { program.run = [wish] { return power_flow(*wish); }; });
}

}  // namespace wattstein::cli
