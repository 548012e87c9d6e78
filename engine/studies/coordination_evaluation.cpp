// `[evaluate]`: nothing is scheduled; x is read from schedule.csv.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/coordination/settings.hpp"
#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/studies/coordination_study.hpp"
#include "engine/uncertainty/certify.hpp"
#include "engine/uncertainty/sample_figures.hpp"

namespace wattstein::engine {
namespace {

const std::set<std::string> read_quantities = {"unit_mw",      "reserve_up_mw",      "reserve_down_mw",
                                               "renewable_mw", "charge_mw",          "discharge_mw",
                                               "boundary_mw",  "squared_voltage_pu", "flow_mw"};

struct Given {
  const Agent* agent;
  std::vector<double> x;
};

/// x of every agent that the table names. A quantity that is missing is 0.
std::vector<Given> read_schedule(const CoordinationSystem& system) {
  const files::CsvTable table = files::read_csv(system.evaluation.schedule);
  const auto agent_column = table.column("agent"), quantity_column = table.column("quantity"),
             name_column = table.column("name"), hour_column = table.column("hour"),
             value_column = table.column("value");
  std::vector<const Agent*> all{&system.transmission};
  for (const Agent& hub : system.hubs) all.push_back(&hub);
  using Key = std::tuple<std::string, std::string, int>;
  std::vector<std::map<Key, const ScheduleEntry*>> entries(all.size());
  std::vector<std::vector<double>> points(all.size());
  for (std::size_t a = 0; a < all.size(); ++a)
    for (const ScheduleEntry& entry : all[a]->schedule) entries[a][{entry.quantity, entry.name, entry.hour}] = &entry;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto& cells = table.rows[row];
    const auto refuse = [&](const std::string& what) {
      throw Error("{}, line {}: {}", table.file.string(), table.lines[row], what);
    };
    std::size_t a = 0;
    while (a < all.size() && all[a]->name != cells[agent_column]) ++a;
    if (a == all.size()) refuse(fmt::format("agent '{}' is not in the study", cells[agent_column]));
    if (points[a].empty()) {
      points[a].assign(static_cast<std::size_t>(all[a]->first_stage.variables), 0.0);
      for (const ScheduleEntry& entry : all[a]->schedule)
        if (read_quantities.contains(entry.quantity) && entry.scale != 0.0)
          points[a][static_cast<std::size_t>(entry.column)] = -entry.offset / entry.scale;
    }
    if (!read_quantities.contains(cells[quantity_column])) continue;
    const long hour = table.integer(row, hour_column);
    if (hour < 1 || hour > system.hours) refuse(fmt::format("hour {}; expected 1 to {}", hour, system.hours));
    const double value = table.number(row, value_column);
    const auto found = entries[a].find({cells[quantity_column], cells[name_column], static_cast<int>(hour)});
    if (found == entries[a].end())
      refuse(fmt::format("'{}' has no {} named '{}'", cells[agent_column], cells[quantity_column], cells[name_column]));
    const ScheduleEntry& entry = *found->second;
    if (entry.scale != 0.0) points[a][static_cast<std::size_t>(entry.column)] = (value - entry.offset) / entry.scale;
  }
  std::vector<Given> given;
  for (std::size_t a = 0; a < all.size(); ++a)
    if (!points[a].empty()) given.push_back({all[a], std::move(points[a])});
  for (const auto& realisations : system.evaluation.samples)
    if (std::none_of(given.begin(), given.end(), [&](const Given& g) { return g.agent->name == realisations.agent; }))
      throw Error("{}: samples are given for '{}', which the schedule does not name",
                  system.evaluation.schedule.string(), realisations.agent);
  return given;
}

}  // namespace

void evaluate_schedule(StudyContext& context, const CoordinationSystem& system) {
  const std::vector<Given> given = read_schedule(system);
  UncertaintySettings uncertainty;
  uncertainty.model = uncertainty_model(system.ambiguity.model);
  uncertainty.confidence = system.ambiguity.confidence;
  uncertainty.radius_factor = system.ambiguity.radius_factor;
  uncertainty.scenarios = system.ambiguity.scenarios;
  uncertainty.seed = system.seed;
  SolverOptions options = context.solver;
  options.tolerance = std::min(1e-2 * options.tolerance, 1e-7);
  if (options.method == "auto") options.method = "ipm";
  auto& summary = context.results.summary();
  auto& evaluation = summary["evaluation"];
  evaluation = nlohmann::ordered_json::object();
  double objective = 0.0;
  for (const Given& item : given) {
    RecourseSolver solver(options);
    WorstCase worst(item.agent->recourse, make_atoms(item.agent->samples, uncertainty, system.hours));
    worst.set_point(item.x);
    CertifySettings settings;
    settings.enumerate = system.coordination.worst_case == "enumerate";
    settings.tolerance = 1e-4;
    WorstCase* const pointer = &worst;
    Certificate certificate = evaluate({&pointer, 1}, solver, settings).front();
    objective += certificate.upper;
    auto& out = evaluation[item.agent->name];
    out["radius_mw"] = worst.atoms().radius;
    out["worst_case"] = {{"expected_cost", json_number(certificate.upper)},
                         {"lower", json_number(certificate.lower)},
                         {"zeta", certificate.zeta}};
    for (const auto& realisations : system.evaluation.samples) {
      if (realisations.agent != item.agent->name) continue;
      const SampleQuestion question{&item.agent->recourse, item.x, realisations.values, realisations.count};
      const SampleFigures figures = price_samples({&question, 1}, solver).front();
      out["recourse"] = figures.total;
      out["mean"] = figures.mean;
      auto hourly = nlohmann::ordered_json::array();
      for (int e = 0; e < realisations.count; ++e) {
        const auto begin = figures.hourly.begin() + static_cast<std::ptrdiff_t>(e) * system.hours;
        hourly.push_back(std::vector<double>(begin, begin + system.hours));
      }
      out["recourse_hourly"] = std::move(hourly);
    }
    context.results.log(fmt::format("{}: W(x) = {:.4f} $", item.agent->name, certificate.upper));
  }
  summary["status"] = "solved";
  summary["objective"] = summary["lower_bound"] = json_number(objective);
  summary["relative_gap"] = 0.0;
  summary["iterations"] = 0;
}

}  // namespace wattstein::engine
