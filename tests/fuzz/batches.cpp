// Batches with numbers that mean nothing, through every method.

#include <cstring>

#include "engine/solver/solver.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/kernels_ipm/random_problem.hpp"

namespace wattstein::fuzz {
namespace {

using engine::BatchResult;
using engine::Solver;
using engine::SolverOptions;

void spoil(Dice& dice, kernels::Field& field, std::int64_t from) {
  if (!field.per_problem || field.width == 0 || dice.one_in(2)) return;
  const auto first = static_cast<std::size_t>(from * field.width);
  const std::size_t times = 1 + dice.below(4);
  for (std::size_t i = 0; i < times && first < field.data.size(); ++i)
    field.data[first + dice.below(field.data.size() - first)] = dice.odd();
}

bool same(const std::vector<double>& a, const std::vector<double>& b, std::size_t count) {
  return count == 0 || std::memcmp(a.data(), b.data(), count * sizeof(double)) == 0;
}

}  // namespace

void batch_case(Dice& dice, const std::filesystem::path&) {
  test::Shape shape;
  shape.problems = 2 + static_cast<int>(dice.below(12));
  shape.variables = 1 + static_cast<int>(dice.below(12));
  shape.rows = static_cast<int>(dice.below(8));
  shape.second_order = dice.one_in(3) ? 1 : 0;
  shape.rotated = dice.one_in(3) ? 1 : 0;
  shape.quadratic = dice.one_in(2);
  shape.full_quadratic = dice.one_in(3);
  shape.matrices_vary = dice.one_in(2);
  shape.seed = static_cast<unsigned>(dice.below(100000));
  kernels::Batch batch = test::make_problem(shape).batch;
  // Problem 0 stays as it is.
  for (auto* field : {&batch.q, &batch.l, &batch.u, &batch.lb, &batch.ub, &batch.g, &batch.r}) spoil(dice, *field, 1);
  if (batch.A.per_problem && !batch.A.data.empty() && dice.one_in(2)) {
    const auto nonzeros = static_cast<std::size_t>(batch.A.pattern.nonzeros());
    batch.A.data[nonzeros + dice.below(batch.A.data.size() - nonzeros)] = dice.odd();
  }
  if (dice.one_in(3)) {
    batch.start_x = kernels::Field::rows(batch.problems, batch.variables, 0.1);
    spoil(dice, batch.start_x, 1);
  }
  const kernels::Batch alone = kernels::extract(batch, 0);
  SolverOptions options;
  options.device = "cpu";
  options.tolerance = dice.one_in(2) ? 1e-4 : 1e-6;
  options.max_iterations = 200;
  options.threads = 1 + static_cast<int>(dice.below(2));
  for (const char* method : {"ipm", "pdhg", "admm", "auto"}) {
    options.method = method;
    Solver solver(options);
    const BatchResult result = solver.solve(batch), single = solver.solve(alone);
    for (const auto status : result.status)
      if (static_cast<int>(status) < 0 || static_cast<int>(status) >= kernels::status_count)
        throw Fault(std::string(method) + ": a status that does not exist");
    for (std::size_t b = 0; b < result.status.size(); ++b)
      if (result.status[b] == kernels::Status::solved && !(result.relative_residual[b] <= options.tolerance))
        throw Fault(std::string(method) + ": solved beyond its tolerance");
    const bool equal = result.status[0] == single.status[0] && result.iterations[0] == single.iterations[0] &&
                       same(result.x, single.x, static_cast<std::size_t>(batch.variables)) &&
                       same(result.y, single.y, static_cast<std::size_t>(batch.rows));
    if (!equal) throw Fault(std::string(method) + ": an untouched problem has another answer in company");
  }
  // With a pool which of several optimal vertices is found may depend on the company; that it is verified may not.
  options.pool = 1 + static_cast<int>(dice.below(20));
  Solver solver(options);
  for (int round = 0; round < 2; ++round) {
    const BatchResult result = solver.solve(batch);
    for (std::size_t b = 0; b < result.status.size(); ++b)
      if (result.status[b] == kernels::Status::solved && !(result.relative_residual[b] <= options.tolerance))
        throw Fault("pool: solved beyond its tolerance");
  }
}

}  // namespace wattstein::fuzz
