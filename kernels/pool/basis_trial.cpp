#include "kernels/pool/basis_trial.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/backend/clones.hpp"

namespace wattstein::kernels {

namespace {

constexpr int block = BasisTrial::block;

// Where a side that is met to `feasible` ends; below it for a negative one.
inline double allowed(double side, double feasible) {
  return side + feasible * (1.0 + std::fabs(side));
}

// Sides of up to `block` problems, side by side.
struct Sides {
  std::array<const double*, block> x_lower, x_upper, z_lower, z_upper;
};

// value −= N x_N for the variables that stand at the given sides
template <int W>
inline __attribute__((always_inline)) void subtract(const PoolMatrix& a, const std::vector<int>& variables,
                                                    const std::array<const double*, block>& x,
                                                    const std::array<const double*, block>& z, double* value) {
  const int n = a.columns;
  const int *start = a.column_start.data(), *row = a.column_row.data();
  const double* entry = a.column_value.data();
  for (const int v : variables) {
    if (v >= n) {
      double* to = value + static_cast<std::ptrdiff_t>(v - n) * W;
      for (int t = 0; t < W; ++t) to[t] += z[t][v - n];
      continue;
    }
    double at[W];
    for (int t = 0; t < W; ++t) at[t] = x[t][v];
    for (int e = start[v]; e < start[v + 1]; ++e) {
      double* to = value + static_cast<std::ptrdiff_t>(row[e]) * W;
      for (int t = 0; t < W; ++t) to[t] -= entry[e] * at[t];
    }
  }
}

template <int W>
inline __attribute__((always_inline)) void value_sides(const PoolMatrix& a, const KeptBasis& kept, const Sides& sides,
                                                       double* value) {
  for (int i = 0; i < a.rows; ++i)
    for (int t = 0; t < W; ++t) value[i * W + t] = kept.right_side[i];
  subtract<W>(a, kept.lower, sides.x_lower, sides.z_lower, value);
  subtract<W>(a, kept.upper, sides.x_upper, sides.z_upper, value);
}

// outside[t]: whether a basic value of problem t lies outside its sides
template <int W>
inline __attribute__((always_inline)) void compare(const KeptBasis& kept, int n, double feasible, const Sides& sides,
                                                   const double* value, double* outside) {
  const double *least = kept.least.data(), *most = kept.most.data();
  const auto rows = static_cast<int>(kept.least.size());
  std::int64_t good[W] = {};  // rows within; comparisons with NaN are false
  if constexpr (W == 1) {
    std::int64_t count = 0;
#pragma omp simd reduction(+ : count)
    for (int r = 0; r < rows; ++r) count += (value[r] >= least[r]) & (value[r] <= most[r]) ? 1 : 0;
    good[0] = count;
  } else {
    for (int r = 0; r < rows; ++r)
#pragma omp simd
      for (int t = 0; t < W; ++t) good[t] += (value[r * W + t] >= least[r]) & (value[r * W + t] <= most[r]) ? 1 : 0;
  }
  for (int t = 0; t < W; ++t) {
    bool inside = good[t] == rows;
    const auto at = [&](int r) { return value[r * W + t]; };
    for (const int r : kept.lower_rows) {
      const int v = kept.basis.head[r];
      const double side = v < n ? sides.x_lower[t][v] : sides.z_lower[t][v - n];
      inside = inside & (at(r) >= allowed(side, -feasible));
    }
    for (const int r : kept.upper_rows) {
      const int v = kept.basis.head[r];
      const double side = v < n ? sides.x_upper[t][v] : sides.z_upper[t][v - n];
      inside = inside & (at(r) <= allowed(side, feasible));
    }
    outside[t] = inside ? 0.0 : 1.0;
  }
}

// width: 1, 2, 4 or 8 problems
WATTSTEIN_CLONES void right_sides(const PoolMatrix& a, const KeptBasis& kept, const Sides& sides, int width,
                                  double* value) {
  if (width == 8) value_sides<8>(a, kept, sides, value);
  else if (width == 4) value_sides<4>(a, kept, sides, value);
  else if (width == 2) value_sides<2>(a, kept, sides, value);
  else value_sides<1>(a, kept, sides, value);
}
WATTSTEIN_CLONES void find_outside(const KeptBasis& kept, int n, double feasible, const Sides& sides, int width,
                                   const double* value, double* outside) {
  if (width == 8) compare<8>(kept, n, feasible, sides, value, outside);
  else if (width == 4) compare<4>(kept, n, feasible, sides, value, outside);
  else if (width == 2) compare<2>(kept, n, feasible, sides, value, outside);
  else compare<1>(kept, n, feasible, sides, value, outside);
}

}  // namespace

void KeptBasis::prepare(const PoolMatrix& matrix, const PoolScreen& screen, double feasible) {
  const int n = matrix.columns, m = matrix.rows;
  right_side.assign(static_cast<std::size_t>(m), 0.0);
  least.assign(static_cast<std::size_t>(m), -infinity);
  most.assign(static_cast<std::size_t>(m), infinity);
  point.assign(static_cast<std::size_t>(n), 0.0);
  for (auto* list : {&lower, &upper, &lower_rows, &upper_rows}) list->clear();
  for (int v = 0; v < n + m; ++v) {
    if (basis.side[v] == Side::basic) continue;
    const bool at_upper = basis.side[v] == Side::upper;
    if (screen.varies(v, at_upper)) {
      (at_upper ? upper : lower).push_back(v);
      continue;
    }
    const double at = screen.side(v, at_upper);
    if (v < n) point[v] = at;
    if (at != 0.0) matrix.add_column(v, -at, right_side.data());
  }
  for (int r = 0; r < m; ++r) {
    const int v = basis.head[r];
    if (screen.varies(v, false)) lower_rows.push_back(r);
    else least[r] = allowed(screen.side(v, false), -feasible);
    if (screen.varies(v, true)) upper_rows.push_back(r);
    else most[r] = allowed(screen.side(v, true), feasible);
  }
}

PoolBounds bounds_of(const Batch& batch, std::int64_t b) {
  return {batch.lb.of(b), batch.ub.of(b), batch.l.of(b), batch.u.of(b)};
}

void BasisTrial::run(const KeptBasis& kept, const Batch& batch, const std::int64_t* problems, int count,
                     RawSolution& out, bool* held) {
  const int width = count > 4 ? 8 : count > 2 ? 4 : count;
  Sides sides{};
  for (int t = 0; t < width; ++t) {  // places without a problem repeat the last one
    const PoolBounds bounds = bounds_of(batch, problems[std::min(t, count - 1)]);
    sides.x_lower[t] = bounds.x_lower, sides.x_upper[t] = bounds.x_upper;
    sides.z_lower[t] = bounds.z_lower, sides.z_upper[t] = bounds.z_upper;
  }
  double outside[block];
  right_sides(a_, kept, sides, width, value_.data());
  kept.basis.factor.solve_block(value_.data(), width);
  find_outside(kept, a_.columns, feasible_, sides, width, value_.data(), outside);
  for (int t = 0; t < count; ++t) {
    held[t] = outside[t] == 0.0;
    if (held[t]) write(kept, bounds_of(batch, problems[t]), width, value_.data() + t, problems[t], out);
  }
}

void BasisTrial::write(const KeptBasis& kept, const PoolBounds& bounds, int width, const double* value, std::int64_t b,
                       RawSolution& out) const {
  const int n = a_.columns, m = a_.rows;
  double* x = out.x.data() + b * n;
  std::copy_n(kept.point.data(), n, x);
  for (const int v : kept.lower)
    if (v < n) x[v] = bounds.x_lower[v];
  for (const int v : kept.upper)
    if (v < n) x[v] = bounds.x_upper[v];
  for (int r = 0; r < m; ++r)
    if (const int v = kept.basis.head[r]; v < n)
      x[v] = std::clamp(value[static_cast<std::ptrdiff_t>(r) * width], bounds.x_lower[v], bounds.x_upper[v]);
  std::copy_n(kept.basis.d.data() + n, m, out.y.data() + b * m);
}

}  // namespace wattstein::kernels
