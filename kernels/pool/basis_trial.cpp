#include "kernels/pool/basis_trial.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/backend/clones.hpp"

namespace wattstein::kernels {

namespace {

constexpr int block = BasisTrial::block;

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

// outside[t]: whether a basic value of problem t lies outside its sides
template <int W>
inline __attribute__((always_inline)) void compare(const std::vector<int>& head, int n, double feasible,
                                                   const Sides& sides, const double* value, double* outside) {
  double any[W] = {};
  for (std::size_t r = 0; r < head.size(); ++r) {
    const int v = head[r];
    double lower[W], upper[W];
    for (int t = 0; t < W; ++t) {
      lower[t] = v < n ? sides.x_lower[t][v] : sides.z_lower[t][v - n];
      upper[t] = v < n ? sides.x_upper[t][v] : sides.z_upper[t][v - n];
    }
    const double* x = value + r * W;
    for (int t = 0; t < W; ++t) {
      const bool inside = x[t] >= lower[t] - feasible * (1.0 + std::fabs(lower[t])) &&
                          x[t] <= upper[t] + feasible * (1.0 + std::fabs(upper[t]));
      any[t] = inside ? any[t] : 1.0;
    }
  }
  for (int t = 0; t < W; ++t) outside[t] = any[t];
}

template <int W>
inline __attribute__((always_inline)) void value_sides(const PoolMatrix& a, const KeptBasis& kept, const Sides& sides,
                                                       double* value) {
  std::fill_n(value, static_cast<std::size_t>(a.rows) * W, 0.0);
  subtract<W>(a, kept.lower, sides.x_lower, sides.z_lower, value);
  subtract<W>(a, kept.upper, sides.x_upper, sides.z_upper, value);
}

// width: 1, 2, 4 or 8 problems
WATTSTEIN_CLONES void right_sides(const PoolMatrix& a, const KeptBasis& kept, const Sides& sides, int width,
                                  double* value) {
  if (width == 8) value_sides<8>(a, kept, sides, value);
  else if (width == 4) value_sides<4>(a, kept, sides, value);
  else if (width == 2) value_sides<2>(a, kept, sides, value);
  else value_sides<1>(a, kept, sides, value);
}
WATTSTEIN_CLONES void find_outside(const std::vector<int>& head, int n, double feasible, const Sides& sides, int width,
                                   const double* value, double* outside) {
  if (width == 8) compare<8>(head, n, feasible, sides, value, outside);
  else if (width == 4) compare<4>(head, n, feasible, sides, value, outside);
  else if (width == 2) compare<2>(head, n, feasible, sides, value, outside);
  else compare<1>(head, n, feasible, sides, value, outside);
}

}  // namespace

KeptBasis::KeptBasis(Basis kept, std::int64_t now) : basis(std::move(kept)), used(now) {
  for (std::size_t v = 0; v < basis.side.size(); ++v) {
    if (basis.side[v] == Side::lower) lower.push_back(static_cast<int>(v));
    if (basis.side[v] == Side::upper) upper.push_back(static_cast<int>(v));
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
  find_outside(kept.basis.head, a_.columns, feasible_, sides, width, value_.data(), outside);
  for (int t = 0; t < count; ++t) {
    held[t] = outside[t] == 0.0;
    if (held[t]) write(kept, bounds_of(batch, problems[t]), width, value_.data() + t, problems[t], out);
  }
}

void BasisTrial::write(const KeptBasis& kept, const PoolBounds& bounds, int width, const double* value, std::int64_t b,
                       RawSolution& out) const {
  const int n = a_.columns, m = a_.rows;
  double* x = out.x.data() + b * n;
  for (const int v : kept.lower)
    if (v < n) x[v] = bounds.x_lower[v];
  for (const int v : kept.upper)
    if (v < n) x[v] = bounds.x_upper[v];
  for (int r = 0; r < m; ++r)
    if (const int v = kept.basis.head[r]; v < n)
      x[v] = std::clamp(value[r * width], bounds.x_lower[v], bounds.x_upper[v]);
  std::copy_n(kept.basis.d.data() + n, m, out.y.data() + b * m);
}

}  // namespace wattstein::kernels
