#pragma once
// All agents of a study: the transmission as one group, hubs of equal pattern as one group each.
// Agents are numbered 0 (transmission), 1..D (hubs); exchange vectors are flat over (d, h).

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/coordination/agent_group.hpp"
#include "engine/coordination/outcome.hpp"
#include "engine/coordination/settings.hpp"

namespace wattstein::engine {

/// What the caller wants to hear and may ask for.
struct CoordinationHooks {
  std::function<void(const std::string& line)> log = [](const std::string&) {};
  std::function<void(const std::string& line)> progress = [](const std::string&) {};
  std::function<bool()> stopped = [] { return false; };
  std::function<void(const std::string& bytes)> save;  // checkpoint; absent: none
  std::function<std::string()> load;                   // last checkpoint or empty
};

enum class Part { all, transmission, hubs };

class Team {
 public:
  /// `copy_limit`: see AgentGroup.
  Team(const CoordinationSystem& system, const SolverOptions& solver, CoordinationHooks hooks,
       std::int64_t copy_limit = 2000);

  const CoordinationSystem& system() const { return *system_; }
  const CoordinationHooks& hooks() const { return hooks_; }
  int hubs() const { return static_cast<int>(system_->hubs.size()); }
  int hours() const { return system_->hours; }
  double step() const { return system_->step_hours; }
  std::size_t agents() const { return place_.size(); }
  AgentGroup& group(std::size_t g) { return groups_[g]; }
  std::size_t groups() const { return groups_.size(); }
  /// Group and place in it of an agent.
  std::pair<std::size_t, std::size_t> place(std::size_t agent) const { return place_[agent]; }
  WorstCase& worst_case(std::size_t agent) { return groups_[place_[agent].first].worst_case(place_[agent].second); }
  /// Relative gap between the certified bound and the feasible joint schedule that the end of a run works towards: a
  /// share of solver.tolerance, because models, certificate and bound each take theirs.
  double target() const { return target_; }

  /// Solves the agents of a part; `terms` and `answers` have one entry an agent. Throws nothing; see trouble().
  void solve(Part part, std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers);
  /// Improves pools and cuts at the answers; returns $ by which the agents' models were lifted (agents).
  std::vector<double> refine(Part part, std::span<const AgentAnswer> answers, const ClimbSettings& climbing);
  /// Solves and refines until no model is lifted by more than `tolerance` $ an agent, at most `rounds` times.
  /// Returns the largest remaining lift.
  double converge(Part part, std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers, double tolerance,
                  int rounds);
  /// The same until the models of all agents together are lifted by no more than about `total` $: half of it for the
  /// transmission, half for the hubs.
  double converge_together(std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers, double total,
                           int rounds);

  /// Name, hour and rows of an infeasible or unsolved agent; empty when all is well. status: canonical word.
  std::string trouble(Part part, std::span<const AgentAnswer> answers, std::string& status) const;

  /// Terms for a price λ ($/MWh, (D·H)): T pays +λ p, hubs −λ p.
  std::vector<BoundaryTerms> priced(std::span<const double> multiplier) const;
  /// Terms that fix the exchange.
  std::vector<BoundaryTerms> fixed(std::span<const double> exchange) const;
  /// Slice d of an exchange vector.
  std::vector<double> of_hub(std::span<const double> flat, int d) const;
  /// The hubs' boundary power as one exchange vector.
  std::vector<double> hub_power(std::span<const AgentAnswer> answers) const;

  /// Every agent at its answer's x with W certified; agents whose certificates exceed the models get cuts and are
  /// solved again under the same terms until the differences together are within `tolerance` $, or no longer shrink. On
  /// return `answers` are the last ones.
  std::vector<AgentOutcome> certified(std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers,
                                      double tolerance);

  /// Σ of the agents' certified Lagrangian bounds at λ; models are converged together to `tolerance` $ first.
  double lagrangian_bound(std::span<const double> multiplier, std::vector<AgentAnswer>& answers, double tolerance,
                          int rounds);

  /// Seconds of the slowest agent since the last call: agents of one group are solved together, each counts with its
  /// share of the group's time.
  double take_seconds_slowest();
  void statistics(CoordinationOutcome& outcome);
  std::string save() const;
  void load(const std::string& bytes);
  /// Each group counts its own rounds of climbing, so that groups may run side by side.
  int next_turn(std::size_t group) { return turn_[group]++; }

 private:
  bool within(Part part, std::size_t group) const {
    return part == Part::all || (part == Part::transmission) == (group == 0);
  }
  /// Calls `work(g)` for every group of the part, all at once, each from a thread of its own: agents know nothing of
  /// one another between messages, so the result is that of one after the other. Rethrows the first error.
  void each_group(Part part, const std::function<void(std::size_t)>& work);
  /// An agent's part of a total: half for the transmission, half for all hubs.
  double share(std::size_t group, double total) const {
    return hubs() == 0 ? total : 0.5 * total / (group == 0 ? 1.0 : static_cast<double>(hubs()));
  }
  double converge(Part part, std::span<const BoundaryTerms> terms, std::vector<AgentAnswer>& answers,
                  const std::function<double(std::size_t)>& tolerance, int rounds);

  /// The entries of a group's agents, in its order.
  template <class T>
  std::vector<T> of_group(std::size_t g, std::span<const T> all) const {
    std::vector<T> own(groups_[g].size());
    for (std::size_t a = 0; a < place_.size(); ++a)
      if (place_[a].first == g) own[place_[a].second] = all[a];
    return own;
  }

  const CoordinationSystem* system_;
  CoordinationHooks hooks_;
  std::vector<AgentGroup> groups_;
  std::vector<std::pair<std::size_t, std::size_t>> place_;
  double target_ = 1e-5;
  std::vector<double> seconds_;  // (groups) since the last take_seconds_slowest()
  std::vector<int> turn_;        // (groups)
  std::int64_t certificate_candidates_ = 0, certificate_solved_ = 0;
};

}  // namespace wattstein::engine
