#pragma once
// One door to the three methods: choice of method and device, streaming, and the independent judgement of the answers.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::engine {

using kernels::Batch;
using kernels::Status;

/// Settings of `[solver]`; records with units, defaults and ranges stand in engine/solver/options.hpp.
struct SolverOptions {
  double tolerance = 1e-4;          // relative and absolute, canonical.md
  double aim = 0.0;                 // interior point: tolerance that it works towards while answers are judged by
                                    // `tolerance`; 0: the same. Tells a barely infeasible problem from a solved one
  bool careful = false;             // interior point: begin with its slower, surer start
  bool others = true;               // auto: what the chosen method does not solve goes to the others
  std::string method = "auto";      // auto | pdhg | admm | ipm
  std::string device = "auto";      // auto | cpu | cuda
  int devices = 0;                  // CUDA devices that share a batch; 0: all that are visible
  std::string layout = "auto";      // auto | lanes | wide: pdhg, see kernels::Layout
  int threads = 0;                  // 0: all
  int max_iterations = 0;           // 0: the method's default
  double time_limit_seconds = 0.0;  // 0: none
  double memory_gb = 0.0;           // 0: no limit; else the batch is solved in slices that fit
  bool warm_start = true;
  bool single_precision = true;  // interior point: first iterations in single precision where that pays
  // pdhg, admm: rough answers are finished by Newton's method on what they lean on, once that is verified; where it is
  // not, the method goes on from where it was.
  bool polish = true;
  // Bases kept per matrix and costs, for linear programs that share both (auto, ipm); 0: no pool. With a pool an answer
  // is a vertex, verified like any other; which one, where several are optimal, depends on what was solved before.
  int pool = 0;
  // Batches of linear programs that share matrix and costs (batch.hpp). screen: bounds of variables that no problem of
  // the batch can make bind, proven by certified bounds, are not carried along. form auto: variables without bounds
  // that an equality defines are substituted out as far as that makes a factorisation cheaper. What either of them
  // spoils is solved again as given.
  bool screen = false;
  std::string form = "given";      // given | auto
  int lanes = 0;                   // 0: the instruction set's width
  std::int64_t shuffle_seed = -1;  // not negative: problems are worked on in random order; answers do not depend on it
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::int64_t finished)> progress;
};

/// Answers with their independent judgement, rows in the order of the batch (batch.md, "Results").
struct BatchResult {
  std::int64_t problems = 0;
  int variables = 0, rows = 0, cone_rows = 0;
  std::vector<Status> status;                               // (B)
  std::vector<double> objective, bound;                     // (B) objective of x; certified bound β(y, w)
  std::vector<double> primal_residual, dual_residual, gap;  // (B) absolute, unscaled
  std::vector<double> primal_relative, dual_relative;       // (B) residual over 1 + its largest term
  std::vector<double> relative_residual;  // (B) largest of the three relative tests; ≤ tolerance: solved
  std::vector<int> iterations, restarts;  // (B)
  std::vector<double> x, y, w, d;         // (B, n) (B, m) (B, k) (B, n)
  std::vector<std::int8_t> method_code;   // (B) method that gave the answer, see method_of
  std::string method, device;             // what was used first, and where
  int threads = 1;
  double seconds_setup = 0.0, seconds_solve = 0.0;
  double cpu_seconds = 0.0;  // of the whole process, set-up and solving

  const double* x_of(std::int64_t b) const { return x.data() + b * variables; }
  const double* y_of(std::int64_t b) const { return y.data() + b * rows; }
  const double* w_of(std::int64_t b) const { return w.data() + b * cone_rows; }
  const double* d_of(std::int64_t b) const { return d.data() + b * variables; }
  /// "ipm", "pdhg", "admm" or "pool"; "none" for invalid data.
  const char* method_of(std::int64_t b) const;
};

/// Solves batches. Keeps the plan (ordering, symbolic factorisation) of the patterns it has seen, so that solving
/// again with other numbers costs no set-up. Not for use by two threads at once; it uses threads inside.
class Solver {
 public:
  explicit Solver(SolverOptions options = {});
  ~Solver();
  Solver(Solver&&) noexcept;
  Solver& operator=(Solver&&) noexcept;

  /// Solves every problem of the batch. Invalid problems get Status::invalid_data; nothing throws but a wrong
  /// setting (unknown method, CUDA asked for and absent) or a batch whose sizes contradict each other.
  BatchResult solve(const Batch& batch);

  const SolverOptions& options() const;
  SolverOptions& options();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wattstein::engine
