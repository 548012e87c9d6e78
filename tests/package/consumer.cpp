// 1,000 dispatch problems with one network and 1,000 demands, solved at once.
#include <cstdio>
#include <wattstein/solver.hpp>

int main() {
  wattstein::ProblemBuilder builder;
  const int cheap = builder.variable("cheap_mw", 0.0, 80.0, 20.0);  // 0 ≤ p ≤ 80 MW at 20 $/MWh
  const int dear = builder.variable("dear_mw", 0.0, 100.0, 50.0);
  const int shed = builder.variable("shed_mw", 0.0, 200.0, 1000.0);
  builder.add_square(dear, 0.1);  // + 0.1 p²
  const int balance = builder.row("balance", 0.0, 0.0);
  for (const int p : {cheap, dear, shed}) builder.entry(balance, p, 1.0);

  wattstein::Batch batch = builder.build("dispatch");
  batch.problems = 1000;
  batch.l = wattstein::Field::rows(batch.problems, batch.rows);  // demands differ, all else is shared
  for (int b = 0; b < batch.problems; ++b) *batch.l.of(b) = 0.2 * b;
  batch.u = batch.l;

  wattstein::SolverOptions options;
  options.tolerance = 1e-8;
  const wattstein::BatchResult result = wattstein::Solver(options).solve(batch);
  for (const int b : {100, 500, 999})
    std::printf("demand %5.1f MW: %s, %9.3f $ (at least %9.3f $), price %7.3f $/MWh\n", 0.2 * b,
                wattstein::status_word(result.status[b]), result.objective[b], result.bound[b],
                result.y_of(b)[balance]);
  // 20·80 + 50·20 + 0.1·20² = 2640 $ at a demand of 100 MW
  const double error = result.objective[500] - 2640.0;
  return result.status[500] == wattstein::Status::solved && error < 1e-3 && error > -1e-3 ? 0 : 1;
}
