// `wattstein export` of a coordination study.

#include "engine/coordination/monolith.hpp"
#include "engine/coordination/team.hpp"
#include "engine/error/error.hpp"
#include "engine/solver/options.hpp"
#include "engine/studies/coordination_system.hpp"
#include "engine/studies/export.hpp"

namespace wattstein::engine {
namespace {

/// Every realisation that the agent's W sums over, at a first stage in the middle of its bounds.
kernels::Batch recourse_of(const Agent& agent, WorstCase& worst) {
  std::vector<double> x(static_cast<std::size_t>(agent.first_stage.variables), 0.0);
  worst.set_point(x);
  const Atoms& atoms = worst.atoms();
  std::vector<RecourseRequest> requests;
  for (int h = 0; h < atoms.hours; ++h)
    for (int a = atoms.first[static_cast<std::size_t>(h)]; a < atoms.first[static_cast<std::size_t>(h) + 1]; ++a)
      requests.push_back({&worst.pool(), h, worst.shift(h).data(), {atoms.at(a), atoms.at(a) + atoms.resources}});
  return recourse_batch(requests);
}

}  // namespace

kernels::Batch export_problem(const ExportRequest& request) {
  const auto document = files::read_toml(find_study(request.study), request.overrides);
  std::vector<std::string> tables{"solver"};
  for (const auto& kind : engine_study_kinds()) tables.insert(tables.end(), kind.tables.begin(), kind.tables.end());
  const auto root = files::Table::open(document, "", common_records(), tables);
  if (root.text("study") != "coordination") root.refuse("study", "only coordination studies can be exported");
  CoordinationSystem system =
      read_coordination(document, static_cast<int>(root.integer("hours")), root.number("step_hours"),
                        static_cast<std::uint64_t>(root.integer("seed")));
  // Samples are embedded as recourse copies, however many; what moves (dro, ro) has no finite extensive form here.
  Team team(system, read_solver_options(document), {}, std::int64_t{1} << 40);
  if (request.monolith) {
    for (std::size_t g = 0; g < team.groups(); ++g)
      if (!team.group(g).exact())
        throw Error("the monolith of model '{}' has no finite form to export; use --set ambiguity.model=det or sp",
                    system.ambiguity.model);
    MonolithLayout layout;
    return monolith_problem(team, layout);
  }
  std::string names;
  for (std::size_t a = 0; a < team.agents(); ++a) {
    const auto [g, i] = team.place(a);
    const Agent& agent = team.group(g).agent(i);
    names += (names.empty() ? "" : ", ") + agent.name + ", " + agent.name + ".recourse";
    if (request.subproblem == agent.name) {
      if (!team.group(g).exact()) return agent.first_stage;  // without W: its cuts depend on the run
      const std::vector<BoundaryTerms> plain(team.group(g).size());
      return kernels::extract(team.group(g).batch(plain), static_cast<std::int64_t>(i));
    }
    if (request.subproblem == agent.name + ".recourse") return recourse_of(agent, team.worst_case(a));
  }
  throw Error("nothing named '{}' to export; expected one of {}", request.subproblem, names);
}

}  // namespace wattstein::engine
