// The pool of bases: factors against dense elimination, answers against weak duality, and what the pool promises.

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <random>

#include "kernels/pool/basis_pool.hpp"
#include "kernels/pool/dual_simplex.hpp"

namespace wattstein::kernels {
namespace {

PoolMatrix random_matrix(int rows, int columns, double per_row, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::normal_distribution<double> normal;
  PoolMatrix matrix;
  matrix.rows = rows, matrix.columns = columns;
  std::vector<std::vector<std::pair<int, double>>> by_column(static_cast<std::size_t>(columns));
  matrix.row_start.assign(1, 0);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j)
      if (uniform(engine) < per_row / columns || j == i % columns) {
        matrix.row_column.push_back(j);
        matrix.row_value.push_back(normal(engine));
        by_column[j].emplace_back(i, matrix.row_value.back());
      }
    matrix.row_start.push_back(static_cast<int>(matrix.row_column.size()));
  }
  matrix.column_start.assign(1, 0);
  for (const auto& column : by_column) {
    for (const auto& [row, value] : column) matrix.column_row.push_back(row), matrix.column_value.push_back(value);
    matrix.column_start.push_back(static_cast<int>(matrix.column_row.size()));
  }
  return matrix;
}

// B x, x by place in head.
std::vector<double> times(const PoolMatrix& matrix, const std::vector<int>& head, const std::vector<double>& x) {
  std::vector<double> out(static_cast<std::size_t>(matrix.rows), 0.0);
  for (std::size_t k = 0; k < head.size(); ++k) {
    if (head[k] >= matrix.columns) out[head[k] - matrix.columns] -= x[k];
    else
      for (int e = matrix.column_start[head[k]]; e < matrix.column_start[head[k] + 1]; ++e)
        out[matrix.column_row[e]] += matrix.column_value[e] * x[k];
  }
  return out;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::fabs(a[i] - b[i]);
    if (!(difference < infinity)) return infinity;  // NaN as well
    most = std::max(most, difference);
  }
  return most;
}

class Factor : public testing::TestWithParam<unsigned> {};

TEST_P(Factor, SolvesBothWaysBeforeAndAfterExchanges) {
  const int m = 40, n = 70;
  const PoolMatrix matrix = random_matrix(m, n, 4.0, GetParam());
  std::mt19937_64 engine(GetParam());
  std::normal_distribution<double> normal;
  std::vector<double> room(static_cast<std::size_t>(n + m));
  for (double& r : room) r = std::fabs(normal(engine));
  std::vector<double> cost(static_cast<std::size_t>(n), 1.0);
  const DualSimplex simplex(matrix, cost.data());
  Basis basis;
  ASSERT_TRUE(simplex.crash(room.data(), basis));
  for (int exchange = 0; exchange < 12; ++exchange) {
    std::vector<double> x(static_cast<std::size_t>(m)), y(x);
    for (double& v : x) v = normal(engine);
    // B(B⁻¹b) = b
    const auto b = times(matrix, basis.head, x);
    auto solved = b;
    basis.factor.solve(solved.data());
    EXPECT_LE(largest_difference(solved, x), 1e-8) << exchange;
    // Any width gives the bits of one vector alone.
    for (const int width : {2, 4, 8}) {
      std::vector<double> several(static_cast<std::size_t>(m * width));
      for (int i = 0; i < m; ++i)
        for (int t = 0; t < width; ++t) several[i * width + t] = (1.0 + t) * b[i];
      basis.factor.solve_block(several.data(), width);
      for (int i = 0; i < m; ++i) EXPECT_EQ(several[i * width], solved[i]) << width;
    }
    // (Bᵀy)ᵀx = yᵀ(Bx)
    for (double& v : y) v = normal(engine);
    auto transposed = y;
    basis.factor.solve_transposed(transposed.data());
    double left = 0.0, right = 0.0;
    for (int i = 0; i < m; ++i) left += y[i] * x[i], right += transposed[i] * b[i];
    EXPECT_NEAR(left, right, 1e-7 * (1.0 + std::fabs(left)));
    // Exchange the column with the largest pivot for one that is not basic.
    int in = static_cast<int>(engine() % static_cast<unsigned>(n + m));
    while (basis.side[in] == Side::basic) in = (in + 1) % (n + m);
    auto column = times(matrix, {in}, {1.0});
    basis.factor.solve(column.data());
    int out = 0;
    for (int i = 0; i < m; ++i)
      if (std::fabs(column[i]) > std::fabs(column[out])) out = i;
    if (std::fabs(column[out]) < 1e-2) continue;  // a column without entries, say
    basis.side[basis.head[out]] = Side::lower;
    basis.side[in] = Side::basic;
    basis.head[out] = in;
    basis.factor.replace(out, column.data());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Factor, testing::Range(1u, 9u));

TEST(FactorSingular, NamesTheRowsWithoutAPivot) {
  const PoolMatrix matrix = random_matrix(6, 10, 3.0, 3);
  std::vector<int> head{0, 1, 2, 3, 3, 10};  // variable 3 twice
  BasisFactor factor;
  std::vector<int> missing;
  EXPECT_FALSE(factor.factor(matrix, head, &missing));
  EXPECT_FALSE(missing.empty());
}

// Boxed variables, rows of all kinds; sides differ from problem to problem, and stay feasible because they are drawn
// around A times a point.
Batch random_batch(int problems, int n, int m, unsigned seed) {
  const PoolMatrix matrix = random_matrix(m, n, 3.0, seed);
  std::mt19937_64 engine(seed + 100);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  Batch batch = make_batch(problems, n, m);
  batch.A.pattern.indptr = matrix.row_start;
  batch.A.pattern.indices = matrix.row_column;
  batch.A.data = matrix.row_value;
  for (double& q : batch.q.data) q = uniform(engine) - 0.3;
  batch.lb = Field::rows(problems, n);
  batch.ub = Field::rows(problems, n);
  batch.l = Field::rows(problems, m);
  batch.u = Field::rows(problems, m);
  for (std::int64_t b = 0; b < problems; ++b) {
    std::vector<double> x(static_cast<std::size_t>(n));
    for (int j = 0; j < n; ++j) {
      batch.lb.of(b)[j] = 0.0;
      batch.ub.of(b)[j] = j % 7 == 3 && b % 3 == 0 ? 0.0 : 1.0 + 0.3 * uniform(engine);
      x[j] = batch.ub.of(b)[j] * uniform(engine);
    }
    for (int i = 0; i < m; ++i) {
      double at = 0.0;
      for (int e = matrix.row_start[i]; e < matrix.row_start[i + 1]; ++e)
        at += matrix.row_value[e] * x[matrix.row_column[e]];
      batch.l.of(b)[i] = i % 3 == 1 ? -infinity : at - (i % 3 == 2 ? 0.2 : 0.0);
      batch.u.of(b)[i] = i % 3 == 0 ? at : at + 0.1;
    }
  }
  return batch;
}

// Feasible, and no worse than the bound that its own multipliers certify.
void expect_optimal(const Batch& batch, const RawSolution& raw, std::int64_t b) {
  const int n = batch.variables, m = batch.rows;
  const double *x = raw.x.data() + b * n, *y = raw.y.data() + b * m;
  double objective = 0.0, bound = 0.0;
  std::vector<double> d(batch.q.data);
  for (int j = 0; j < n; ++j) {
    EXPECT_GE(x[j], batch.lb.of(b)[j]);
    EXPECT_LE(x[j], batch.ub.of(b)[j]);
    objective += batch.q.data[j] * x[j];
  }
  for (int i = 0; i < m; ++i) {
    double at = 0.0;
    for (int e = batch.A.pattern.indptr[i]; e < batch.A.pattern.indptr[i + 1]; ++e) {
      at += batch.A.data[e] * x[batch.A.pattern.indices[e]];
      d[batch.A.pattern.indices[e]] -= batch.A.data[e] * y[i];
    }
    EXPECT_GE(at, batch.l.of(b)[i] - 1e-7);
    EXPECT_LE(at, batch.u.of(b)[i] + 1e-7);
    if (y[i] != 0.0) bound += y[i] * (y[i] > 0.0 ? batch.l.of(b)[i] : batch.u.of(b)[i]);
  }
  for (int j = 0; j < n; ++j) bound += d[j] * (d[j] > 0.0 ? batch.lb.of(b)[j] : batch.ub.of(b)[j]);
  EXPECT_NEAR(objective, bound, 1e-6 * (1.0 + std::fabs(objective))) << "problem " << b;
}

std::vector<std::int64_t> all(const Batch& batch) {
  std::vector<std::int64_t> problems(static_cast<std::size_t>(batch.problems));
  std::iota(problems.begin(), problems.end(), 0);
  return problems;
}

MethodSettings settings_with(int threads) {
  MethodSettings settings;
  settings.tolerance_relative = settings.tolerance_absolute = 1e-6;
  settings.threads = threads;
  return settings;
}

class Pool : public testing::TestWithParam<unsigned> {};

TEST_P(Pool, AnswersAreOptimalAndTheSecondTimeWithoutPivots) {
  const Batch batch = random_batch(150, 24, 12, GetParam());
  ASSERT_TRUE(BasisPool::supports(batch));
  BasisPool pool(batch);
  RawSolution raw;
  raw.resize(batch);
  pool.solve(batch, all(batch), settings_with(1), 1000, raw);
  std::int64_t pivots = 0;
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    ASSERT_EQ(raw.status[b], Status::solved) << b;
    expect_optimal(batch, raw, b);
    pivots += raw.iterations[b];
  }
  EXPECT_GT(pivots, 0);
  EXPECT_GT(pool.bases(), 1);
  RawSolution again;
  again.resize(batch);
  pool.solve(batch, all(batch), settings_with(1), 1000, again);
  std::int64_t later = 0;
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    ASSERT_EQ(again.status[b], Status::solved) << b;
    expect_optimal(batch, again, b);
    later += again.iterations[b];
  }
  EXPECT_LE(later, pivots / 20);  // ties may hide a basis that holds
}

// Bases keep what the sides that never varied make of a trial: sides that begin to vary must undo that.
TEST_P(Pool, SidesMayBeginToVaryLater) {
  const Batch varied = random_batch(60, 24, 12, GetParam());
  Batch alike = varied;
  for (const auto field : {&Batch::lb, &Batch::ub, &Batch::l, &Batch::u})
    for (std::int64_t b = 1; b < alike.problems; ++b)
      std::copy_n((alike.*field).of(0), (alike.*field).width, (alike.*field).of(b));
  Batch half = varied;  // rows vary, bounds do not
  for (const auto field : {&Batch::lb, &Batch::ub}) half.*field = alike.*field;
  BasisPool pool(alike);
  for (const Batch* batch : std::initializer_list<const Batch*>{&alike, &half, &varied, &half}) {
    ASSERT_TRUE(pool.fits(*batch));
    RawSolution raw;
    raw.resize(*batch);
    pool.solve(*batch, all(*batch), settings_with(1), 1000, raw);
    int solved = 0;
    for (std::int64_t b = 0; b < batch->problems; ++b) {
      if (raw.status[b] != Status::solved) continue;  // rows of one problem with the bounds of another
      expect_optimal(*batch, raw, b);
      ++solved;
    }
    EXPECT_GE(solved, batch == &half ? 1 : 60);
  }
}

TEST_P(Pool, TellsEachAnswerOnceItStands) {
  const Batch batch = random_batch(80, 24, 12, GetParam());
  BasisPool pool(batch);
  for (int round = 0; round < 2; ++round) {
    RawSolution raw;
    raw.resize(batch);
    std::vector<std::atomic<int>> told(80);
    std::vector<RawSolution> then(80);
    pool.solve(batch, all(batch), settings_with(2), 1000, raw, [&](int thread, std::int64_t b) {
      EXPECT_TRUE(thread == 0 || thread == 1);
      EXPECT_EQ(raw.status[b], Status::solved);
      ++told[b];
      then[b].x.assign(raw.x.begin() + b * 24, raw.x.begin() + (b + 1) * 24);
      then[b].y.assign(raw.y.begin() + b * 12, raw.y.begin() + (b + 1) * 12);
    });
    for (std::int64_t b = 0; b < batch.problems; ++b) {
      EXPECT_EQ(told[b], raw.status[b] == Status::solved ? 1 : 0);
      if (told[b] == 0) continue;
      EXPECT_TRUE(std::equal(then[b].x.begin(), then[b].x.end(), raw.x.begin() + b * 24));
      EXPECT_TRUE(std::equal(then[b].y.begin(), then[b].y.end(), raw.y.begin() + b * 12));
    }
  }
}

TEST_P(Pool, ThreadsChangeNoBit) {
  const Batch batch = random_batch(120, 30, 14, GetParam());
  RawSolution one, three;
  one.resize(batch);
  three.resize(batch);
  BasisPool(batch).solve(batch, all(batch), settings_with(1), 1000, one);
  BasisPool(batch).solve(batch, all(batch), settings_with(3), 1000, three);
  EXPECT_EQ(one.x, three.x);
  EXPECT_EQ(one.y, three.y);
  EXPECT_EQ(one.iterations, three.iterations);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Pool, testing::Range(1u, 7u));

TEST(PoolLimits, KeepsTheBasesUsedLast) {
  const Batch batch = random_batch(150, 24, 12, 5);
  BasisPool pool(batch);
  RawSolution raw;
  raw.resize(batch);
  pool.solve(batch, all(batch), settings_with(1), 3, raw);
  EXPECT_EQ(pool.bases(), 3);
  pool.solve(batch, all(batch), settings_with(1), 1000, raw);
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    ASSERT_EQ(raw.status[b], Status::solved) << b;
    expect_optimal(batch, raw, b);
  }
}

TEST(PoolLimits, InfeasibleAndUnboundedProblemsAreLeftToOthers) {
  Batch batch = random_batch(20, 24, 12, 2);
  batch.u.of(4)[1] = -1e3;  // out of reach of the boxed variables
  batch.l.of(4)[1] = -infinity;
  std::fill_n(batch.ub.of(9), batch.variables, infinity);
  BasisPool pool(batch);
  RawSolution raw;
  raw.resize(batch);
  pool.solve(batch, all(batch), settings_with(1), 1000, raw);
  EXPECT_NE(raw.status[4], Status::solved);
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    if (b == 4 || (b == 9 && raw.status[b] != Status::solved)) continue;
    ASSERT_EQ(raw.status[b], Status::solved) << b;
    if (b != 9) expect_optimal(batch, raw, b);
  }
}

TEST(PoolLimits, KnowsWhatItIsFor) {
  Batch batch = random_batch(5, 8, 4, 1);
  EXPECT_TRUE(BasisPool::supports(batch));
  const BasisPool pool(batch);
  EXPECT_TRUE(pool.fits(batch));
  batch.q.data[3] += 1.0;
  EXPECT_FALSE(pool.fits(batch));
  batch.q = Field::rows(5, 8);
  EXPECT_FALSE(BasisPool::supports(batch));
}

}  // namespace
}  // namespace wattstein::kernels
