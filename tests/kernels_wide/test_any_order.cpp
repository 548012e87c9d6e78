// What a CUDA device does with the steps of lockstep, played on the CPU: entries and columns in any order, products
// kept in a buffer before the step, sums by segments, problems given to empty columns and live columns moved together
// by lists. Every bit has to be the same: no step may see what a neighbour writes.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/backend/job.hpp"
#include "kernels/wide/wide_body.hpp"
#include "kernels/wide/wide_plan.hpp"
#include "tests/kernels_pdhg/first_order_checks.hpp"

namespace wattstein::test {
namespace {

using namespace kernels;

struct Play {
  const WideView& v;
  int width;
  bool shuffled, buffered;
  std::mt19937 random{7};

  /// work(i, c) for all entries, in any order.
  template <class Work>
  void each(int count, Work&& work) {
    std::vector<int> order(static_cast<std::size_t>(count * width));
    std::iota(order.begin(), order.end(), 0);
    if (shuffled) std::shuffle(order.begin(), order.end(), random);
    for (const int at : order) work(at / width, at % width);
  }
  template <class F>
  void times(int count, const int* start, const int* index, const double* values, const double* in, double* buffer,
             const F& f) {
    const auto entry = [&](int i, int c) {
      double sum = 0.0;
      for (int k = start[i]; k < start[i + 1]; ++k) sum = fma(values[k], in[index[k] * v.ld + c], sum);
      return sum;
    };
    if (buffered) {
      each(count, [&](int i, int c) { buffer[i * v.ld + c] = entry(i, c); });
      each(count, [&](int i, int c) { f(i, c, buffer[i * v.ld + c]); });
    } else {
      each(count, [&](int i, int c) { f(i, c, entry(i, c)); });
    }
  }
  template <class F>
  void multiply(const double* in, double* buffer, const F& f) {
    times(v.pattern.rows, v.pattern.row_start, v.pattern.column_index, v.shared.row_form, in, buffer, f);
  }
  template <class F>
  void multiply_transposed(const double* in, double* buffer, const F& f) {
    times(v.pattern.n, v.pattern.column_start, v.pattern.row_index, v.shared.column_form, in, buffer, f);
  }
  template <class F>
  void elements(int count, const F& f) {
    each(count, [&](int i, int c) { f.template operator()<double>(i, c); });
  }
  template <class F>
  void elements_of(const double* flag, int count, const F& f) {
    each(count, [&](int i, int c) {
      if (flag[c] != 0.0) f(i, c);
    });
  }
  template <class F>
  void reduce(int count, int row, const F& f) {
    each(1, [&](int, int c) { sum_up(count, row, c, f); });
  }
  template <class F>
  void reduce_of(const double* flag, int count, int row, const F& f) {
    each(1, [&](int, int c) {
      if (flag[c] != 0.0) sum_up(count, row, c, f);
    });
  }
  template <class F>
  void columns(const F& f) {
    each(1, [&](int, int c) { f(c); });
  }
  template <class F>
  void sum_up(int count, int row, int c, const F& f) {
    constexpr int numbers = F::sums + F::maxima, segment = 4;
    double total[numbers] = {};
    for (int first = 0; first < count; first += segment) {
      double acc[numbers] = {};
      for (int i = first; i < std::min(first + segment, count); ++i) f(i, c, acc);
      for (int a = 0; a < numbers; ++a) total[a] = a < F::sums ? total[a] + acc[a] : std::max(total[a], acc[a]);
    }
    for (int a = 0; a < numbers; ++a) v.totals[(row + a) * v.ld + c] = total[a];
  }
};

/// All problems by `columns` columns, as the CUDA side goes about it.
RawSolution play(const Batch& batch, double tolerance, int columns, bool shuffled, bool buffered) {
  RawSolution out;
  out.resize(batch);
  const PdhgPlan plan(batch);
  PdhgJob job;
  job.pattern = plan.pattern.view();
  job.batch = view_of(batch);
  fill_job(tight(tolerance), 200000, out, job);
  const PdhgSharedNumbers shared = prepare_shared(plan, job.batch, choose_pdhg_entries(1));
  job.shared = shared.view();
  WideView v = wide_view(job, columns);
  Arena sizes;
  take(v, sizes);
  const AlignedBuffer memory(sizes.slow_used);
  v = wide_view(job, columns);
  Arena arena;
  arena.slow = memory.data();
  take(v, arena);
  const int stop = 0;
  v.stop = &stop;
  Play machine{v, columns, shuffled, buffered};
  WideBody<Play> body{machine, v};
  machine.columns(ClearColumn{v});
  std::int64_t next = 0;
  while (true) {
    for (int c = 0; c < machine.width; ++c)
      if (v.control[c].problem < 0 && next < batch.problems) {
        v.control[c].problem = next++;
        v.fresh[c] = 1.0;
      }
    body.load();
    body.window();
    std::vector<int> live, empty;
    for (int c = 0; c < machine.width; ++c)
      if (v.control[c].problem >= 0) live.push_back(c);
    if (live.empty() && next == batch.problems) return out;
    const int needed = (static_cast<int>(live.size()) + 1) / 2 * 2;
    if (next < batch.problems || 2 * needed > machine.width) continue;
    for (int c = 0; c < needed; ++c)
      if (v.control[c].problem < 0) empty.push_back(c);
    const ColumnMoves moves{live.data(), empty.data(), static_cast<int>(live.size()), static_cast<int>(empty.size()),
                            needed};
    for (int r = 0; r < moves.count(); ++r) {
      EXPECT_GE(moves.from(r), needed);
      EXPECT_LT(moves.to(r), needed);
      for (int i = 0; i < std::max(job.pattern.n, job.pattern.rows); ++i) move_entry(v, i, moves.from(r), moves.to(r));
      move_scalars(v, moves.from(r), moves.to(r));
    }
    machine.width = needed;
    int together = 0;
    for (int c = 0; c < needed; ++c) together += v.control[c].problem >= 0 ? 1 : 0;
    EXPECT_EQ(together, static_cast<int>(live.size()));
  }
}

TEST(WideSteps, MayBeTakenInAnyOrder) {
  for (const Shape& shape : {Shape{.problems = 17, .variables = 12, .rows = 7},
                             Shape{.problems = 11, .variables = 17, .rows = 5, .cones = 3, .quadratic = true}}) {
    const KnownOptimum known = make_known_optimum(shape);
    const std::int64_t n = shape.variables, m = shape.rows, k = 4 * shape.cones;
    const RawSolution plain = play(known.batch, 1e-5, 8, false, false);
    for (std::int64_t b = 0; b < shape.problems; ++b) {
      ASSERT_EQ(plain.status[b], Status::solved) << b;
      const auto judged =
          bench::judge(known.batch, b, plain.x.data() + b * n, plain.y.data() + b * m, plain.w.data() + b * k);
      EXPECT_TRUE(judged.excess(1e-5) <= 1.0) << b;
    }
    for (const bool buffered : {false, true})
      for (const int columns : {6, 20}) {
        const RawSolution other = play(known.batch, 1e-5, columns, true, buffered);
        for (std::int64_t b = 0; b < shape.problems; ++b) expect_same_bits(known.batch, plain, b, other, b);
      }
  }
}

TEST(WideSteps, FindRaysInAnyOrder) {
  // min x with x ≥ l, x ≤ 1: l = 2 is infeasible; min -x with x free upwards is unbounded; a NaN is invalid.
  Batch batch = make_batch(4, 1, 1);
  batch.A.pattern.indptr = {0, 1};
  batch.A.pattern.indices = {0};
  batch.A.data = {1.0};
  batch.q = Field::rows(4, 1, 1.0);
  batch.l = Field::rows(4, 1, 0.5);
  batch.lb = Field::rows(4, 1, 0.0);
  batch.ub = Field::rows(4, 1, 1.0);
  batch.l.data[1] = 2.0;
  batch.q.data[2] = -1.0, batch.ub.data[2] = infinity;
  batch.q.data[3] = std::nan("");
  for (const bool buffered : {false, true}) {
    const RawSolution out = play(batch, 1e-6, 4, true, buffered);
    EXPECT_EQ(out.status[0], Status::solved);
    EXPECT_EQ(out.status[1], Status::primal_infeasible);
    EXPECT_EQ(out.status[2], Status::dual_infeasible);
    EXPECT_EQ(out.status[3], Status::invalid_data);
    EXPECT_TRUE(std::abs(out.x[0] - 0.5) <= 1e-4);
    EXPECT_TRUE(std::abs(out.y[1] - 1.0) <= 1e-6);  // 2 y - 1 y = 1
    EXPECT_TRUE(std::abs(out.x[2] - 1.0) <= 1e-6);  // qᵀx = -1
  }
}

}  // namespace
}  // namespace wattstein::test
