// What a coordinated system writes (coordination-results.md).

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "engine/files/csv.hpp"
#include "engine/studies/coordination_study.hpp"
#include "engine/studies/peak_memory.hpp"
#include "engine/uncertainty/sample_figures.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;

/// Sets a dotted path below `base`.
void set(ordered_json& base, const std::string& path, ordered_json value) {
  ordered_json* at = &base;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; begin = dot + 1, dot = path.find('.', begin))
    at = &(*at)[path.substr(begin, dot - begin)];
  (*at)[path.substr(begin)] = std::move(value);
}

double group_cost(const CostGroup& group, std::span<const double> x) {
  double sum = group.constant;
  for (const auto& term : group.terms) {
    const double value = x[static_cast<std::size_t>(term.column)];
    sum += term.linear * value + term.square * value * value;
  }
  return sum;
}

ordered_json agent_entry(const Agent& agent, const AgentOutcome& outcome, bool disconnected) {
  ordered_json out;
  out["costs"] = ordered_json::object();
  for (const CostGroup& group : agent.costs) out["costs"][group.name] = group_cost(group, outcome.x);
  out["costs"]["recourse"] = outcome.worst_case.upper;
  if (disconnected) out["costs"]["mismatch"] = outcome.mismatch_cost;
  out["radius_mw"] = outcome.radius_mw;
  out["worst_case"] = {{"expected_cost", outcome.worst_case.upper}, {"zeta", outcome.worst_case.zeta}};
  if (agent.figures)
    for (const auto& [name, value] : agent.figures(outcome.x)) set(out, name, json_number(value));
  return out;
}

/// Curtailment, shedding and out-of-sample cost of all agents, those of one pattern as one batch.
void add_sample_figures(StudyContext& context, const CoordinationSystem& system, const CoordinationOutcome& outcome,
                        std::vector<ordered_json>& entries) {
  std::vector<const Agent*> agents{&system.transmission};
  std::vector<const AgentOutcome*> outcomes{&outcome.transmission};
  for (std::size_t d = 0; d < system.hubs.size(); ++d)
    agents.push_back(&system.hubs[d]), outcomes.push_back(&outcome.hubs[d]);
  SolverOptions options = context.solver;
  options.tolerance = std::min(options.tolerance, 1e-6);
  if (options.method == "auto") options.method = "ipm";
  std::map<std::string, std::vector<std::size_t>> kinds;
  for (std::size_t a = 0; a < agents.size(); ++a)
    kinds[a == 0 ? "transmission" : "hub " + agents[a]->pattern_key].push_back(a);
  for (const auto& [key, members] : kinds) {
    RecourseSolver solver(options);
    for (const bool held_out : {false, true}) {
      std::vector<SampleQuestion> questions;
      std::vector<std::size_t> asked;
      for (const std::size_t a : members) {
        const AgentSamples& samples = agents[a]->samples;
        const auto& values = held_out ? samples.test : samples.values;
        if (held_out && values.empty()) continue;
        const int width = system.hours * samples.resources();
        const int count = width > 0 ? static_cast<int>(values.size()) / width : 1;
        questions.push_back({&agents[a]->recourse, outcomes[a]->x, values, count});
        asked.push_back(a);
      }
      if (questions.empty()) continue;
      const auto figures = price_samples(questions, solver);
      for (std::size_t i = 0; i < asked.size(); ++i) {
        ordered_json& entry = entries[asked[i]];
        const SampleFigures& f = figures[i];
        if (held_out) {
          entry["out_of_sample"] = {{"samples", questions[i].count},
                                    {"mean_cost", json_number(f.mean)},
                                    {"standard_error", json_number(f.standard_error)},
                                    {"shed_mwh", json_number(f.shed_mwh)},
                                    {"shed_days_percent", f.shed_days_percent},
                                    {"violated_days_percent", f.violated_days_percent},
                                    {"curtailment_percent", f.curtailment_percent},
                                    {"above_worst_case", f.mean > outcomes[asked[i]]->worst_case.upper}};
        } else {
          entry["curtailment_percent"] = json_number(f.curtailment_percent);
          entry["renewable_mwh"] = json_number(f.available_mwh);
          entry["shed_mwh"] = json_number(f.shed_mwh);
          entry["sample_mean_recourse"] = json_number(f.mean);
        }
      }
    }
  }
}

/// Relaxed networks that are not tight at the schedule found: their figures are a bound, not a flow.
ordered_json loose_relaxations(StudyContext& context, const CoordinationSystem& system,
                               const CoordinationOutcome& outcome) {
  auto list = ordered_json::array();
  for (std::size_t d = 0; d < system.hubs.size(); ++d) {
    if (!system.hubs[d].relaxations) continue;
    for (const auto& r : system.hubs[d].relaxations(outcome.hubs[d].x)) {
      if (!(r.gap > system.coordination.socp_gap_limit)) continue;
      list.push_back({{"hub", system.hubs[d].name}, {"network", r.network}, {"gap_pu", r.gap}, {"where", r.where}});
      context.results.log(fmt::format(
          "warning: {}: the {} network's relaxation is loose by {:.2g} p.u. at {} (limit {:.2g}); a small price on "
          "losses usually closes it: --set coordination.{}",
          system.hubs[d].name, r.network, r.gap, r.where, system.coordination.socp_gap_limit,
          r.network == "gas" ? "pressure_drop_price=1.0" : "loss_price_per_mwh=1.0"));
    }
  }
  return list;
}

void write_tables(StudyContext& context, const CoordinationSystem& system, const CoordinationOutcome& outcome) {
  files::CsvWriter schedule({"agent", "quantity", "name", "hour", "value"});
  const auto list = [&](const Agent& agent, const AgentOutcome& result) {
    for (const ScheduleEntry& entry : agent.schedule) {
      const double value = entry.scale * result.x[static_cast<std::size_t>(entry.column)] + entry.offset;
      schedule.row().cell(agent.name).cell(entry.quantity).cell(entry.name).cell(entry.hour).cell(value);
    }
  };
  if (!outcome.transmission.x.empty()) {
    list(system.transmission, outcome.transmission);
    for (std::size_t d = 0; d < system.hubs.size(); ++d) list(system.hubs[d], outcome.hubs[d]);
  }
  context.results.write_csv("schedule.csv", schedule);
  if (!outcome.last_answers.empty()) {
    schedule = files::CsvWriter({"agent", "quantity", "name", "hour", "value"});
    for (std::size_t a = 0; a < outcome.last_answers.size(); ++a)
      if (!outcome.last_answers[a].x.empty())
        list(a == 0 ? system.transmission : system.hubs[a - 1], outcome.last_answers[a]);
    context.results.write_csv("last_answers.csv", schedule);
  }
  files::CsvWriter convergence(
      {"iteration", "mismatch_mw", "multiplier_change", "objective", "lower_bound", "seconds_slowest_agent"});
  files::CsvWriter boundary({"iteration", "hub", "hour", "transmission_mw", "hub_mw", "multiplier"});
  for (const IterationRecord& r : outcome.history) {
    convergence.row().cell(r.iteration).cell(r.mismatch_mw).cell(r.price_change).cell(r.objective);
    if (std::isfinite(r.lower_bound)) convergence.cell(r.lower_bound);
    else convergence.cell(std::string_view("nan"));
    convergence.cell(r.seconds_slowest);
    for (std::size_t d = 0; d < system.hubs.size(); ++d)
      for (int h = 0; h < system.hours; ++h) {
        const std::size_t k = d * static_cast<std::size_t>(system.hours) + static_cast<std::size_t>(h);
        boundary.row()
            .cell(r.iteration)
            .cell(system.hubs[d].name)
            .cell(h + 1)
            .cell(r.power_transmission[k])
            .cell(r.power_hubs[k])
            .cell(r.multiplier[k]);
      }
  }
  context.results.write_csv("convergence.csv", convergence);
  context.results.write_csv("boundary.csv", boundary);
}

}  // namespace

void write_coordination(StudyContext& context, const CoordinationSystem& system, const CoordinationOutcome& outcome) {
  auto& summary = context.results.summary();
  summary["status"] = outcome.status;
  summary["iterations"] = outcome.iterations;
  if (!outcome.message.empty()) {
    std::string message = outcome.message;
    if (!outcome.last_answers.empty())
      message +=
          "; the last good answers of all agents are in last_answers.csv (no common schedule, mismatches remain)";
    if (const Contradiction& c = outcome.contradiction; !c.agent.empty()) {
      message += fmt::format("; look at what {} can supply{}{}", c.agent, c.carrier.empty() ? "" : " of " + c.carrier,
                             c.hour > 0 ? fmt::format(" in hour {}", c.hour) : "");
      summary["infeasible"] = {{"agent", c.agent}, {"carrier", c.carrier}, {"hour", c.hour}, {"row", c.row}};
    }
    summary["message"] = message;
    context.results.log(message);
  }
  const bool found = !outcome.transmission.x.empty();
  const bool disconnected = system.coordination.case_name == "disconnected";
  if (found && outcome.status == "solved" && !std::isfinite(outcome.objective)) {
    summary["status"] = "numerical_error";
    summary["message"] =
        "the worst-case cost of an agent could not be certified: some of its second stages are unsolved";
  }
  if (found) {
    summary["objective"] = json_number(outcome.objective);
    summary["lower_bound"] = json_number(outcome.lower_bound);
    summary["relative_gap"] =
        json_number((outcome.objective - outcome.lower_bound) / std::max(1.0, std::abs(outcome.objective)));
    summary["mismatch_mw"] = outcome.mismatch_mw;
    // 100 Σ|p^T − p^D| / Σ|exchange| at the stop
    double missed = 0.0, exchanged = 0.0;
    if (disconnected) {
      for (std::size_t d = 0; d < system.hubs.size(); ++d)
        for (std::size_t h = 0; h < static_cast<std::size_t>(system.hours); ++h) {
          missed += std::abs(outcome.transmission.boundary[d * static_cast<std::size_t>(system.hours) + h] -
                             outcome.hubs[d].boundary[h]);
          exchanged += std::abs(system.disconnected.exchange[d][h]);
        }
    } else {
      if (!outcome.history.empty() && system.coordination.method != "benders")
        for (std::size_t k = 0; k < outcome.exchange.size(); ++k)
          missed += std::abs(outcome.history.back().power_transmission[k] - outcome.history.back().power_hubs[k]);
      for (const double p : outcome.exchange) exchanged += std::abs(p);
    }
    summary["mismatch_percent"] = exchanged > 0.0 ? 100.0 * missed / exchanged : 0.0;
    auto power = ordered_json::array(), price = ordered_json::array();
    for (std::size_t d = 0; d < system.hubs.size(); ++d) {
      const auto begin = static_cast<std::ptrdiff_t>(d) * system.hours;
      power.push_back(
          std::vector<double>(outcome.exchange.begin() + begin, outcome.exchange.begin() + begin + system.hours));
      price.push_back(std::vector<double>(outcome.price.begin() + begin, outcome.price.begin() + begin + system.hours));
    }
    summary["schedule"] = {{"boundary_mw", power}, {"boundary_price", price}};
    std::vector<ordered_json> entries{agent_entry(system.transmission, outcome.transmission, disconnected)};
    for (std::size_t d = 0; d < system.hubs.size(); ++d) {
      ordered_json entry;
      entry["name"] = system.hubs[d].name;
      entry.update(agent_entry(system.hubs[d], outcome.hubs[d], disconnected));
      double trade = 0.0;
      for (int h = 0; h < system.hours; ++h)
        trade += system.step_hours *
                 outcome.price[d * static_cast<std::size_t>(system.hours) + static_cast<std::size_t>(h)] *
                 outcome.hubs[d].boundary[static_cast<std::size_t>(h)];
      entry["trade_cost"] = trade;
      entries.push_back(std::move(entry));
    }
    add_sample_figures(context, system, outcome, entries);
    summary["transmission"] = entries.front();
    summary["hubs"] = ordered_json::array();
    for (std::size_t d = 1; d < entries.size(); ++d) summary["hubs"].push_back(entries[d]);
  }
  summary["coordination"] = {
      {"case", system.coordination.case_name},
      {"method", system.coordination.method},
      {"model", system.ambiguity.model},
      {"polish_rounds", outcome.polish_rounds},
      {"seconds", outcome.seconds},
      {"seconds_iterations", outcome.seconds_coordination},
      {"seconds_certification", outcome.seconds_certification},
      {"seconds_recourse", outcome.seconds_recourse},
      {"seconds_first_stage", outcome.seconds_master},
      {"recourse_share", outcome.seconds > 0.0 ? outcome.seconds_recourse / outcome.seconds : 0.0},
      {"recourse_problems", outcome.recourse_problems},
      {"recourse_pivoted", outcome.recourse_pivoted},
      {"recourse_per_second", outcome.seconds_recourse > 0.0
                                  ? static_cast<double>(outcome.recourse_problems) / outcome.seconds_recourse
                                  : 0.0},
      {"recourse_failed", outcome.recourse_failed},
      {"first_stage_problems", outcome.master_problems},
      {"certificate_candidates", outcome.certificate_candidates},
      {"certificate_solved", outcome.certificate_solved},
      {"cuts", outcome.cuts},
      {"recourse_copies", outcome.copies},
      {"dual_points", outcome.duals},
      {"peak_memory_gb", peak_memory_gb()}};
  write_tables(context, system, outcome);
  if (found) summary["loose_relaxations"] = loose_relaxations(context, system, outcome);
  if (found)
    context.results.log(
        fmt::format("objective {:.4f} $, bound {:.4f} $, gap {:.2e}, mismatch {:.4g} MW, {} iterations, {} polish "
                    "rounds; {} recourse problems ({:.0f} % of {:.1f} s)",
                    outcome.objective, outcome.lower_bound,
                    (outcome.objective - outcome.lower_bound) / std::max(1.0, std::abs(outcome.objective)),
                    outcome.mismatch_mw, outcome.iterations, outcome.polish_rounds, outcome.recourse_problems,
                    outcome.seconds > 0.0 ? 100.0 * outcome.seconds_recourse / outcome.seconds : 0.0, outcome.seconds));
}

}  // namespace wattstein::engine
