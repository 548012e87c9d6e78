#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/backend/block_emulated.hpp"
#include "kernels/backend/device.hpp"
#include "kernels/backend/launch.hpp"
#include "kernels/math/scaling.hpp"
#include "kernels/math/sparse_factor.hpp"
#include "tests/kernels_pdhg/known_optimum.hpp"

namespace wattstein::test {
namespace {

using namespace kernels;

TEST(Teams, BlockReductionsGiveEveryMemberTheSameTotals) {
  constexpr int threads = 5, n = 33;
  EmulatedBlock block(threads);
  std::vector<double> sums(threads), largest(threads);
  run_members(threads, [&](int rank) {
    const EmulatedBlockTeam team{&block, rank};
    double total[1], most[1];
    team.sums<1>(n, total, [](int i, double(&acc)[1]) { acc[0] += i; });
    team.maxima<1>(n, most, [](int i, double(&acc)[1]) { acc[0] = acc[0] < i ? i : acc[0]; });
    sums[rank] = total[0];
    largest[rank] = most[0];
  });
  for (int rank = 0; rank < threads; ++rank) {
    EXPECT_EQ(sums[rank], n * (n - 1) / 2.0);
    EXPECT_EQ(largest[rank], n - 1.0);
  }
}

TEST(Teams, QueueHandsOutEveryProblemOnce) {
  const std::vector<std::int64_t> problems = {4, 2, 9, 7, 1};
  const MethodSettings settings;
  ProblemQueue queue(problems, settings);
  const WorkQueue view = queue.view();
  EmulatedBlock block(3);
  std::vector<std::vector<std::int64_t>> seen(3);
  run_members(3, [&](int rank) {
    const EmulatedBlockTeam team{&block, rank};
    for (std::int64_t b = team.next(view); b >= 0; b = team.next(view)) seen[rank].push_back(b);
  });
  for (const auto& one : seen) EXPECT_EQ(one, problems);
}

TEST(Teams, ArenaPlansAndPlacesAlikeAndSpillsWhenFull) {
  const auto take = [](Arena& arena) {
    std::vector<double*> at;
    for (const int count : {10, 100, 3, 50}) at.push_back(arena.take<double>(count));
    return at;
  };
  Arena plan;
  plan.fast_bytes = 256;
  take(plan);
  EXPECT_EQ(plan.fast_used, 128 + 64);
  EXPECT_EQ(plan.slow_used, 832 + 448);
  // Guard values behind both stores stay what they are when the arrays are filled.
  std::vector<double> fast(static_cast<std::size_t>(plan.fast_used) / 8 + 8, -7.0),
      slow(static_cast<std::size_t>(plan.slow_used) / 8 + 8, -7.0);
  Arena arena;
  arena.fast = reinterpret_cast<char*>(fast.data());
  arena.fast_bytes = 256;
  arena.slow = reinterpret_cast<char*>(slow.data());
  const auto at = take(arena);
  const int counts[] = {10, 100, 3, 50};
  for (std::size_t a = 0; a < at.size(); ++a)
    for (int i = 0; i < counts[a]; ++i) at[a][i] = static_cast<double>(a);
  for (std::size_t a = 0; a < at.size(); ++a)
    for (int i = 0; i < counts[a]; ++i) EXPECT_EQ(at[a][i], static_cast<double>(a));
  for (std::size_t i = fast.size() - 8; i < fast.size(); ++i) EXPECT_EQ(fast[i], -7.0);
  for (std::size_t i = slow.size() - 8; i < slow.size(); ++i) EXPECT_EQ(slow[i], -7.0);
}

/// ‖K̃‖ ≤ 1 after Pock–Chambolle, cone rows share a scale, and the estimated norm is right against a long power
/// iteration.
TEST(Scaling, KeepsConesWholeAndTheNormBelowOne) {
  const KnownOptimum known = make_known_optimum({.problems = 1, .variables = 33, .rows = 9, .cones = 4});
  const ConstraintPattern pattern(known.batch);
  const PatternView view = pattern.view();
  std::vector<double> values(view.nnz), row(view.rows), column(view.n), row_work(view.rows), column_work(view.n);
  const LaneTeam team;
  const BatchView batch = view_of(known.batch);
  load_values(team, batch.a, 0, values.data());
  load_values(team, batch.g_matrix, 0, values.data() + view.nnz_a);
  const std::vector<double> raw(values);
  equilibrate(team, view, nullptr, 10, true, values.data(), row.data(), column.data(), row_work.data(),
              column_work.data());
  for (int i = 0; i < view.rows; ++i)
    for (int k = view.row_start[i]; k < view.row_start[i + 1]; ++k)
      EXPECT_TRUE(std::abs(values[k] - row[i] * raw[k] * column[view.column_index[k]]) <= 1e-12 * std::abs(values[k]));
  for (int c = 0; c < view.cones; ++c)
    for (int i = view.cone_start[c]; i < view.cone_start[c + 1]; ++i) EXPECT_EQ(row[i], row[view.cone_start[c]]);
  const double norm = spectral_norm(team, view, values.data(), column_work.data(), row_work.data());
  std::vector<double> x(view.n, 1.0), y(view.rows);
  double exact = 0.0;
  for (int step = 0; step < 5000; ++step) {
    double length = 0.0;
    for (const double value : x) length = std::hypot(length, value);
    for (int i = 0; i < view.rows; ++i) {
      y[i] = 0.0;
      for (int k = view.row_start[i]; k < view.row_start[i + 1]; ++k)
        y[i] += values[k] * x[view.column_index[k]] / length;
    }
    exact = 0.0;
    for (const double value : y) exact = std::hypot(exact, value);
    std::fill(x.begin(), x.end(), 0.0);
    for (int i = 0; i < view.rows; ++i)
      for (int k = view.row_start[i]; k < view.row_start[i + 1]; ++k) x[view.column_index[k]] += values[k] * y[i];
  }
  EXPECT_TRUE(exact <= 1.0 + 1e-12);
  EXPECT_TRUE(norm >= exact * 0.998 && norm <= exact * 1.006) << norm << " " << exact;
}

/// Both plans solve the KKT system: residual of the naive product, by lanes and by blocks.
TEST(SparseFactor, SolvesTheKktSystemForEveryTeam) {
  const KnownOptimum known = make_known_optimum({.problems = 1, .variables = 33, .rows = 19, .cones = 2});
  const ConstraintPattern pattern(known.batch);
  const PatternView view = pattern.view();
  std::vector<double> values(view.nnz);
  const BatchView batch = view_of(known.batch);
  load_values(LaneTeam{}, batch.a, 0, values.data());
  load_values(LaneTeam{}, batch.g_matrix, 0, values.data() + view.nnz_a);
  for (const bool by_level : {false, true}) {
    const FactorPlan plan(pattern, by_level);
    const FactorView f = plan.view();
    std::vector<double> diagonal(f.size), l(f.entries), scaled(f.entries), pivot(f.size), rows(f.entries), v(f.size);
    for (int j = 0; j < view.n; ++j) diagonal[f.place[j]] = 0.1 + 0.01 * j;
    for (int i = 0; i < view.rows; ++i) diagonal[f.place[view.n + i]] = -0.5 - 0.02 * i;
    std::vector<double> right(f.size);
    for (int p = 0; p < f.size; ++p) right[p] = std::sin(p);
    for (int original = 0; original < f.size; ++original) v[f.place[original]] = right[original];
    if (by_level) {
      EmulatedBlock block(3);
      run_members(3, [&](int rank) {
        const EmulatedBlockTeam team{&block, rank};
        factorise(team, f, values.data(), diagonal.data(), l.data(), scaled.data(), pivot.data());
        team.each(f.entries, [&](int k) { rows[k] = l[f.row_entry[k]]; });
        solve_factor<true>(team, f, l.data(), rows.data(), pivot.data(), v.data());
      });
    } else {
      const LaneTeam team;
      factorise(team, f, values.data(), diagonal.data(), l.data(), scaled.data(), pivot.data());
      solve_factor<false>(team, f, l.data(), static_cast<const double*>(nullptr), pivot.data(), v.data());
    }
    std::vector<double> image(f.size);
    for (int original = 0; original < f.size; ++original)
      image[original] = diagonal[f.place[original]] * v[f.place[original]];
    for (int i = 0; i < view.rows; ++i)
      for (int k = view.row_start[i]; k < view.row_start[i + 1]; ++k) {
        image[view.n + i] += values[k] * v[f.place[view.column_index[k]]];
        image[view.column_index[k]] += values[k] * v[f.place[view.n + i]];
      }
    for (int original = 0; original < f.size; ++original)
      EXPECT_TRUE(std::abs(image[original] - right[original]) <= 1e-10) << original;
  }
}

TEST(Device, SaysWhyThereIsNoCuda) {
  if (cuda_device_count() > 0) EXPECT_TRUE(cuda_why_not().empty());
  else EXPECT_NE(cuda_why_not().find("no CUDA device"), std::string::npos);
  if (!cuda_compiled()) {
    EXPECT_EQ(cuda_device_count(), 0);
  }
}

}  // namespace
}  // namespace wattstein::test
