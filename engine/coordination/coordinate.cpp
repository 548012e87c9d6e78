#include "engine/coordination/coordinate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/coordination/columns.hpp"
#include "engine/coordination/exchange.hpp"
#include "engine/coordination/monolith.hpp"
#include "engine/error/error.hpp"

namespace wattstein::engine {

namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double objective_of(const std::vector<AgentOutcome>& agents) {
  double sum = 0.0;
  for (const auto& agent : agents) sum += agent.value();
  return sum;
}

void store(CoordinationOutcome& outcome, std::vector<AgentOutcome> agents) {
  outcome.objective = objective_of(agents);
  outcome.transmission = std::move(agents.front());
  agents.erase(agents.begin());
  outcome.hubs = std::move(agents);
}

double relative_gap(double upper, double lower) {
  return (upper - lower) / std::max(1.0, std::abs(upper));
}

/// All agents at one exchange, W certified. False when an agent cannot follow it.
bool at_exchange(Team& team, std::span<const double> exchange, double tolerance, std::vector<AgentOutcome>& outcomes,
                 std::vector<AgentAnswer>& answers, std::string& message, std::string& status) {
  const auto terms = team.fixed(exchange);
  team.converge_together(terms, answers, 0.1 * tolerance, 30);
  message = team.trouble(Part::all, answers, status);
  if (!message.empty()) return false;
  outcomes = team.certified(terms, answers, tolerance);
  return true;
}

/// Disconnected: each side alone, |p − exchange| at its price.
void run_disconnected(Team& team, CoordinationOutcome& outcome) {
  const CoordinationSystem& system = team.system();
  const int H = team.hours();
  const double price = system.disconnected.mismatch_cost_per_mwh * team.step();
  const auto deviation = [&](const Agent& agent, const std::vector<std::vector<double>>& exchange) {
    Extension e;
    int row = 0;
    for (std::size_t d = 0; d < agent.boundary.size(); ++d)
      for (int h = 0; h < H; ++h, ++row) {
        const int column = agent.boundary[d][static_cast<std::size_t>(h)];
        const double target = exchange[d][static_cast<std::size_t>(h)];
        const double range =
            std::abs(target) +
            std::max(std::abs(agent.first_stage.lb.of(0)[column]), std::abs(agent.first_stage.ub.of(0)[column])) + 1.0;
        // p − e⁺ + e⁻ = exchange
        e.row_lower.push_back(target);
        e.row_upper.push_back(target);
        for (const double sign : {-1.0, 1.0}) {
          e.entries.push_back({row, -1 - static_cast<int>(e.cost.size()), sign});
          e.cost.push_back(price);
          e.lower.push_back(0.0);
          e.upper.push_back(range);
        }
        e.entries.push_back({row, column, 1.0});
      }
    return e;
  };
  for (std::size_t g = 0; g < team.groups(); ++g) {
    std::vector<Extension> extensions(team.group(g).size());
    for (std::size_t a = 0; a < team.agents(); ++a) {
      if (team.place(a).first != g) continue;
      const auto& exchange = system.disconnected.exchange;
      extensions[team.place(a).second] =
          deviation(team.group(g).agent(team.place(a).second),
                    a == 0 ? exchange : std::vector<std::vector<double>>{exchange[a - 1]});
    }
    team.group(g).set_extension(std::move(extensions));
  }
  const std::vector<BoundaryTerms> terms(team.agents());
  std::vector<AgentAnswer> answers;
  double scale = 1.0;
  team.converge(Part::all, terms, answers, 1e-3, 3);
  for (const auto& a : answers) scale = std::max(scale, std::abs(a.first_stage));
  const double tolerance = 0.5 * team.target() * scale;
  team.converge(Part::all, terms, answers, 0.05 * tolerance, 60);
  outcome.message = team.trouble(Part::all, answers, outcome.status);
  if (!outcome.message.empty()) return;
  auto outcomes = team.certified(terms, answers, tolerance);
  // Bounds of the final models, one more solve each.
  team.solve(Part::all, terms, answers);
  outcome.lower_bound = 0.0;
  for (const auto& answer : answers) outcome.lower_bound += answer.bound;
  outcome.price.assign(static_cast<std::size_t>(team.hubs() * H), 0.0);
  for (std::size_t a = 0; a < outcomes.size(); ++a) {
    // c(x) of the answer holds the price of the deviation: it stands in its own row of the cost table.
    double deviation_cost = 0.0;
    for (std::size_t k = 0; k < outcomes[a].boundary.size(); ++k) {
      const std::size_t d = a == 0 ? k / static_cast<std::size_t>(H) : a - 1, h = k % static_cast<std::size_t>(H);
      deviation_cost += price * std::abs(outcomes[a].boundary[k] - system.disconnected.exchange[d][h]);
    }
    const auto [g, i] = team.place(a);
    outcomes[a].first_stage = first_stage_cost(team.group(g).agent(i).first_stage, outcomes[a].x);
    outcomes[a].mismatch_cost = deviation_cost;
  }
  store(outcome, std::move(outcomes));
  for (int d = 0; d < team.hubs(); ++d)
    for (int h = 0; h < H; ++h) {
      const double own = outcome.hubs[static_cast<std::size_t>(d)].boundary[static_cast<std::size_t>(h)];
      outcome.exchange.push_back(own);
      outcome.mismatch_mw = std::max(
          outcome.mismatch_mw, std::abs(own - outcome.transmission.boundary[static_cast<std::size_t>(d * H + h)]));
    }
}

/// What every agent answered last, for a run that cannot be finished.
void keep_answers(Team& team, std::span<const AgentAnswer> answers, CoordinationOutcome& outcome) {
  outcome.last_answers.resize(team.agents());
  for (std::size_t a = 0; a < std::min(answers.size(), team.agents()); ++a) {
    if (!answers[a].trouble.empty() || answers[a].x.empty()) continue;
    AgentOutcome& kept = outcome.last_answers[a];
    kept.x = answers[a].x;
    kept.boundary = answers[a].boundary;
    kept.first_stage = answers[a].first_stage;
    kept.worst_case.upper = answers[a].worst_case;
  }
}

void log_columns(Team& team, CoordinationOutcome& outcome, bool main_method, const ColumnGenerationResult& r,
                 std::span<const AgentAnswer> priced) {
  team.hooks().log(fmt::format("{} round {:3d}  upper {:14.2f}  bound {:14.2f}  gap {:9.2e}  slack {:.3g} MW",
                               main_method ? "benders" : "polish", r.rounds, r.upper, r.lower,
                               relative_gap(r.upper, r.lower), r.slack_mw));
  if (!main_method) return;
  IterationRecord record;
  record.iteration = r.rounds;
  record.power_transmission = r.exchange;
  record.power_hubs = team.hub_power(priced);
  for (std::size_t i = 0; i < r.exchange.size(); ++i)
    record.mismatch_mw = std::max(record.mismatch_mw, std::abs(record.power_transmission[i] - record.power_hubs[i]));
  if (!outcome.history.empty())
    for (std::size_t i = 0; i < r.last_multiplier.size(); ++i)
      record.price_change =
          std::max(record.price_change, std::abs(r.last_multiplier[i] - outcome.history.back().multiplier[i]));
  record.objective = r.upper;
  record.lower_bound = r.lower;
  record.multiplier = r.last_multiplier;
  record.seconds_slowest = team.take_seconds_slowest();
  outcome.history.push_back(std::move(record));
}

}  // namespace

CoordinationOutcome coordinate(const CoordinationSystem& system, const SolverOptions& solver,
                               const CoordinationHooks& hooks) {
  const auto start = Clock::now();
  CoordinationOutcome outcome;
  // The monolith is solved in few rounds: larger models may stand in it as they are.
  Team team(system, solver, hooks, system.coordination.method == "monolith" ? 40000 : MasterForm{}.copy_limit);
  const auto finish = [&]() -> CoordinationOutcome& {
    team.statistics(outcome);
    outcome.seconds = since(start);
    return outcome;
  };
  if (system.coordination.case_name == "disconnected") {
    run_disconnected(team, outcome);
    return finish();
  }
  const double target = team.target();
  const std::string& method = system.coordination.method;
  std::vector<AgentAnswer> answers;
  std::vector<std::vector<double>> exchanges;    // candidates for the common exchange, best first
  std::vector<std::vector<double>> multipliers;  // candidates for the bound
  std::vector<std::vector<HubColumn>> columns(static_cast<std::size_t>(team.hubs()));
  double known_bound = -kernels::infinity;
  bool gap_closed = team.hubs() == 0;

  if (team.hubs() == 0) {
    exchanges.emplace_back();
    multipliers.emplace_back();
  } else if (method == "monolith") {
    const MonolithResult result = solve_monolith(team, solver);
    outcome.iterations = result.rounds;
    outcome.status = result.status;
    outcome.message = result.message;
    if (!outcome.message.empty()) return finish();
    known_bound = result.bound;
    exchanges.push_back(result.exchange);
    multipliers.push_back(result.multiplier);
    gap_closed = true;
  } else if (method == "benders") {
    const ExchangeState state = initial_exchange(team);
    const auto result =
        generate_columns(team, columns, state.transmission.multiplier, 0.3 * target, system.coordination.max_iterations,
                         [&](const auto& r, auto priced) { log_columns(team, outcome, true, r, priced); });
    outcome.iterations = result.rounds + 1;
    outcome.status = result.status;
    outcome.message = result.message;
    if (!outcome.message.empty()) return finish();
    outcome.mismatch_mw = result.slack_mw;
    known_bound = result.lower;
    exchanges.push_back(result.exchange);
    multipliers.push_back(result.multiplier);
    gap_closed = true;
  } else {
    ExchangeState state;
    const std::string saved = hooks.load ? hooks.load() : std::string();
    if (saved.empty()) {
      state = initial_exchange(team);
    } else {
      load_state(saved, team, state);
      hooks.log(fmt::format("continuing after iteration {}", state.iteration));
    }
    if (method == "admm") run_admm(team, state, answers);
    else run_aal(team, state, answers);
    outcome.history = state.history;
    outcome.iterations = state.iteration;
    outcome.message = state.message;
    if (!state.message.empty()) {
      outcome.status = state.status;
      outcome.contradiction = state.contradiction;
      keep_answers(team, answers, outcome);
      outcome.message += fmt::format(" in iteration {}", state.iteration);
      return finish();
    }
    if (!state.converged) outcome.status = "iteration_limit";
    if (!state.history.empty()) {
      const IterationRecord& last = state.history.back();
      outcome.mismatch_mw = last.mismatch_mw;
      std::vector<double> mean(last.power_hubs.size());
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = 0.5 * (last.power_transmission[i] + last.power_hubs[i]);
      exchanges = {mean, last.power_transmission, last.power_hubs};
      known_bound = last.lower_bound;
    } else {
      exchanges = {state.hubs.power};
    }
    multipliers.push_back(state.transmission.multiplier);
    for (std::size_t a = 1; a < answers.size(); ++a)  // the hubs' last answers are points of their value functions
      columns[a - 1].push_back({answers[a].boundary, answers[a].first_stage + answers[a].worst_case, 0});
  }
  outcome.seconds_coordination = since(start);

  // The certified end. The scale comes from the history, which a resumed run has too.
  const double scale = outcome.history.empty() ? 1.0 : std::max(1.0, std::abs(outcome.history.back().objective));
  double lower = known_bound;
  std::vector<double> price = multipliers.front();
  std::vector<AgentAnswer> work;
  if (!gap_closed) {
    // How far are the models from one another? One common exchange and one price, no certificate yet.
    double upper = kernels::infinity;
    std::vector<AgentAnswer> fixed;
    team.converge_together(team.fixed(exchanges.front()), fixed, 0.1 * target * scale, 12);
    std::string status;
    if (team.trouble(Part::all, fixed, status).empty()) {
      upper = 0.0;
      std::vector<double> slopes;
      for (const auto& a : fixed) upper += a.first_stage + a.worst_case;
      for (const double s : fixed[0].boundary_slope) slopes.push_back(-s / team.step());
      multipliers.push_back(slopes);
    }
    for (const auto& multiplier : multipliers) {
      const double bound = team.lagrangian_bound(multiplier, work, 0.1 * target * scale, 6);
      if (bound > lower) lower = bound, price = multiplier;
      if (relative_gap(upper, lower) <= 0.5 * target) break;
    }
    hooks.log(
        fmt::format("common exchange {:.4f}, bound {:.4f}, gap {:.2e}", upper, lower, relative_gap(upper, lower)));
    if (!(relative_gap(upper, lower) <= 0.5 * target)) {
      const auto result = generate_columns(team, columns, price, 0.3 * target, 40, [&](const auto& r, auto priced) {
        log_columns(team, outcome, false, r, priced);
      });
      outcome.polish_rounds = result.rounds + 1;
      if (result.message.empty()) {
        if (result.lower > lower) lower = result.lower, price = result.multiplier;
        if (result.upper < upper && result.slack_mw < 1e-6) exchanges.insert(exchanges.begin(), result.exchange);
      }
    }
  }
  const std::vector<AgentAnswer> iterated = answers;
  const auto certifying = Clock::now();
  std::vector<AgentOutcome> outcomes;
  std::string message, status;
  bool found = false;
  for (const auto& exchange : exchanges) {
    double total = 1.0;
    for (const auto& a : work) total += std::abs(a.first_stage);
    const double tolerance = 0.5 * target * std::max(total, scale);
    if (at_exchange(team, exchange, tolerance, outcomes, work, message, status)) {
      outcome.exchange = exchange;
      found = true;
      break;
    }
    hooks.log(message);
  }
  outcome.seconds_certification = since(certifying);
  if (!found) {
    outcome.status = status;
    outcome.message = message + " at the exchange that the iterations agreed on";
    for (const auto& a : work)
      if (!a.trouble.empty() && outcome.contradiction.agent.empty()) outcome.contradiction = a.contradiction;
    keep_answers(team, iterated, outcome);
    return finish();
  }
  store(outcome, std::move(outcomes));
  // The cuts that the certificate brought hold everywhere: the bound at the same price can only rise.
  if (relative_gap(outcome.objective, lower) > target || gap_closed) {
    const double bound = team.lagrangian_bound(price, work, 0.05 * target * std::abs(outcome.objective), 12);
    lower = std::max(lower, bound);
  }
  outcome.lower_bound = lower;
  for (const double value : price) outcome.price.push_back(-value);
  return finish();
}

}  // namespace wattstein::engine
