#include "engine/solver/lifting.hpp"

#include <chrono>

#include "engine/problem/judge.hpp"
#include "engine/problem/lifted.hpp"
#include "engine/problem/screen.hpp"
#include "engine/solver/methods.hpp"
#include "engine/solver/settle.hpp"

namespace wattstein::engine {

BatchResult solve_lifted(const SolverOptions& options, const Batch& batch) {
  const auto begin = std::chrono::steady_clock::now();
  const Lifted lifted(batch);
  const double setup = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  BatchResult answer = Solver(options).solve(lifted.batch());
  BatchResult result;
  prepare_result(batch, result);
  result.method = answer.method, result.device = answer.device, result.threads = answer.threads;
  result.seconds_setup = setup + answer.seconds_setup;
  result.seconds_solve = answer.seconds_solve;
  kernels::RawSolution raw;
  raw.resize(batch);
  raw.status = answer.status, raw.iterations = answer.iterations, raw.restarts = answer.restarts;
  Judge judge(batch);
  const auto valid = screen(batch);  // what has no factor is not what it was
  std::vector<Settled> known(static_cast<std::size_t>(batch.problems));
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    if (!valid[static_cast<std::size_t>(b)] || raw.status[static_cast<std::size_t>(b)] == Status::invalid_data)
      continue;
    lifted.restore(b, answer.x_of(b), answer.y_of(b), answer.w_of(b), raw);
    settle(batch, b, method_from_word(options.method), raw, options.tolerance, judge, result,
           known[static_cast<std::size_t>(b)]);
  }
  hand_over(batch, known, raw, result);
  return result;
}

}  // namespace wattstein::engine
