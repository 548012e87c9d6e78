// The careful solve: cones whose scaling spans all digits, the frame of a scaling, dependent rows.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/problem/judge.hpp"
#include "kernels/ipm/ipm.hpp"
#include "kernels/math/cone_frames.hpp"

namespace {

using namespace wattstein::kernels;
using wattstein::engine::Judge;

// W = η Q diag(e^θ, e^−θ, 1, …) Qᵀ with Q orthonormal, against W itself.
TEST(ScalingFrame, MakesTheScalingDiagonal) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  for (const int q : {1, 2, 3, 4, 17})
    for (const double size : {0.0, 1e-3, 1.0, 1e3}) {
      std::vector<double> v(static_cast<std::size_t>(q)), u(v), back(v), scaled(v);
      double tail = 0.0;
      for (int i = 1; i < q; ++i) v[i] = size * normal(random), tail += v[i] * v[i];
      v[0] = std::sqrt(1.0 + tail);
      for (double& x : u) x = normal(random);
      const double eta = 0.7;
      soc_apply(v.data(), eta, 1.0 / (1.0 + v[0]), u.data(), q, scaled.data());
      const auto frame = scaling_frame<double>(v.data(), q);
      back = u;
      frame_into(frame, v.data(), q, back.data(), 1);
      double before = 0.0, after = 0.0;
      for (int i = 0; i < q; ++i) before += u[i] * u[i], after += back[i] * back[i];
      EXPECT_NEAR(after, before, 1e-14 * before) << q << " rows, " << size;
      for (int i = 0; i < q; ++i) back[i] *= eta * frame_scale(frame, q, i);
      frame_back(frame, v.data(), q, back.data(), 1);
      for (int i = 0; i < q; ++i)
        EXPECT_NEAR(back[i], scaled[i], 1e-13 * v[0] * (1.0 + size)) << q << " rows, " << size;
    }
}

// min t  s.t.  ‖x − p‖ ≤ ρ,  Σx = 0,  ρ² ≤ (a − b)(a + b),  a + b = 1,  a − b = 2t:  the projection of p written with
// second-order cones, t* = ½ (Σp)²/n. a and b are near ±t and differ from each other's opposite by 1, so the second
// cone's scaling spans t² of its digits.
Batch projection(int n, double size, int seed, double& optimum) {
  std::mt19937_64 random(static_cast<std::uint64_t>(seed));
  std::uniform_real_distribution<double> uniform(0.5, 1.0);
  const int rho = n, a = n + 1, b = n + 2, t = n + 3;
  Batch batch = make_batch(1, n + 4, 3);
  std::vector<double> p(static_cast<std::size_t>(n));
  double sum = 0.0;
  for (double& value : p) value = size * uniform(random), sum += value;
  optimum = 0.5 * sum * sum / n;
  batch.A.pattern.rows = 3, batch.A.pattern.columns = n + 4;
  batch.A.pattern.indptr = {0};
  const auto row = [&](std::vector<std::pair<int, double>> entries) {
    for (const auto& [j, value] : entries) batch.A.pattern.indices.push_back(j), batch.A.data.push_back(value);
    batch.A.pattern.indptr.push_back(static_cast<int>(batch.A.pattern.indices.size()));
  };
  std::vector<std::pair<int, double>> all;
  for (int j = 0; j < n; ++j) all.emplace_back(j, 1.0);
  row(all);
  row({{a, 1.0}, {b, 1.0}});
  row({{a, 1.0}, {b, -1.0}, {t, -2.0}});
  batch.l = batch.u = Field::shared({0.0, 1.0, 0.0});
  batch.q = Field::constant(n + 4, 0.0);
  batch.q.of(0)[t] = 1.0;
  batch.lb = Field::constant(n + 4, -infinity);
  batch.ub = Field::constant(n + 4, infinity);
  batch.cones = {{ConeKind::second_order, n + 1}, {ConeKind::second_order, 3}};
  batch.G.pattern.rows = n + 4, batch.G.pattern.columns = n + 4;
  batch.G.pattern.indptr = {0};
  std::vector<double> g;
  const auto cone_row = [&](int j, double offset) {
    batch.G.pattern.indices.push_back(j);
    batch.G.data.push_back(1.0);
    batch.G.pattern.indptr.push_back(static_cast<int>(batch.G.pattern.indices.size()));
    g.push_back(offset);
  };
  cone_row(rho, 0.0);
  for (int j = 0; j < n; ++j) cone_row(j, -p[static_cast<std::size_t>(j)]);
  cone_row(a, 0.0), cone_row(b, 0.0), cone_row(rho, 0.0);
  batch.g = Field::shared(std::move(g));
  return batch;
}

MethodSettings careful(double tolerance) {
  MethodSettings settings;
  settings.tolerance_absolute = settings.tolerance_relative = tolerance;
  settings.threads = 1;
  settings.careful = true;
  return settings;
}

RawSolution solve(const Batch& batch, const MethodSettings& settings) {
  RawSolution out;
  out.resize(batch);
  const std::int64_t first = 0;
  IpmMethod(batch, settings).solve(batch, {&first, 1}, settings, out);
  return out;
}

TEST(IpmCareful, ConesWhoseScalingSpansAllDigitsArrive) {
  for (const int n : {5, 40, 300})  // 40 and more: an expanded cone beside one in its frame
    for (const double size : {1.0, 30.0, 200.0}) {
      double optimum;
      const Batch batch = projection(n, size, n, optimum);
      RawSolution out = solve(batch, careful(1e-8));
      EXPECT_EQ(out.status[0], Status::solved) << n << ", " << size;
      std::vector<double> d(static_cast<std::size_t>(batch.variables));
      const auto truth = Judge(batch).judge(0, out.x.data(), out.y.data(), out.w.data(), d.data(), 1e-8);
      EXPECT_TRUE(truth.relative() <= 1e-8) << n << ", " << size << ": " << truth.relative();
      EXPECT_TRUE(std::fabs(truth.objective - optimum) <= 1e-8 * (1.0 + optimum)) << n << ", " << size;
    }
}

// A row given twice, once multiplied: the system is singular but for its regularisation.
TEST(IpmCareful, DependentRowsDoNotSpoilTheSolve) {
  double optimum;
  Batch batch = projection(40, 10.0, 3, optimum);
  const int columns = batch.variables;
  for (const double factor : {1.0, -300.0}) {
    const auto first = batch.A.pattern.indptr[0], last = batch.A.pattern.indptr[1];
    for (int k = first; k < last; ++k) {
      batch.A.pattern.indices.push_back(batch.A.pattern.indices[static_cast<std::size_t>(k)]);
      batch.A.data.push_back(factor * batch.A.data[static_cast<std::size_t>(k)]);
    }
    batch.A.pattern.indptr.push_back(static_cast<int>(batch.A.pattern.indices.size()));
  }
  batch.rows = batch.A.pattern.rows = 5;
  batch.A.pattern.columns = columns;
  batch.l = batch.u = Field::shared({0.0, 1.0, 0.0, 0.0, 0.0});
  RawSolution out = solve(batch, careful(1e-8));
  std::vector<double> d(static_cast<std::size_t>(batch.variables));
  const auto truth = Judge(batch).judge(0, out.x.data(), out.y.data(), out.w.data(), d.data(), 1e-8);
  EXPECT_TRUE(truth.relative() <= 1e-8) << truth.relative();
  EXPECT_TRUE(std::fabs(truth.objective - optimum) <= 1e-8 * (1.0 + optimum));
}

// Curves nearest to given points with third differences of one sign: no regularisation gives the last digits there, so
// that a lane stops asking for others. Whether its mates do as well must not change a bit of it.
TEST(IpmCareful, LanesThatGiveUpDigitsDoSoAlone) {
  constexpr int points = 500, problems = 5;
  Batch batch = make_batch(problems, points, points - 3);
  batch.A.pattern.rows = points - 3, batch.A.pattern.columns = points;
  batch.A.pattern.indptr = {0};
  for (int i = 0; i + 3 < points; ++i) {
    for (int t = 0; t < 4; ++t) batch.A.pattern.indices.push_back(i + t);
    for (const double value : {-1.0, 3.0, -3.0, 1.0}) batch.A.data.push_back(value);
    batch.A.pattern.indptr.push_back(static_cast<int>(batch.A.pattern.indices.size()));
  }
  batch.P.pattern.rows = batch.P.pattern.columns = points;
  batch.P.pattern.indptr = {0};
  for (int j = 0; j < points; ++j) batch.P.pattern.indices.push_back(j), batch.P.pattern.indptr.push_back(j + 1);
  batch.P.data.assign(points, 1.0);
  batch.l = Field::constant(points - 3, 0.0);
  batch.u = Field::constant(points - 3, infinity);
  batch.lb = Field::constant(points, -infinity);
  batch.ub = Field::constant(points, infinity);
  batch.q = Field::rows(problems, points);
  for (int b = 0; b < problems; ++b)
    for (int j = 0; j < points; ++j)  // the first ones straight lines: easy
      batch.q.of(b)[j] = b < 2 ? -0.1 * j : -std::sqrt(double(j) / points) - 0.1 * b * std::sin(20.0 * j);
  const MethodSettings settings = careful(1e-6);
  const auto solved = [&](std::vector<std::int64_t> some) {
    RawSolution out;
    out.resize(batch);
    IpmMethod(batch, settings).solve(batch, some, settings, out);
    return out;
  };
  const RawSolution together = solved({0, 1, 2, 3, 4});
  for (std::int64_t b = 0; b < problems; ++b) {
    const auto at = static_cast<std::size_t>(b);
    EXPECT_EQ(together.status[at], Status::solved) << b;
    const RawSolution alone = solved({b});
    EXPECT_EQ(alone.iterations[at], together.iterations[at]) << b;
    for (int j = 0; j < points; ++j)
      ASSERT_EQ(alone.x[at * points + static_cast<std::size_t>(j)],
                together.x[at * points + static_cast<std::size_t>(j)])
          << b << ", " << j;
  }
}

}  // namespace
