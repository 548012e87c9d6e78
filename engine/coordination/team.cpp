#include "engine/coordination/team.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/error/error.hpp"

namespace wattstein::engine {

namespace {

constexpr double loosest = 3e-2;  // of the objective, while cuts are still being gathered

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

UncertaintySettings uncertainty_settings(const CoordinationSystem& system) {
  UncertaintySettings settings;
  settings.model = uncertainty_model(system.ambiguity.model);
  settings.confidence = system.ambiguity.confidence;
  settings.radius_factor = system.ambiguity.radius_factor;
  settings.scenarios = system.ambiguity.scenarios;
  settings.seed = system.seed;
  return settings;
}

}  // namespace

Team::Team(const CoordinationSystem& system, const SolverOptions& solver, CoordinationHooks hooks,
           std::int64_t copy_limit)
    : system_(&system), hooks_(std::move(hooks)) {
  target_ = std::clamp(0.3 * solver.tolerance, 1e-5, 1e-3);
  // Groups report from their own threads.
  hooks_.log = [log = hooks_.log, mutex = std::make_shared<std::mutex>()](const std::string& line) {
    const std::lock_guard lock(*mutex);
    log(line);
  };
  // Cuts, bounds and prices come from the duals, so both stages are solved tighter than the study asks for.
  SolverOptions master = solver, recourse = solver;
  master.tolerance = recourse.tolerance = std::clamp(1e-2 * solver.tolerance, 1e-8, 1e-6);
  // A boundary power is as exact as the root of the objective's error: the last digits cost a few steps more and keep
  // the iterations on the exchange from chasing noise.
  master.aim = std::clamp(1e-4 * solver.tolerance, 1e-9, 1e-8);
  if (master.method == "auto" || master.method == "pdhg") master.method = "ipm";  // cones, and accuracy
  if (recourse.method == "auto") recourse.method = "ipm";
  master.progress = recourse.progress = nullptr;
  const UncertaintySettings uncertainty = uncertainty_settings(system);
  const MasterForm form{system.coordination.recourse == "copies", system.coordination.cut_clusters, copy_limit};
  groups_.emplace_back(std::vector<const Agent*>{&system.transmission}, uncertainty, master, recourse, form);
  place_.emplace_back(0, 0);
  std::map<std::string, std::vector<const Agent*>> kinds;
  std::vector<std::string> order;
  for (const Agent& hub : system.hubs) {
    if (!kinds.contains(hub.pattern_key)) order.push_back(hub.pattern_key);
    kinds[hub.pattern_key].push_back(&hub);
  }
  std::map<const Agent*, std::pair<std::size_t, std::size_t>> where;
  for (const auto& key : order) {
    for (std::size_t i = 0; i < kinds[key].size(); ++i) where[kinds[key][i]] = {groups_.size(), i};
    groups_.emplace_back(kinds[key], uncertainty, master, recourse, form);
  }
  for (const Agent& hub : system.hubs) place_.push_back(where[&hub]);
  seconds_.assign(groups_.size(), 0.0);
  turn_.assign(groups_.size(), 0);
}

double Team::take_seconds_slowest() {
  double slowest = 0.0;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    slowest = std::max(slowest, seconds_[g] / static_cast<double>(groups_[g].size()));
    seconds_[g] = 0.0;
  }
  return slowest;
}

void Team::each_group(Part part, const std::function<void(std::size_t)>& work) {
  std::vector<std::size_t> chosen;
  for (std::size_t g = 0; g < groups_.size(); ++g)
    if (within(part, g)) chosen.push_back(g);
  std::vector<std::exception_ptr> errors(chosen.size());
  const auto guarded = [&](std::size_t k) {
    try {
      work(chosen[k]);
    } catch (...) {
      errors[k] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t k = 1; k < chosen.size(); ++k) threads.emplace_back(guarded, k);
    if (!chosen.empty()) guarded(0);
  }
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
  if (hooks_.stopped()) throw Stopped("stopped");
}

void Team::solve(Part part, std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers) {
  answers.resize(agents());
  each_group(part, [&](std::size_t g) {
    const auto start = std::chrono::steady_clock::now();
    auto group_answers = groups_[g].solve(of_group<BoundaryTerms>(g, terms));
    for (std::size_t a = 0; a < agents(); ++a)
      if (place_[a].first == g) answers[a] = std::move(group_answers[place_[a].second]);
    seconds_[g] += since(start);
  });
}

std::vector<double> Team::refine(Part part, std::span<const AgentAnswer> answers, const ClimbSettings& climbing) {
  std::vector<double> lifts(agents(), 0.0);
  each_group(part, [&](std::size_t g) {
    const auto refined = groups_[g].refine(of_group<AgentAnswer>(g, answers), climbing);
    for (std::size_t a = 0; a < agents(); ++a)
      if (place_[a].first == g) lifts[a] = refined[place_[a].second].violation;
  });
  return lifts;
}

double Team::converge(Part part, std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers,
                      double tolerance, int rounds) {
  return converge(
      part, terms, answers, [tolerance](std::size_t) { return tolerance; }, rounds);
}

double Team::converge_together(std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers, double total,
                               int rounds) {
  return converge(
      Part::all, terms, answers, [&](std::size_t g) { return share(g, total); }, rounds);
}

double Team::converge(Part part, std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers,
                      const std::function<double(std::size_t)>& tolerance, int rounds) {
  // Groups whose models no longer move are not solved again.
  std::vector<double> remaining(groups_.size(), 0.0);
  answers.resize(agents());
  each_group(part, [&](std::size_t g) {
    const auto start = std::chrono::steady_clock::now();
    const auto own = of_group<BoundaryTerms>(g, terms);
    double looseness = 0.0;  // of this round's answer, of the objective
    for (int round = 0; round < rounds; ++round) {
      auto group_answers = groups_[g].solve(own, looseness);
      bool failed = false, last = false;
      for (const auto& answer : group_answers) failed = failed || !answer.trouble.empty();
      remaining[g] = 0.0;
      if (!failed) {
        ClimbSettings climbing;
        climbing.turn = next_turn(g);
        double scale = 1.0;
        for (const auto& refined : groups_[g].refine(group_answers, climbing))
          remaining[g] = std::max(remaining[g], refined.violation);
        for (const auto& answer : group_answers) scale = std::max(scale, std::abs(answer.objective));
        // A model this far from W need not be solved better than that, and a point well inside its optimal face gives
        // better cuts than a vertex does. What is handed on is exact.
        const bool close = remaining[g] <= tolerance(g);
        last = close && looseness == 0.0;
        looseness = close || rounds < 4 || round + 2 >= rounds ? 0.0 : std::min(remaining[g] / scale, loosest);
      }
      for (std::size_t a = 0; a < agents(); ++a)
        if (place_[a].first == g) answers[a] = group_answers[place_[a].second];
      if (failed || last || hooks_.stopped()) break;
    }
    seconds_[g] += since(start);
  });
  return *std::max_element(remaining.begin(), remaining.end());
}

std::string Team::trouble(Part part, std::span<const AgentAnswer> answers, std::string& status) const {
  for (std::size_t a = 0; a < answers.size(); ++a)
    if (within(part, place_[a].first) && !answers[a].trouble.empty()) {
      status = kernels::status_word(answers[a].status);
      return answers[a].trouble;
    }
  return {};
}

std::vector<BoundaryTerms> Team::priced(std::span<const double> multiplier) const {
  std::vector<BoundaryTerms> terms(agents());
  for (const double value : multiplier) terms[0].linear.push_back(step() * value);
  for (int d = 0; d < hubs(); ++d)
    for (int h = 0; h < hours(); ++h)
      terms[static_cast<std::size_t>(d) + 1].linear.push_back(-step() *
                                                              multiplier[static_cast<std::size_t>(d * hours() + h)]);
  return terms;
}

std::vector<BoundaryTerms> Team::fixed(std::span<const double> exchange) const {
  std::vector<BoundaryTerms> terms(agents());
  terms[0].target.assign(exchange.begin(), exchange.end());
  terms[0].fixed = true;
  for (int d = 0; d < hubs(); ++d) {
    terms[static_cast<std::size_t>(d) + 1].target = of_hub(exchange, d);
    terms[static_cast<std::size_t>(d) + 1].fixed = true;
  }
  return terms;
}

std::vector<double> Team::of_hub(std::span<const double> flat, int d) const {
  const auto H = static_cast<std::size_t>(hours());
  const auto slice = flat.subspan(static_cast<std::size_t>(d) * H, H);
  return {slice.begin(), slice.end()};
}

std::vector<double> Team::hub_power(std::span<const AgentAnswer> answers) const {
  std::vector<double> power;
  for (int d = 0; d < hubs(); ++d) {
    const auto& own = answers[static_cast<std::size_t>(d) + 1].boundary;
    power.insert(power.end(), own.begin(), own.end());
  }
  return power;
}

std::vector<AgentOutcome> Team::certified(std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers,
                                          double total_tolerance) {
  std::vector<AgentOutcome> outcomes(agents());
  std::vector<std::int64_t> candidates(groups_.size(), 0), solved(groups_.size(), 0);
  each_group(Part::all, [&](std::size_t g) {
    AgentGroup& group = groups_[g];
    const double tolerance = share(g, 0.5 * total_tolerance);
    std::vector<BoundaryTerms> own(group.size());
    std::vector<AgentAnswer> now(group.size());
    std::vector<AgentOutcome> best(group.size());
    for (std::size_t a = 0; a < agents(); ++a)
      if (place_[a].first == g) own[place_[a].second] = terms[a], now[place_[a].second] = answers[a];
    double previous = kernels::infinity;
    for (int round = 0; round < 8; ++round) {
      std::vector<double> zetas;
      for (std::size_t i = 0; i < group.size(); ++i) {
        group.worst_case(i).set_point(now[i].x);
        zetas.push_back(group.worst_case(i).best_zeta());
      }
      CertifySettings settings;
      settings.enumerate = system_->coordination.worst_case == "enumerate";
      settings.tolerance = tolerance;
      const auto all = group.worst_cases();
      // ζ is chosen by the pool, so the pool must know this x well before the certificate fixes ζ.
      for (int turn = 0; turn < 4; ++turn) {
        const int added = group.explore(zetas, 2);
        for (std::size_t i = 0; i < group.size(); ++i) zetas[i] = group.worst_case(i).best_zeta();
        if (added == 0) break;
      }
      const auto start = std::chrono::steady_clock::now();
      const double before = group.recourse_solver().statistics().seconds;
      const auto certificates = certify(all, zetas, group.recourse_solver(), settings);
      group.count_explored(since(start) - (group.recourse_solver().statistics().seconds - before));
      double excess = 0.0;
      for (std::size_t i = 0; i < group.size(); ++i) {
        candidates[g] += certificates[i].candidates;
        solved[g] += certificates[i].solved;
        AgentOutcome outcome;
        outcome.x = now[i].x;
        outcome.boundary = now[i].boundary;
        outcome.first_stage = now[i].first_stage;
        outcome.worst_case = certificates[i];
        outcome.radius_mw = group.worst_case(i).atoms().radius;
        if (round == 0 || outcome.value() < best[i].value()) best[i] = outcome;
        // Nothing better than the model's own value can be found: what is above it is still to gain.
        excess = std::max(excess, best[i].value() - (now[i].first_stage + now[i].worst_case));
      }
      hooks_.log(fmt::format("  certificate of {}: round {}, upper value above the model by {:.4g} $",
                             group.size() == 1 ? group.agent(0).name : "hubs", round + 1, excess));
      if (hooks_.stopped()) return;
      if (excess <= 2.0 * tolerance || !settings.enumerate || excess > 0.8 * previous) break;  // or no longer worth it
      previous = excess;
      group.add_cuts(now);
      std::vector<AgentAnswer> next;
      for (int inner = 0; inner < 20; ++inner) {
        next = group.solve(own);
        bool failed = false;
        for (const auto& answer : next) failed = failed || !answer.trouble.empty();
        if (failed) break;
        ClimbSettings climbing;
        climbing.rounds = 4;
        climbing.turn = next_turn(g);
        double largest = 0.0;
        for (const auto& refined : group.refine(next, climbing)) largest = std::max(largest, refined.violation);
        now = next;
        if (largest <= 0.25 * tolerance) break;
      }
    }
    for (std::size_t a = 0; a < agents(); ++a)
      if (place_[a].first == g) outcomes[a] = best[place_[a].second], answers[a] = now[place_[a].second];
  });
  for (std::size_t g = 0; g < groups_.size(); ++g)
    certificate_candidates_ += candidates[g], certificate_solved_ += solved[g];
  return outcomes;
}

double Team::lagrangian_bound(std::span<const double> multiplier, std::vector<AgentAnswer>& answers, double tolerance,
                              int rounds) {
  const auto terms = priced(multiplier);
  converge_together(terms, answers, tolerance, rounds);
  double bound = 0.0;
  for (const auto& answer : answers) bound += answer.trouble.empty() ? answer.bound : -kernels::infinity;
  return bound;
}

void Team::statistics(CoordinationOutcome& outcome) {
  for (auto& group : groups_) {
    outcome.seconds_master += group.seconds_master();
    outcome.master_problems += group.masters_solved();
    outcome.seconds_recourse += group.recourse_solver().statistics().seconds + group.seconds_explored();
    outcome.recourse_problems += group.recourse_solver().statistics().solved;
    outcome.recourse_failed += group.recourse_solver().statistics().failed;
    outcome.cuts += group.cut_count();
    outcome.copies += group.copy_count();
    for (std::size_t i = 0; i < group.size(); ++i) {
      outcome.duals += group.worst_case(i).pool().size();
      const auto [asked, solved] = group.worst_case(i).asked();
      outcome.recourse_problems += asked;
      outcome.recourse_pivoted += solved;
    }
  }
  outcome.certificate_candidates = certificate_candidates_;
  outcome.certificate_solved = certificate_solved_;
}

std::string Team::save() const {
  nlohmann::json all;
  all["turn"] = turn_;
  for (const auto& group : groups_) {
    const std::string bytes = group.save();
    all["groups"].push_back(nlohmann::json::binary({bytes.begin(), bytes.end()}));
  }
  const auto bytes = nlohmann::json::to_cbor(all);
  return {bytes.begin(), bytes.end()};
}

void Team::load(const std::string& bytes) {
  const auto all = nlohmann::json::from_cbor(bytes);
  turn_ = all.at("turn").get<std::vector<int>>();
  if (all.at("groups").size() != groups_.size() || turn_.size() != groups_.size())
    throw Error("the checkpoint belongs to another study");
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto& binary = all.at("groups").at(g).get_binary();
    groups_[g].load({binary.begin(), binary.end()});
  }
}

}  // namespace wattstein::engine
