#pragma once
// Agents of one pattern, each as: first stage + W through cuts (or through recourse copies when nothing moves and they
// are few)
// + a linear price and a proximal term on its boundary power. All are solved as one batch.
//
//     min  c(x) + ζ φ + Σ_h t_h + Σ_b [ linear_b p_b + ½ penalty (p_b − target_b)² ]
//     s.t. first stage;   t_h + distance_k ζ − gradient_k · x ≥ constant_k      cuts k of hour h
//
// The samples of an hour may be split into clusters, each with an epigraph variable t of its own (a cell is an hour and
// a cluster). With recourse = copies a cut does not approximate the second stage at the realisations ω_s that it
// weighs, it holds it (column-and-constraint generation, Zeng and Zhao, Oper. Res. Lett. 41, 2013, 457-461):
//
//     t_c + distance_k ζ − Σ_s weight_ks v_s ≥ 0,   v_s ≥ r_h + w_costᵀω_s + qᵀ z_s,   (x, z_s) feasible at ω_s
//
// and copies are shared by all cuts and clusters of the hour. Realisations that one dual point prices at the answer are
// held together at their mean: Q is convex in ω, so Σ w_a Q(x; ω_a) ≥ Σ w_a Q(x; ω̄) for every x, with equality at the
// answer, where they lie in one affine piece of Q. Cuts that have been slack for long are dropped, and the copies that
// no cut weighs any more with them. Cut rows and copies stand in slots of a fixed pattern, so the plan of the solver is
// used again until the slots grow.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/models/agent.hpp"
#include "engine/solver/solver.hpp"
#include "engine/uncertainty/certify.hpp"
#include "engine/uncertainty/worst_case.hpp"

namespace wattstein::engine {

/// What one solve does with an agent's boundary columns, flat over (d, h). Empty vectors: zeros.
struct BoundaryTerms {
  std::vector<double> linear;  // $/MW
  double penalty = 0.0;        // $/MW²
  std::vector<double> target;  // MW
  bool fixed = false;          // p = target
};

/// Where an agent's first stage contradicts itself most.
struct Contradiction {
  std::string agent;
  int hour = 0;         // from 1; 0: none
  std::string carrier;  // empty: the agent has but one
  std::string row;
};
Contradiction contradiction_at(const Agent& agent, int row);
/// "hub_b: infeasible first stage in hour 7, gas (gas balance node 4 hour 7)"
std::string describe(const Contradiction& contradiction);

struct AgentAnswer {
  Status status = Status::numerical_error;
  std::vector<double> x;  // (n) of the first stage
  double zeta = 0.0;
  std::vector<double> t;     // (cells) W of the model (cuts or copies), without ζ φ; a cell: hour and cluster
  double objective = 0.0;    // of the problem asked, prices and penalty included
  double bound = 0.0;        // its certified bound
  double first_stage = 0.0;  // c(x), with the extension's costs
  double worst_case = 0.0;   // W of the model: ζ φ + Σ t
  double relative_residual = 0.0;
  std::vector<double> boundary;           // (D·H) MW
  std::vector<double> boundary_slope;     // (D·H) reduced cost of p: with p fixed, the slope of the agent's value in p
  std::vector<double> extra;              // columns of the extension
  std::vector<double> extra_multipliers;  // of its rows
  std::string trouble;                    // infeasible: hour and rows that contradict one another most
  Contradiction contradiction;            // the same by parts; empty when the trouble is another
};

/// Columns and rows that a coordination method adds to an agent's problem (columns of other agents, mismatch).
struct Extension {
  struct Entry {
    int row;     // of the extension
    int column;  // of the first stage; or −1 − j for column j of the extension
    double value;
  };
  std::vector<double> lower, upper, cost;  // columns
  std::vector<double> row_lower, row_upper;
  std::vector<Entry> entries;
};

/// How W stands in an agent's problem.
struct MasterForm {
  bool copies = false;             // recourse copies instead of cuts
  int clusters = 1;                // epigraph variables an hour
  std::int64_t copy_limit = 2000;  // models in which nothing moves: copies while atoms × variables stay within it
};

/// c(x) = ½ xᵀPx + qᵀx + r of a problem.
double first_stage_cost(const kernels::Batch& problem, std::span<const double> x);

class AgentGroup {
 public:
  /// `master` and `recourse`: settings of the two solvers. Where no realisation moves, the copies of all atoms stand in
  /// the problem from the start, if the form asks for copies or they are few.
  AgentGroup(std::vector<const Agent*> agents, const UncertaintySettings& uncertainty, const SolverOptions& master,
             const SolverOptions& recourse, const MasterForm& form = {});
  ~AgentGroup();
  AgentGroup(AgentGroup&&) noexcept;

  std::size_t size() const { return agents_.size(); }
  const Agent& agent(std::size_t i) const { return *agents_[i]; }
  WorstCase& worst_case(std::size_t i) { return *worst_[i]; }
  const WorstCase& worst_case(std::size_t i) const { return *worst_[i]; }
  std::vector<WorstCase*> worst_cases();
  RecourseSolver& recourse_solver() { return recourse_; }
  bool exact() const { return exact_; }  // copies: W of the model is W
  std::size_t boundary_size() const { return boundary_.front().size(); }
  std::span<const int> boundary_columns(std::size_t i) const { return boundary_[i]; }

  void set_extension(std::vector<Extension> extensions);  // one an agent, equal patterns; empty: none

  /// Solves every agent once with the cuts it has, to the group's tolerance or the looser one given.
  std::vector<AgentAnswer> solve(std::span<const BoundaryTerms> terms, double looser = 0.0);
  /// The problems of solve() as a batch (monolith, export).
  const kernels::Batch& batch(std::span<const BoundaryTerms> terms);
  AgentAnswer read(std::size_t i, const double* x, const double* d, const double* y) const;

  struct Refined {
    double violation = 0.0;   // $: by how much the new cuts lift W of the model at the answer
    double worst_case = 0.0;  // pool's W at the answer's x and ζ
  };
  /// Improves the pools at the points set, each at its ζ (WorstCase::explore, `turn` as there). Returns how many duals
  /// were added.
  int explore(std::span<const double> zetas, int rounds, int turn = -1);
  /// Improves the pools at the answers and adds the cuts that they violate. (agents)
  std::vector<Refined> refine(std::span<const AgentAnswer> answers, const ClimbSettings& climbing);
  /// Adds cuts at the answers from the pools as they stand. `placed`: the pools' points are set to the answers already.
  std::vector<Refined> add_cuts(std::span<const AgentAnswer> answers, bool placed = false);
  /// W at each agent's x from the pool, at its best ζ.
  double pool_worst_case(std::size_t i, std::span<const double> x);

  /// Spent on realisations of the second stage outside of recourse_solver().
  double seconds_explored() const { return seconds_explored_; }
  void count_explored(double seconds) { seconds_explored_ += seconds; }
  double seconds_master() const { return seconds_master_; }
  std::int64_t masters_solved() const { return masters_; }
  int cut_count() const;
  int copy_count() const;  // recourse copies of all agents (recourse = copies)

  /// State for checkpoints: cuts and pools.
  std::string save() const;
  void load(const std::string& bytes);

 private:
  struct Cut {
    int cell = 0;
    double constant = 0.0, distance = 0.0;
    std::vector<std::pair<int, double>> gradient;  // ascending columns; copies: places among the hour's copies
    int idle = 0;                                  // solves in a row in which it was slack
  };
  struct Layout;
  void build();
  void fill(std::span<const BoundaryTerms> terms);
  void repair_bounds(BatchResult& result);
  void repair_copies(std::size_t i, std::vector<double>& y) const;
  void split(const Atoms& atoms);
  void store(std::size_t i, int cell, const WorstCaseCut& cut);
  void store_copies(std::size_t i, int cell, const WorstCase::Sweep& sweep, double zeta);
  void grow(std::size_t i, int cell);
  void shrink();
  void fit_slots();
  void fit_copy_slots();
  std::vector<int> most_cuts() const;  // (cells) of any agent
  int hours() const { return worst_.front()->atoms().hours; }
  int cells() const { return hours() * clusters_; }
  int hour_of(int cell) const { return cell / clusters_; }
  /// Copy slots of hour h stand at copy_first(h) .. copy_first(h + 1) among all.
  int copy_first(int hour) const;
  /// Lower and upper side that W's variables of a cell can take, weighted.
  double cell_weight(std::size_t i, int cell) const { return cell_weight_[i][static_cast<std::size_t>(cell)]; }
  /// Forgets cuts that have been slack for long; y: multipliers of the problem that gave the answer.
  void retire(std::size_t i, const AgentAnswer& answer, const double* y);
  void retire_copies(std::size_t i, const double* y);

  std::vector<const Agent*> agents_;
  std::vector<std::vector<int>> boundary_;  // (agents)(D·H) columns
  std::vector<std::unique_ptr<WorstCase>> worst_;
  std::vector<std::vector<Cut>> cuts_;         // (agents)
  std::vector<std::vector<int>> cut_columns_;  // (cells) ascending: columns that some cut of the cell uses
  std::vector<int> slots_;                     // (cells)
  MasterForm form_;
  int clusters_ = 1;
  std::vector<std::vector<int>> cluster_;         // (agents)(atoms)
  std::vector<std::vector<double>> cell_weight_;  // (agents)(cells): weight of the cell's atoms, 1 over an hour
  std::vector<std::vector<std::vector<std::vector<double>>>> copies_;  // (agents)(H)(copies)(n_r) realisations
  std::vector<int> copy_slots_;                                        // (H)
  std::vector<Extension> extensions_;
  std::vector<std::vector<double>> v_lower_, v_upper_;  // (agents)(H) of Q_h, for every x and ω
  std::vector<std::vector<double>> t_lower_, t_upper_;  // (agents)(cells)
  std::unique_ptr<Layout> layout_;
  Solver master_;
  RecourseSolver recourse_;
  bool exact_ = false;
  double seconds_master_ = 0.0, seconds_explored_ = 0.0;
  std::int64_t masters_ = 0;
};

}  // namespace wattstein::engine
