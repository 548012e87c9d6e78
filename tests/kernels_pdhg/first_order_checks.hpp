#pragma once
// The same questions to PdhgMethod and AdmmMethod: Method is the class, the checks know only its shape.

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "bench/gpu/judge.hpp"
#include "kernels/batch/method.hpp"
#include "tests/kernels_pdhg/known_optimum.hpp"

namespace wattstein::test {

using kernels::Batch;
using kernels::MethodSettings;
using kernels::RawSolution;
using kernels::Status;

template <class Method>
RawSolution solve(const Batch& batch, const MethodSettings& settings, std::vector<std::int64_t> problems = {}) {
  if (problems.empty()) {
    problems.resize(static_cast<std::size_t>(batch.problems));
    std::iota(problems.begin(), problems.end(), 0);
  }
  RawSolution out;
  out.resize(batch);
  const Method method(batch, settings);
  method.solve(batch, problems, settings, out);
  return out;
}

inline MethodSettings tight(double tolerance) {
  MethodSettings settings;
  settings.tolerance_absolute = settings.tolerance_relative = tolerance;
  settings.threads = 1;
  return settings;
}

/// Every problem solved, by residuals recomputed on the unscaled data, and its objective the known one.
template <class Method>
void expect_known_optimum(const Shape& shape, double tolerance, MethodSettings settings) {
  const KnownOptimum known = make_known_optimum(shape);
  settings.tolerance_absolute = settings.tolerance_relative = tolerance;
  const RawSolution out = solve<Method>(known.batch, settings);
  const std::int64_t n = shape.variables, m = shape.rows, k = 4 * shape.cones;
  for (std::int64_t b = 0; b < shape.problems; ++b) {
    ASSERT_EQ(out.status[b], Status::solved) << "problem " << b << ": " << kernels::status_word(out.status[b]);
    const auto judged = bench::judge(known.batch, b, out.x.data() + b * n, out.y.data() + b * m, out.w.data() + b * k);
    EXPECT_TRUE(judged.excess(tolerance) <= 1.0) << "problem " << b << ": " << judged.excess(tolerance);
    const double error = std::abs(judged.objective - known.objective[b]);
    // |objective - optimum| ≤ gap + ‖multipliers‖₁ · primal residual
    double multipliers = 0.0;
    for (std::int64_t i = 0; i < m; ++i) multipliers += std::abs(out.y[b * m + i]);
    for (std::int64_t i = 0; i < k; ++i) multipliers += std::abs(out.w[b * k + i]);
    EXPECT_TRUE(error <= 3.0 * (judged.gap + multipliers * judged.primal) + 1e-9) << "problem " << b << ": " << error;
  }
}

inline bool same_bits(const double* a, const double* b, std::int64_t count) {
  return count == 0 || std::memcmp(a, b, static_cast<std::size_t>(count) * sizeof(double)) == 0;
}

inline void expect_same_bits(const Batch& batch, const RawSolution& a, std::int64_t in_a, const RawSolution& b,
                             std::int64_t in_b) {
  const std::int64_t n = batch.variables, m = batch.rows, k = batch.cone_rows();
  EXPECT_EQ(a.status[in_a], b.status[in_b]);
  EXPECT_EQ(a.iterations[in_a], b.iterations[in_b]) << "problem " << in_a;
  EXPECT_EQ(a.restarts[in_a], b.restarts[in_b]) << "problem " << in_a;
  EXPECT_TRUE(same_bits(a.x.data() + in_a * n, b.x.data() + in_b * n, n)) << "x of problem " << in_a;
  EXPECT_TRUE(same_bits(a.y.data() + in_a * m, b.y.data() + in_b * m, m)) << "y of problem " << in_a;
  EXPECT_TRUE(same_bits(a.w.data() + in_a * k, b.w.data() + in_b * k, k)) << "w of problem " << in_a;
}

/// A problem's result is bitwise the same alone, in another order, with other lane mates and on other threads.
template <class Method>
void expect_independent_of_batch(const Shape& shape) {
  const KnownOptimum known = make_known_optimum(shape);
  const MethodSettings settings = tight(1e-5);
  const RawSolution all = solve<Method>(known.batch, settings);
  std::vector<std::int64_t> backwards(static_cast<std::size_t>(shape.problems));
  for (std::int64_t b = 0; b < shape.problems; ++b) backwards[b] = shape.problems - 1 - b;
  const RawSolution reversed = solve<Method>(known.batch, settings, backwards);
  MethodSettings threaded = settings;
  threaded.threads = 3;
  const RawSolution parallel = solve<Method>(known.batch, threaded);
  for (std::int64_t b = 0; b < shape.problems; ++b) {
    expect_same_bits(known.batch, all, b, reversed, b);
    expect_same_bits(known.batch, all, b, parallel, b);
  }
  for (std::int64_t b = 0; b < shape.problems; b += 7) {
    const Batch one = kernels::extract(known.batch, b);
    expect_same_bits(known.batch, all, b, solve<Method>(one, settings), 0);
  }
}

/// Restarted at its own solution a problem needs far fewer iterations.
template <class Method>
void expect_warm_start_counts(const Shape& shape) {
  KnownOptimum known = make_known_optimum(shape);
  const MethodSettings settings = tight(1e-5);
  const RawSolution cold = solve<Method>(known.batch, settings);
  known.batch.start_x = kernels::Field::rows(shape.problems, shape.variables);
  known.batch.start_x.data = cold.x;
  known.batch.start_y = kernels::Field::rows(shape.problems, shape.rows);
  known.batch.start_y.data = cold.y;
  known.batch.start_w = kernels::Field::rows(shape.problems, 4 * shape.cones);
  known.batch.start_w.data = cold.w;
  const RawSolution warm = solve<Method>(known.batch, settings);
  MethodSettings ignored = settings;
  ignored.warm_start = false;
  const RawSolution without = solve<Method>(known.batch, ignored);
  const auto total = [](const RawSolution& out) {
    return std::accumulate(out.iterations.begin(), out.iterations.end(), 0LL);
  };
  EXPECT_LT(2 * total(warm), total(cold));
  EXPECT_EQ(total(without), total(cold));
}

/// Rows of A times powers of two: the same problem, the same optimum.
template <class Method>
void expect_row_scaling_is_harmless(Shape shape) {
  KnownOptimum known = make_known_optimum(shape);
  Batch& batch = known.batch;
  for (int i = 0; i < shape.rows; ++i) {
    const double factor = std::ldexp(1.0, (i % 9) - 4);
    for (int e = batch.A.pattern.indptr[i]; e < batch.A.pattern.indptr[i + 1]; ++e) batch.A.data[e] *= factor;
    for (std::int64_t b = 0; b < shape.problems; ++b) {
      batch.l.of(b)[i] *= factor;
      batch.u.of(b)[i] *= factor;
    }
  }
  const RawSolution out = solve<Method>(batch, tight(1e-7));
  for (std::int64_t b = 0; b < shape.problems; ++b) {
    ASSERT_EQ(out.status[b], Status::solved);
    const auto judged =
        bench::judge(batch, b, out.x.data() + b * shape.variables, out.y.data() + b * shape.rows, out.w.data());
    EXPECT_TRUE(std::abs(judged.objective - known.objective[b]) <= 1e-4 * (1.0 + std::abs(known.objective[b])));
  }
}

/// min x₀ + x₁ with x₀ + x₁ ≥ 2 + 2s, 0 ≤ x ≤ 1: infeasible for s > 0; unbounded below when a free variable has a cost.
template <class Method>
void expect_rays() {
  Batch batch = kernels::make_batch(3, 2, 1);
  batch.A.pattern.indptr = {0, 2};
  batch.A.pattern.indices = {0, 1};
  batch.A.data = {1.0, 1.0};
  batch.q = kernels::Field::shared({1.0, 1.0});
  batch.l = kernels::Field::rows(3, 1);
  batch.u = kernels::Field::constant(1, kernels::infinity);
  batch.lb = kernels::Field::rows(3, 2);
  batch.ub = kernels::Field::rows(3, 2, 1.0);
  batch.l.data = {1.0, 2.5, 1.0};
  batch.lb.data = {0.0, 0.0, 0.0, 0.0, -kernels::infinity, 0.0};
  batch.l.data[2] = -kernels::infinity;
  const RawSolution out = solve<Method>(batch, tight(1e-6));
  EXPECT_EQ(out.status[0], Status::solved);
  ASSERT_EQ(out.status[1], Status::primal_infeasible);
  // Ray objective 1: y l - Σ (y)⁺ ub with q = 0.
  const double y = out.y[1];
  EXPECT_TRUE(y > 0.0);
  EXPECT_TRUE(std::abs(2.5 * y - 2.0 * y - 1.0) <= 1e-6) << y;
  ASSERT_EQ(out.status[2], Status::dual_infeasible);
  EXPECT_TRUE(std::abs(out.x[4] + out.x[5] + 1.0) <= 1e-6);
  EXPECT_TRUE(out.x[4] < 0.0);
}

/// One problem with a NaN: it is invalid, its lane mates are bitwise what they were.
template <class Method>
void expect_bad_problem_harms_nobody(const Shape& shape) {
  KnownOptimum known = make_known_optimum(shape);
  const RawSolution before = solve<Method>(known.batch, tight(1e-5));
  known.batch.q.of(3)[1] = std::nan("");
  known.batch.lb.of(7)[0] = 5.0;
  known.batch.ub.of(7)[0] = 4.0;
  const RawSolution after = solve<Method>(known.batch, tight(1e-5));
  EXPECT_EQ(after.status[3], Status::invalid_data);
  EXPECT_EQ(after.status[7], Status::invalid_data);
  for (std::int64_t b = 0; b < shape.problems; ++b)
    if (b != 3 && b != 7) expect_same_bits(known.batch, before, b, after, b);
}

template <class Method>
void expect_stop_flag_ends_the_run(const Shape& shape) {
  const KnownOptimum known = make_known_optimum(shape);
  const std::atomic<bool> stop{true};
  MethodSettings settings = tight(1e-14);
  settings.stop = &stop;
  const RawSolution out = solve<Method>(known.batch, settings);
  for (std::int64_t b = 0; b < shape.problems; ++b) {
    EXPECT_EQ(out.status[b], Status::time_limit);
    EXPECT_LE(out.iterations[b], 200);
  }
}

/// The block runs the same body with another order of additions: it agrees within the tolerance it solves to.
template <class Method>
void expect_block_agrees_with_lanes(const Shape& shape, int threads) {
  const KnownOptimum known = make_known_optimum(shape);
  MethodSettings settings = tight(1e-7);
  const RawSolution lanes = solve<Method>(known.batch, settings);
  settings.device = kernels::Device::emulated_block;
  settings.threads = threads;
  const RawSolution block = solve<Method>(known.batch, settings);
  const std::int64_t n = shape.variables, m = shape.rows, k = 4 * shape.cones;
  for (std::int64_t b = 0; b < shape.problems; ++b) {
    ASSERT_EQ(block.status[b], Status::solved) << "problem " << b;
    EXPECT_EQ(lanes.status[b], Status::solved);
    const auto judged =
        bench::judge(known.batch, b, block.x.data() + b * n, block.y.data() + b * m, block.w.data() + b * k);
    EXPECT_TRUE(judged.excess(1e-7) <= 1.0) << judged.excess(1e-7);
    EXPECT_TRUE(std::abs(judged.objective - known.objective[b]) <= 1e-4 * (1.0 + std::abs(known.objective[b])));
  }
}

}  // namespace wattstein::test
