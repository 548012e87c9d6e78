#include "engine/solver/model_solver.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/problem/presolve.hpp"
#include "engine/problem/screen.hpp"
#include "engine/solver/settle.hpp"

namespace wattstein::engine {
namespace {

// Word and numbers of the presolved answer for the given problem, judged there.
bool lead_back(const Batch& problem, const Presolve& presolve, const BatchResult& small, double tolerance,
               BatchResult& result) {
  kernels::RawSolution raw;
  raw.resize(problem);
  raw.status = small.status;
  raw.iterations = small.iterations;
  raw.restarts = small.restarts;
  const bool ray = small.status[0] == Status::primal_infeasible;
  presolve.restore(small.x.data(), small.y.data(), small.w.data(), ray, raw.x, raw.y, raw.w);
  if (small.status[0] == Status::dual_infeasible) raw.x = presolve.restore_direction(small.x.data());
  prepare_result(problem, result);
  Judge judge(problem);
  Settled known;
  settle(problem, 0, method_from_word(small.method_of(0)), raw, tolerance, judge, result, known);
  result.method = small.method;
  result.device = small.device;
  result.threads = small.threads;
  return result.status[0] == small.status[0] && known.done();
}

}  // namespace

BatchResult solve_model(Solver& solver, const Batch& problem) {
  if (problem.problems != 1) throw Error("batch '{}': {} problems, expected one", problem.name, problem.problems);
  require_consistent(problem);
  const double aim = solver.options().aim;
  if (!(aim > 0.0)) solver.options().aim = 1e-8;
  BatchResult result;
  bool settled = false;
  double setup = 0.0, solving = 0.0, cpu = 0.0;
  if (screen(problem)[0] && !problem.A.varies() && !problem.P.varies() && !problem.G.varies()) {
    const Presolve presolve(problem);
    if (presolve.changed()) {
      const BatchResult small = solver.solve(presolve.reduced());
      setup = small.seconds_setup, solving = small.seconds_solve, cpu = small.cpu_seconds;
      settled = small.status[0] != Status::invalid_data &&
                lead_back(problem, presolve, small, solver.options().tolerance, result);
    }
  }
  const bool stopped = solver.options().stop != nullptr && solver.options().stop->load();
  const double limit = solver.options().time_limit_seconds;
  if (!settled && !stopped && !(limit > 0.0 && setup + solving >= limit && !result.status.empty())) {
    BatchResult whole;
    solver.options().time_limit_seconds = limit > 0.0 ? std::max(1e-3, limit - setup - solving) : 0.0;
    whole = solver.solve(problem);
    solver.options().time_limit_seconds = limit;
    setup += whole.seconds_setup, solving += whole.seconds_solve, cpu += whole.cpu_seconds;
    const bool worse = !result.status.empty() && !(whole.relative_residual[0] < result.relative_residual[0]) &&
                       whole.status[0] != Status::solved && whole.status[0] != Status::primal_infeasible &&
                       whole.status[0] != Status::dual_infeasible;
    if (!worse) result = std::move(whole);
  }
  solver.options().aim = aim;
  result.seconds_setup = setup, result.seconds_solve = solving, result.cpu_seconds = cpu;
  return result;
}

}  // namespace wattstein::engine
