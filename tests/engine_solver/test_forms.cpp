// Bounds that cannot bind and variables that an equality defines: what is dropped is proven, what is led back is right.

#include "engine/solver/forms.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "engine/problem/builder.hpp"
#include "engine/problem/judge.hpp"

namespace wattstein::engine {
namespace {

constexpr int buses = 7;

// A ring with two chords: units of 0 to 3 at three buses, shedding at every bus, flows f = b (θ_i − θ_j) within ±limit,
// loads that differ per problem. Line 0 is narrow.
Batch network(int problems, double limit, double narrow, unsigned seed) {
  const std::vector<std::pair<int, int>> lines = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5},
                                                  {5, 6}, {6, 0}, {1, 4}, {2, 6}};
  ProblemBuilder builder;
  std::vector<int> angle, balance;
  for (int i = 0; i < buses; ++i) angle.push_back(builder.variable("theta", i == 0 ? 0.0 : -20.0, i == 0 ? 0.0 : 20.0));
  for (int i = 0; i < buses; ++i) balance.push_back(builder.row("balance", 0.0, 0.0));
  for (const int i : {0, 2, 5}) builder.entry(balance[i], builder.variable("unit", 0.0, 3.0, 1.0 + 2.0 * i), 1.0);
  for (int i = 0; i < buses; ++i) builder.entry(balance[i], builder.variable("shed", 0.0, 1.5, 100.0 + i), 1.0);
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const auto [from, to] = lines[k];
    const double most = k == 0 ? narrow : limit;
    const int flow = builder.variable("flow", -most, most), row = builder.row("definition", 0.0, 0.0);
    const double susceptance = 3.0 + static_cast<double>(k);
    builder.entry(row, flow, 1.0);
    builder.entry(row, angle[from], -susceptance);
    builder.entry(row, angle[to], susceptance);
    builder.entry(balance[from], flow, -1.0);
    builder.entry(balance[to], flow, 1.0);
  }
  Batch batch = builder.build("network");
  batch.problems = problems;
  batch.l = kernels::Field::rows(problems, batch.rows);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> load(0.2, 1.2);
  for (int b = 0; b < problems; ++b)
    for (const int row : balance) batch.l.of(b)[row] = load(random);
  batch.u = batch.l;
  return batch;
}

std::vector<std::int64_t> all(const Batch& batch) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(batch.problems));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

SolverOptions tight(bool screen, const char* form) {
  SolverOptions options;
  options.tolerance = 1e-8;
  options.threads = 1;
  options.device = "cpu";
  options.screen = screen;
  options.form = form;
  return options;
}

int count(const std::vector<char>& marks) {
  return static_cast<int>(std::count(marks.begin(), marks.end(), 1));
}

TEST(Reduction, LeadsPointsAndMultipliersBack) {
  const Batch batch = network(9, 50.0, 50.0, 1);
  std::vector<char> open(static_cast<std::size_t>(batch.variables), 0);
  for (int j = 1; j < batch.variables; ++j) open[j] = j < buses || batch.ub.of(0)[j] == 50.0;  // angles and flows
  for (const int growth : {0, 5, 100}) {
    Reduction form(batch, open, growth);
    form.build();
    const Batch& small = form.reduced();
    EXPECT_EQ(small.variables, batch.variables - form.removed());
    EXPECT_EQ(small.rows, batch.rows - form.removed());
    EXPECT_GE(form.removed(), 9);
    const auto answer = Solver(tight(false, "given")).solve(small);
    const auto given = Solver(tight(false, "given")).solve(batch);
    Judge judge(batch);
    for (std::int64_t b = 0; b < batch.problems; ++b) {
      const auto at = static_cast<std::size_t>(b);
      ASSERT_EQ(answer.status[at], Status::solved);
      std::vector<double> x(batch.variables), y(batch.rows), d(batch.variables), none;
      form.restore(b, answer.x_of(b), answer.y_of(b), x.data(), y.data());
      const auto judged = judge.judge(b, x.data(), y.data(), none.data(), d.data(), 1e-7);
      EXPECT_TRUE(judged.relative() <= 1e-7) << judged.relative();
      EXPECT_NEAR(judged.objective, answer.objective[at], 1e-9 * (1.0 + std::fabs(judged.objective)));
      EXPECT_NEAR(judged.objective, given.objective[at], 1e-6 * (1.0 + std::fabs(judged.objective)));
    }
  }
}

TEST(Reduction, KeepsWhatHasBoundsCurvatureOrACone) {
  ProblemBuilder builder;
  for (int j = 0; j < 4; ++j) builder.variable("x", j == 0 ? 0.0 : -kernels::infinity, kernels::infinity, 1.0);
  builder.add_square(1, 1.0);
  const int cone = builder.cone(ConeKind::second_order, 2);
  builder.cone_entry(cone, 2, 1.0);
  builder.cone_offset(cone + 1, 1.0);
  const int row = builder.row("sum", 3.0, 3.0);
  for (int j = 0; j < 4; ++j) builder.entry(row, j, 1.0);
  const Batch batch = builder.build("kept");
  Reduction form(batch, std::vector<char>(4, 0), 100);
  EXPECT_EQ(form.removed(), 1);  // x₃
  form.build();
  EXPECT_EQ(form.reduced().variables, 3);
  EXPECT_EQ(form.reduced().cone_rows(), 2);
  EXPECT_EQ(form.reduced().q.of(0)[0], 0.0);  // 1 − 1 · 1
  EXPECT_EQ(*form.reduced().r.of(0), 3.0);
}

TEST(BoundScreen, ProvesWhatCannotBindAndNothingElse) {
  // x, y ∈ [0, 1], f = x − y ∈ [−5, 5] cannot bind, g = x + 3y ∈ [−1, 2] can.
  ProblemBuilder builder;
  const int x = builder.variable("x", 0.0, 1.0, 1.0), y = builder.variable("y", 0.0, 1.0, -1.0);
  const int f = builder.variable("f", -5.0, 5.0), g = builder.variable("g", -1.0, 2.0);
  for (const auto& [sum, of_y] : {std::pair{f, -1.0}, std::pair{g, 3.0}}) {
    for (int again = 0; again < 2; ++again) {
      const int row = builder.row("definition", 0.0, 0.0);
      builder.entry(row, sum, -1.0);
      builder.entry(row, x, 1.0);
      builder.entry(row, y, of_y);
    }
  }
  Batch batch = builder.build("screened");
  BoundScreen screen;
  const auto implied = screen.implied(batch, {0}, {});
  EXPECT_EQ(implied[f], 1);
  EXPECT_EQ(implied[g], 0);
  EXPECT_EQ(implied[x] + implied[y], 0);
  EXPECT_GT(screen.solved(), 0);
  EXPECT_EQ(screen.implied(batch, {0}, {}), implied);
  EXPECT_EQ(screen.solved(), 0) << "known";
  // One problem of the batch whose bound may bind is enough.
  batch.problems = 3;
  const kernels::Field one = batch.ub;
  batch.ub = kernels::Field::rows(3, 4);
  for (int b = 0; b < 3; ++b) std::copy(one.of(0), one.of(0) + 4, batch.ub.of(b));
  batch.ub.of(1)[f] = 0.5;
  EXPECT_EQ(screen.implied(batch, {0, 1, 2}, {})[f], 0);
  EXPECT_EQ(BoundScreen().implied(batch, {0, 2}, {})[f], 1);
}

TEST(Forms, AnswersAreThoseOfTheProblemAsGiven) {
  Batch batch = network(40, 4.0, 0.1, 2);
  batch.l.of(7)[1] = batch.u.of(7)[1] = 40.0;            // more than all units: infeasible
  batch.l.of(11)[2] = batch.u.of(11)[2] = std::nan("");  // invalid
  const auto given = Solver(tight(false, "given")).solve(batch);
  for (const auto& [screen, form] : {std::pair{true, "auto"}, std::pair{true, "given"}, std::pair{false, "auto"}}) {
    Solver solver(tight(screen, form));
    for (int again = 0; again < 2; ++again) {
      const auto result = solver.solve(batch);
      for (std::size_t b = 0; b < 40; ++b) {
        ASSERT_EQ(result.status[b], given.status[b]) << "problem " << b;
        if (given.status[b] != Status::solved) continue;
        EXPECT_TRUE(result.relative_residual[b] <= 1e-8);
        EXPECT_NEAR(result.objective[b], given.objective[b], 1e-6 * (1.0 + std::fabs(given.objective[b])));
        EXPECT_LE(result.bound[b], given.objective[b] + 1e-6 * (1.0 + std::fabs(given.objective[b])));
      }
      EXPECT_EQ(result.status[7], Status::primal_infeasible);
      EXPECT_EQ(result.status[11], Status::invalid_data);
    }
  }
}

TEST(Forms, ANetworksFlowsLeaveAndItsNarrowLineStays) {
  const Batch batch = network(20, 4.0, 0.1, 3);
  const auto open = BoundScreen().implied(batch, all(batch), {});
  const int narrow = buses + 3 + buses;  // after angles, units, shedding
  ASSERT_EQ(batch.ub.of(0)[narrow], 0.1);
  EXPECT_EQ(open[narrow], 0);
  EXPECT_GE(count(open), buses);
  const auto form = cheapest_form(batch, open);
  ASSERT_NE(form, nullptr);
  EXPECT_GE(form->removed(), buses);
}

}  // namespace
}  // namespace wattstein::engine
