#include "engine/problem/judge_passes.hpp"

#include <cstddef>
#include <cstring>
#include <type_traits>

#include "kernels/backend/clones.hpp"
#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

using kernels::infinity;

namespace {

// Eight numbers side by side: every sum has eight parts, on every machine the same, and no bound costs a branch.
constexpr std::size_t width = 8;
using Wide = double __attribute__((vector_size(width * sizeof(double))));
#define WATTSTEIN_INLINE inline __attribute__((always_inline))

WATTSTEIN_INLINE void load(Wide& value, const double* from) {
  std::memcpy(&value, from, sizeof(Wide));
}
WATTSTEIN_INLINE void enlarge(Wide& most, const Wide& value) {
  most = value > most ? value : most;
}  // NaN: no change
WATTSTEIN_INLINE void enlarge_by_size(Wide& most, const Wide& value) {
  enlarge(most, value);
  enlarge(most, -value);
}
WATTSTEIN_INLINE double total(const Wide& v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}
WATTSTEIN_INLINE double top(const Wide& v) {
  double most = v[0];
  for (std::size_t i = 1; i < width; ++i) most = v[i] > most ? v[i] : most;
  return most;
}

// visit(places, place in `out`) for whole blocks; a last part, if any, is visited in copies filled up with zeros, its
// `out` copied back. `out` is nullptr where nothing is written.
template <std::size_t inputs, class Out, class Visit>
WATTSTEIN_INLINE void in_blocks(std::size_t count, const double* const (&from)[inputs], Out out, const Visit& visit) {
  constexpr bool writes = std::is_same_v<Out, double*>;
  const double* at[inputs];
  std::size_t i = 0;
  for (; i + width <= count; i += width) {
    for (std::size_t k = 0; k < inputs; ++k) at[k] = from[k] + i;
    if constexpr (writes) visit(at, out + i);
    else visit(at, out);
  }
  if (i == count) return;
  double part[inputs][width] = {};
  [[maybe_unused]] double last[width];
  for (std::size_t k = 0; k < inputs; ++k) {
    std::memcpy(part[k], from[k] + i, (count - i) * sizeof(double));
    at[k] = part[k];
  }
  if constexpr (writes) {
    visit(at, last);
    std::memcpy(out + i, last, (count - i) * sizeof(double));
  } else {
    visit(at, out);
  }
}

template <bool curved, std::size_t inputs>
WATTSTEIN_INLINE ColumnSums sum_columns(std::size_t n, const double* const (&from)[inputs], double* d) {
  Wide most{}, size{}, dual{}, dual_size{}, linear{}, absorbed{}, slip{}, rough{};
  const Wide zero{};
  in_blocks<inputs>(n, from, d, [&](const double* const* at, double* out) {
    Wide xj, lower, upper, qj, ay;
    load(xj, at[0]), load(lower, at[1]), load(upper, at[2]), load(qj, at[3]), load(ay, at[4]);
    Wide dj = qj + ay;
    if constexpr (curved) {
      Wide px, gw;
      load(px, at[5]), load(gw, at[6]);
      dj = px + qj + ay + gw;
      enlarge_by_size(dual_size, px);
      enlarge_by_size(dual_size, gw);
    }
    std::memcpy(out, &dj, sizeof(Wide));
    rough += 0.0 * dj;
    enlarge(most, lower - xj);
    enlarge(most, xj - upper);
    enlarge_by_size(size, xj);
    enlarge_by_size(dual_size, qj);
    enlarge_by_size(dual_size, ay);
    linear += qj * xj;
    const Wide bound = dj > 0.0 ? lower : upper, left = dj > 0.0 ? dj : -dj;
    // 0, NaN for an infinite bound: two comparisons joined by "&" would not stay in vectors.
    const Wide none = bound - bound;
    absorbed += dj * (none == 0.0 ? bound : zero);
    const Wide open = none == 0.0 ? zero : left;
    enlarge(dual, open);
    slip += open * (xj > 0.0 ? xj : -xj);
  });
  return {top(most),     top(size),       top(dual),   top(dual_size),
          total(linear), total(absorbed), total(slip), total(rough) == 0.0};
}

}  // namespace

WATTSTEIN_CLONES double largest(const double* values, std::size_t count) {
  Wide most{};
  in_blocks<1>(count, {values}, nullptr, [&](const double* const* at, std::nullptr_t) {
    Wide v;
    load(v, at[0]);
    enlarge_by_size(most, v);
  });
  return top(most);
}

WATTSTEIN_CLONES bool all_finite(const double* values, std::size_t count) {
  Wide sum{};  // 0 · x is NaN for an infinite or undefined x
  in_blocks<1>(count, {values}, nullptr, [&](const double* const* at, std::nullptr_t) {
    Wide v;
    load(v, at[0]);
    sum += 0.0 * v;
  });
  return total(sum) == 0.0;
}

WATTSTEIN_CLONES bool cut_signs(std::size_t m, const double* l, const double* u, double* y) {
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < m; ++i) {
    sum += 0.0 * y[i];
    const bool cut = ((l[i] == -infinity) & (y[i] > 0.0)) | ((u[i] == infinity) & (y[i] < 0.0));
    y[i] = cut ? 0.0 : y[i];
  }
  return sum == 0.0;
}

WATTSTEIN_CLONES RowSums row_pass(std::size_t m, const double* ax, const double* l, const double* u, const double* y) {
  Wide most{}, size{}, slip{}, sides{}, rough{};
  const Wide zero{};
  in_blocks<4>(m, {ax, l, u, y}, nullptr, [&](const double* const* at, std::nullptr_t) {
    Wide ai, li, ui, yi;
    load(ai, at[0]), load(li, at[1]), load(ui, at[2]), load(yi, at[3]);
    Wide violation = zero;
    enlarge(violation, li - ai);
    enlarge(violation, ai - ui);
    enlarge(most, violation);
    enlarge_by_size(size, ai);
    rough += 0.0 * ai;
    slip += (yi > 0.0 ? yi : -yi) * violation;
    const Wide side = yi > 0.0 ? li : ui;
    sides += yi == 0.0 ? zero : yi * side;
  });
  return {top(most), top(size), total(slip), total(sides), total(rough) == 0.0};
}

WATTSTEIN_CLONES ColumnSums column_pass(std::size_t n, const double* x, const double* lb, const double* ub,
                                        const double* q, const double* px, const double* aty, const double* gtw,
                                        double* d) {
  return sum_columns<true, 7>(n, {x, lb, ub, q, aty, px, gtw}, d);
}
WATTSTEIN_CLONES ColumnSums linear_column_pass(std::size_t n, const double* x, const double* lb, const double* ub,
                                               const double* q, const double* aty, double* d) {
  return sum_columns<false, 5>(n, {x, lb, ub, q, aty}, d);
}

WATTSTEIN_CLONES double diagonal_pass(std::size_t n, const double* p, const double* x, double* px) {
  Wide sum{};
  in_blocks<2>(n, {p, x}, px, [&](const double* const* at, double* out) {
    Wide pj, xj;
    load(pj, at[0]), load(xj, at[1]);
    pj *= xj;
    sum += pj * xj;
    std::memcpy(out, &pj, sizeof(Wide));
  });
  return total(sum);
}

WATTSTEIN_CLONES double box_pass(std::size_t n, const double* p, const double* px, const double* d, const double* lb,
                                 const double* ub) {
  Wide sum{};
  const Wide zero{}, one = zero + 1.0;
  in_blocks<5>(n, {p, px, d, lb, ub}, nullptr, [&](const double* const* at, std::nullptr_t) {
    Wide pj, pxj, dj, lower, upper;
    load(pj, at[0]), load(pxj, at[1]), load(dj, at[2]), load(lower, at[3]), load(upper, at[4]);
    const Wide slope = dj - pxj, curvature = pj > 0.0 ? pj : one;
    Wide x = -slope / curvature;
    x = x < lower ? lower : x;
    x = upper < x ? upper : x;
    const Wide curved = (0.5 * pj * x + slope) * x;
    Wide side = dj > 0.0 ? lower : upper;
    side = dj == 0.0 ? zero : side;
    const Wide flat = dj * side;
    sum += pj > 0.0 ? curved : flat;
  });
  return total(sum);
}

}  // namespace wattstein::engine
