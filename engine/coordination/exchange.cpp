#include "engine/coordination/exchange.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/coordination/packed_numbers.hpp"
#include "engine/error/error.hpp"

namespace wattstein::engine {

namespace {

double largest_difference(std::span<const double> a, std::span<const double> b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

double norm(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

/// The largest |first-stage cost| of an agent, at least 1 $: what rounds of cuts are accurate against.
double largest_cost(std::span<const AgentAnswer> answers) {
  double scale = 1.0;
  for (const auto& a : answers) scale = std::max(scale, std::abs(a.first_stage));
  return scale;
}

/// Terms of the augmented Lagrangian: price λ, pull ½ ν (p − other side's copy)².
std::vector<BoundaryTerms> augmented(const Team& team, const ExchangeState& state) {
  auto terms = team.priced(state.transmission.multiplier);
  terms[0].penalty = team.step() * state.penalty;
  terms[0].target = state.hubs.power;
  for (int d = 0; d < team.hubs(); ++d) {
    terms[static_cast<std::size_t>(d) + 1].penalty = team.step() * state.penalty;
    terms[static_cast<std::size_t>(d) + 1].target = team.of_hub(state.transmission.power, d);
  }
  return terms;
}

/// Solves a part with some rounds of cuts: models are made good enough for the accuracy that the exchange has reached.
bool answer(Team& team, Part part, ExchangeState& state, std::vector<AgentAnswer>& answers) {
  const auto terms = augmented(team, state);
  const std::vector<AgentAnswer> before = answers;
  const bool late = state.iteration > 8;
  team.converge(part, terms, answers, (late ? 1e-6 : 1e-5) * state.scale, late ? 2 : 3);
  // A stop leaves an iteration half done: the checkpoint of the one before stays, so that --resume takes the same path.
  if (team.hooks().stopped()) throw Stopped("stopped in iteration {}; continue with --resume", state.iteration);
  state.message = team.trouble(part, answers, state.status);
  if (state.message.empty()) return true;
  state.failed.assign(answers.size(), 0);
  std::string others;
  for (std::size_t a = 0; a < answers.size(); ++a) {
    if (answers[a].trouble.empty()) continue;
    state.failed[a] = 1;
    if (answers[a].trouble == state.message) {
      state.contradiction = answers[a].contradiction;
    } else {
      const auto [g, i] = team.place(a);
      others += (others.empty() ? "" : ", ") + team.group(g).agent(i).name;
    }
    if (a < before.size() && before[a].trouble.empty()) answers[a] = before[a];
  }
  if (!others.empty()) state.message += fmt::format(" (neither can {} be scheduled)", others);
  return false;
}

void record(Team& team, ExchangeState& state, std::span<const AgentAnswer> answers, double mismatch, double change,
            double seconds) {
  IterationRecord r;
  r.iteration = state.iteration;
  r.mismatch_mw = mismatch;
  r.price_change = change;
  for (const auto& a : answers) r.objective += a.first_stage + a.worst_case;
  r.lower_bound = state.history.empty() ? -kernels::infinity : state.history.back().lower_bound;
  r.penalty = state.penalty;
  r.seconds_slowest = seconds;
  r.power_transmission = answers[0].boundary;
  r.power_hubs = team.hub_power(answers);
  r.multiplier = state.transmission.multiplier;
  if (state.iteration % 10 == 0) {
    // A bound at the current price, from the cuts at hand: one more solve of every agent.
    std::vector<AgentAnswer> priced;
    const auto terms = team.priced(state.transmission.multiplier);
    team.solve(Part::all, terms, priced);
    double bound = 0.0;
    for (const auto& a : priced) bound += a.trouble.empty() ? a.bound : -kernels::infinity;
    r.lower_bound = std::max(r.lower_bound, bound);
  }
  const double gap = std::isfinite(r.lower_bound) ? (r.objective - r.lower_bound) / std::max(1.0, std::abs(r.objective))
                                                  : kernels::infinity;
  const std::string line = fmt::format(
      "iteration {:3d}  mismatch {:9.4f} MW  price change {:8.4f} $/MWh  objective {:14.2f}  bound {:14.2f}  gap "
      "{:9.2e}  nu {:.3g}",
      r.iteration, r.mismatch_mw, r.price_change, r.objective, r.lower_bound, gap, state.penalty);
  team.hooks().log(line);
  state.history.push_back(std::move(r));
}

/// ν grows, once, when the mismatch of the last four iterations is hardly below that
/// of the four before them, and falls when the copies move far more than they disagree (residual balancing with a wide
/// dead band). Linear agents of curvature a ≪ b contract by 0.86 an iteration while ν ≤ b, and by 1 − O(b/ν) above: a
/// large ν hides the mismatch and slows the prices, hence the limit.
void adapt_penalty(ExchangeState& state, double first, double tolerance_mw, const std::vector<double>& before_t,
                   const std::vector<double>& before_d) {
  constexpr int window = 4;
  const auto count = static_cast<int>(state.history.size());
  if (count < 2 * window || state.iteration % window != 0) return;
  const auto least = [&](int from) {
    double value = kernels::infinity;
    for (int i = from; i < from + window; ++i)
      value = std::min(value, state.history[static_cast<std::size_t>(i)].mismatch_mw);
    return value;
  };
  const double primal = norm(state.transmission.power, state.hubs.power);
  const double dual = std::hypot(norm(state.transmission.power, before_t), norm(state.hubs.power, before_d));
  double factor = 1.0;
  const double recent = least(count - window);
  if (recent > tolerance_mw && recent > 0.75 * least(count - 2 * window) && state.penalty < 1.1 * first) factor = 1.6;
  if (dual > 10.0 * primal) factor = 1.0 / 1.6;
  if (factor == 1.0) return;
  state.penalty *= factor;
  state.anderson.restart();  // another map from here on
}

/// Replaces the plain step by Anderson's mixture of the last ones; prices are counted in MW (λ / ν) so that all entries
/// weigh alike.
void extrapolate(ExchangeState& state, const std::vector<double>& before_t, const std::vector<double>& before_d,
                 const std::vector<double>& before_m) {
  const std::size_t n = before_t.size();
  std::vector<double> z, g;
  for (const auto* part : {&before_t, &before_d}) z.insert(z.end(), part->begin(), part->end());
  for (const auto* part : {&state.transmission.power, &state.hubs.power}) g.insert(g.end(), part->begin(), part->end());
  for (std::size_t i = 0; i < n; ++i) {
    z.push_back(before_m[i] / state.penalty);
    g.push_back(state.transmission.multiplier[i] / state.penalty);
  }
  const auto mixed = state.anderson.next(z, g);
  for (std::size_t i = 0; i < n; ++i) {
    state.transmission.power[i] = mixed[i];
    state.hubs.power[i] = mixed[n + i];
    state.transmission.multiplier[i] = mixed[2 * n + i] * state.penalty;
  }
}

// How good models are before the first iteration, of the transmission's objective.
constexpr double start_accuracy = 5e-4;

}  // namespace

ExchangeState initial_exchange(Team& team) {
  ExchangeState state;
  const Agent& transmission = team.system().transmission;
  state.penalty = team.system().coordination.penalty;
  std::vector<double> exchange;
  for (const auto& hub : transmission.boundary)
    for (const int c : hub)
      exchange.push_back(std::clamp(0.0, transmission.first_stage.lb.of(0)[c], transmission.first_stage.ub.of(0)[c]));
  std::vector<double> multiplier(exchange.size(), 0.0);
  std::vector<AgentAnswer> answers;
  double scale = 1.0;
  const auto prices_at = [&](const std::vector<double>& p, int rounds) {
    team.converge(Part::transmission, team.fixed(p), answers, start_accuracy * scale, rounds);
    if (!answers[0].trouble.empty()) return;
    scale = std::max(1.0, std::abs(answers[0].objective));
    for (std::size_t i = 0; i < multiplier.size(); ++i) multiplier[i] = -answers[0].boundary_slope[i] / team.step();
  };
  if (!exchange.empty()) {
    prices_at(exchange, 8);
    team.converge(Part::hubs, team.priced(multiplier), answers,
                  start_accuracy * scale / static_cast<double>(team.agents()), 12);
    std::string status;
    if (team.trouble(Part::hubs, answers, status).empty()) {
      const auto power = team.hub_power(answers);
      for (std::size_t i = 0; i < exchange.size(); ++i) exchange[i] = power[i];
      prices_at(exchange, 40);
    }
  }
  state.transmission = state.hubs = {exchange, multiplier};
  return state;
}

void run_aal(Team& team, ExchangeState& state, std::vector<AgentAnswer>& answers) {
  const CoordinationSettings& settings = team.system().coordination;
  // Where one side is stiff and the other linear the plain step contracts by √(1 − ι), whatever ν is: with
  // extrapolation, which takes a step back that raises the residual, ι may go nearer to its limit of 1/2.
  constexpr double quick = 0.45, quicker = 1.25;
  double iota = settings.damping;
  if (settings.adapt_penalty)
    for (int k = 1; k < state.iteration && iota < quick; ++k) iota = std::min(quick, iota * quicker);
  while (!state.converged && state.iteration < settings.max_iterations) {
    if (settings.adapt_penalty && state.iteration > 0 && iota < quick) iota = std::min(quick, iota * quicker);
    ++state.iteration;
    if (!answers.empty()) state.scale = largest_cost(answers);
    team.take_seconds_slowest();  // from here on
    if (!answer(team, Part::all, state, answers)) return;
    const double seconds = team.take_seconds_slowest();
    const std::vector<double>& pt = answers[0].boundary;
    const std::vector<double> pd = team.hub_power(answers);
    const double mismatch = largest_difference(pt, pd);
    // p̂ ← p̂ + ι (p − p̂);   λ ← λ + ι ν (p̂ᵀ − p̂ᴰ)
    const auto before_t = state.transmission.power, before_d = state.hubs.power,
               before_m = state.transmission.multiplier;
    for (std::size_t i = 0; i < pt.size(); ++i) {
      state.transmission.power[i] += iota * (pt[i] - state.transmission.power[i]);
      state.hubs.power[i] += iota * (pd[i] - state.hubs.power[i]);
      state.transmission.multiplier[i] += iota * state.penalty * (state.transmission.power[i] - state.hubs.power[i]);
    }
    // What the plain step does to the prices is the residual of the fixed point; extrapolation starts from there.
    const double change = largest_difference(before_m, state.transmission.multiplier);
    state.converged = mismatch <= settings.tolerance_mw && change <= settings.tolerance_price;
    if (settings.adapt_penalty && !state.converged) extrapolate(state, before_t, before_d, before_m);
    state.hubs.multiplier = state.transmission.multiplier;
    record(team, state, answers, mismatch, change, seconds);
    if (settings.adapt_penalty && !state.converged)
      adapt_penalty(state, settings.penalty, settings.tolerance_mw, before_t, before_d);
    if (team.hooks().stopped()) throw Stopped("stopped in iteration {}; continue with --resume", state.iteration);
    if (team.hooks().save) team.hooks().save(save_state(team, state));
  }
}

void run_admm(Team& team, ExchangeState& state, std::vector<AgentAnswer>& answers) {
  const CoordinationSettings& settings = team.system().coordination;
  while (!state.converged && state.iteration < settings.max_iterations) {
    ++state.iteration;
    if (!answers.empty()) state.scale = largest_cost(answers);
    team.take_seconds_slowest();  // from here on
    if (!answer(team, Part::transmission, state, answers)) return;
    state.transmission.power = answers[0].boundary;  // the hubs already see it: Gauss-Seidel
    if (!answer(team, Part::hubs, state, answers)) return;
    state.hubs.power = team.hub_power(answers);
    const double seconds = team.take_seconds_slowest();
    double change = 0.0;
    for (std::size_t i = 0; i < state.hubs.power.size(); ++i) {
      const double step = state.penalty * (state.transmission.power[i] - state.hubs.power[i]);
      state.transmission.multiplier[i] += step;
      change = std::max(change, std::abs(step));
    }
    state.hubs.multiplier = state.transmission.multiplier;
    const double mismatch = largest_difference(state.transmission.power, state.hubs.power);
    state.converged = mismatch <= settings.tolerance_mw && change <= settings.tolerance_price;
    record(team, state, answers, mismatch, change, seconds);
    if (team.hooks().stopped()) throw Stopped("stopped in iteration {}; continue with --resume", state.iteration);
    if (team.hooks().save) team.hooks().save(save_state(team, state));
  }
}

std::string save_state(const Team& team, const ExchangeState& state) {
  nlohmann::json all;
  all["iteration"] = state.iteration;
  all["penalty"] = pack({state.penalty, state.scale});
  all["converged"] = state.converged;
  all["power_transmission"] = pack(state.transmission.power);
  all["power_hubs"] = pack(state.hubs.power);
  all["multiplier"] = pack(state.transmission.multiplier);
  all["anderson"] = nlohmann::json::array();
  for (const auto& vector : state.anderson.save()) all["anderson"].push_back(pack(vector));
  all["history"] = nlohmann::json::array();
  for (const auto& r : state.history)
    all["history"].push_back(
        {{"iteration", r.iteration},
         {"figures", pack({r.mismatch_mw, r.price_change, r.objective, r.lower_bound, r.penalty, r.seconds_slowest})},
         {"t", pack(r.power_transmission)},
         {"d", pack(r.power_hubs)},
         {"m", pack(r.multiplier)}});
  const std::string bytes = team.save();
  all["team"] = nlohmann::json::binary({bytes.begin(), bytes.end()});
  const auto out = nlohmann::json::to_cbor(all);
  return {out.begin(), out.end()};
}

void load_state(const std::string& bytes, Team& team, ExchangeState& state) {
  const auto all = nlohmann::json::from_cbor(bytes);
  state.iteration = all.at("iteration").get<int>();
  const auto scalars = unpack(all.at("penalty"));
  if (scalars.size() != 2) throw Error("the checkpoint was written by another version; start anew without --resume");
  state.penalty = scalars[0], state.scale = scalars[1];
  state.converged = all.at("converged").get<bool>();
  state.transmission.power = unpack(all.at("power_transmission"));
  state.hubs.power = unpack(all.at("power_hubs"));
  state.transmission.multiplier = state.hubs.multiplier = unpack(all.at("multiplier"));
  if (state.transmission.power.size() != static_cast<std::size_t>(team.hubs() * team.hours()))
    throw Error("the checkpoint belongs to another study");
  std::vector<std::vector<double>> remembered;
  for (const auto& vector : all.at("anderson")) remembered.push_back(unpack(vector));
  state.anderson.load(remembered);
  state.history.clear();
  for (const auto& entry : all.at("history")) {
    IterationRecord r;
    r.iteration = entry.at("iteration").get<int>();
    const auto f = unpack(entry.at("figures"));
    r.mismatch_mw = f.at(0), r.price_change = f.at(1), r.objective = f.at(2), r.lower_bound = f.at(3),
    r.penalty = f.at(4), r.seconds_slowest = f.at(5);
    r.power_transmission = unpack(entry.at("t"));
    r.power_hubs = unpack(entry.at("d"));
    r.multiplier = unpack(entry.at("m"));
    state.history.push_back(std::move(r));
  }
  const auto& team_bytes = all.at("team").get_binary();
  team.load({team_bytes.begin(), team_bytes.end()});
}

}  // namespace wattstein::engine
