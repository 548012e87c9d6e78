// Which answer of several a result gets, and where its numbers stand.

#include "engine/solver/settle.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/problem/builder.hpp"

namespace wattstein::engine {
namespace {

// Three times: minimise x₀ + x₁,  x₀ + x₁ ≥ 1,  0 ≤ x ≤ 2: value 1, y = 1.
Batch three_alike() {
  ProblemBuilder builder;
  builder.variable("a", 0.0, 2.0, 1.0);
  builder.variable("b", 0.0, 2.0, 1.0);
  const int row = builder.row("sum", 1.0, kernels::infinity);
  builder.entry(row, 0, 1.0);
  builder.entry(row, 1, 1.0);
  Batch batch = builder.build("alike");
  batch.problems = 3;
  return batch;
}

class Settle : public testing::Test {
 protected:
  Settle() { prepare_result(batch, result), raw.resize(batch); }

  bool say(std::size_t b, double x0, double x1, double y, MethodName method = MethodName::ipm) {
    raw.status[b] = Status::iteration_limit;
    raw.x[2 * b] = x0, raw.x[2 * b + 1] = x1, raw.y[b] = y;
    return settle(batch, static_cast<std::int64_t>(b), method, raw, 1e-6, judge, result, known[b]);
  }

  const Batch batch = three_alike();
  BatchResult result;
  kernels::RawSolution raw;
  std::vector<Settled> known = std::vector<Settled>(3);
  Judge judge{batch};
};

TEST_F(Settle, TheBestAnswerIsHandedOver) {
  // Problem 0: not done, then better, then worse. Problem 1: done at once. Problem 2: never asked.
  EXPECT_TRUE(say(0, 0.5, 0.2, 1.0));
  EXPECT_TRUE(say(0, 0.5, 0.4, 1.0));
  EXPECT_FALSE(say(0, 0.1, 0.0, 1.0));
  EXPECT_TRUE(say(1, 0.25, 0.75, 1.0));
  EXPECT_FALSE(known[0].done());
  EXPECT_TRUE(known[1].done());
  hand_over(batch, known, raw, result);
  ASSERT_EQ(result.x.size(), 6u);
  EXPECT_EQ(result.x_of(0)[0], 0.5);
  EXPECT_EQ(result.x_of(0)[1], 0.4);
  EXPECT_EQ(result.status[0], Status::iteration_limit);
  EXPECT_NEAR(result.objective[0], 0.9, 1e-15);
  EXPECT_EQ(result.x_of(1)[1], 0.75);
  EXPECT_EQ(result.y_of(1)[0], 1.0);
  EXPECT_EQ(result.d_of(1)[0], 0.0);
  EXPECT_EQ(result.status[1], Status::solved);
  EXPECT_EQ(result.status[2], Status::invalid_data);
  for (const double value : {result.x_of(2)[0], result.x_of(2)[1], result.y_of(2)[0], result.d_of(2)[1]})
    EXPECT_TRUE(std::isnan(value));
}

TEST_F(Settle, ALaterAnswerThatIsDoneStandsWhereItWasJudged) {
  EXPECT_TRUE(say(0, 0.5, 0.2, 1.0));
  EXPECT_TRUE(say(0, 0.5, 0.5, 1.0, MethodName::admm));
  EXPECT_TRUE(known[0].done());
  EXPECT_TRUE(known[0].point.empty());
  hand_over(batch, known, raw, result);
  EXPECT_EQ(result.x_of(0)[1], 0.5);
  EXPECT_STREQ(result.method_of(0), "admm");
}

}  // namespace
}  // namespace wattstein::engine
