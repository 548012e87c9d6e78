#pragma once
// An independent, naive judge of a point on the unscaled data (canonical form): nothing of the solvers' code is used.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::bench {

struct Judgement {
  double objective = 0.0;
  double primal = 0.0, primal_scale = 0.0;  // ℓ∞ residual and its largest term
  double dual = 0.0, dual_scale = 0.0;
  double gap = 0.0;  // |primal objective - dual objective|
  /// Largest of the three relative to tolerance·(1 + scale); ≤ 1: within the tolerance.
  double excess(double tolerance) const;
};

using kernels::Batch;
using kernels::infinity;

inline double Judgement::excess(double tolerance) const {
  const double worst = std::max({primal / (tolerance * (1.0 + primal_scale)), dual / (tolerance * (1.0 + dual_scale)),
                                 gap / (tolerance * (2.0 + std::abs(objective)))});
  return std::isnan(primal + dual + gap + objective) ? infinity : worst;
}

/// Judges (x, y, w) of problem b: x (n), y (m), w (k).
inline Judgement judge(const Batch& batch, std::int64_t b, const double* x, const double* y, const double* w) {
  const int n = batch.variables, m = batch.rows, k = batch.cone_rows();
  const auto numbers = [b](const kernels::Matrix& matrix) {
    std::vector<double> values(static_cast<std::size_t>(matrix.pattern.nonzeros()));
    matrix.values_of(b, values.data());
    return values;
  };
  const std::vector<double> a = numbers(batch.A), p = numbers(batch.P), g = numbers(batch.G);
  Judgement out;
  std::vector<double> ax(m, 0.0), gx(k, 0.0), px(n, 0.0), slope(n, 0.0);
  const auto multiply = [&](const kernels::CsrPattern& pattern, const std::vector<double>& values,
                            std::vector<double>& image, const double* multiplier) {
    for (int i = 0; i < pattern.rows; ++i)
      for (int e = pattern.indptr[i]; e < pattern.indptr[i + 1]; ++e) {
        image[i] += values[e] * x[pattern.indices[e]];
        slope[pattern.indices[e]] += values[e] * multiplier[i];
      }
  };
  multiply(batch.A.pattern, a, ax, y);
  multiply(batch.G.pattern, g, gx, w);
  for (int i = 0; i < n; ++i)
    for (int e = batch.P.pattern.indptr[i]; e < batch.P.pattern.indptr[i + 1]; ++e) {
      const int j = batch.P.pattern.indices[e];
      px[i] += p[e] * x[j];
      if (j != i) px[j] += p[e] * x[i];
    }

  double dual_objective = batch.r.of(b)[0];
  out.objective = batch.r.of(b)[0];
  for (int i = 0; i < m; ++i) {
    const double l = batch.l.of(b)[i], u = batch.u.of(b)[i];
    out.primal = std::max({out.primal, l - ax[i], ax[i] - u});
    out.primal_scale = std::max(out.primal_scale, std::abs(ax[i]));
    if (y[i] > 0.0) dual_objective += y[i] * l;
    if (y[i] < 0.0) dual_objective += y[i] * u;
  }
  int at = 0;
  for (const kernels::Cone& cone : batch.cones) {
    std::vector<double> v(cone.size), z(cone.size);
    for (int i = 0; i < cone.size; ++i) {
      v[i] = gx[at + i] + batch.g.of(b)[at + i];
      z[i] = w[at + i];
      dual_objective -= z[i] * batch.g.of(b)[at + i];
      out.primal_scale = std::max({out.primal_scale, std::abs(gx[at + i]), std::abs(batch.g.of(b)[at + i])});
    }
    const auto violation = [&](std::vector<double>& point) {
      if (cone.kind == kernels::ConeKind::rotated) {
        const double s = point[0], t = point[1];
        point[0] = (s + t) / std::sqrt(2.0);
        point[1] = (s - t) / std::sqrt(2.0);
      }
      double norm = 0.0;
      for (int i = 1; i < cone.size; ++i) norm = std::hypot(norm, point[i]);
      return norm - point[0];
    };
    out.primal = std::max(out.primal, violation(v));
    out.dual = std::max(out.dual, violation(z));
    at += cone.size;
  }
  for (int j = 0; j < n; ++j) {
    const double lb = batch.lb.of(b)[j], ub = batch.ub.of(b)[j], q = batch.q.of(b)[j];
    const double d = px[j] + q - slope[j];
    out.primal = std::max({out.primal, lb - x[j], x[j] - ub});
    const double bound = d > 0.0 ? lb : ub;
    if (std::isfinite(bound)) dual_objective += d == 0.0 ? 0.0 : d * bound;
    else out.dual = std::max(out.dual, std::abs(d));
    out.dual_scale = std::max({out.dual_scale, std::abs(px[j]), std::abs(q), std::abs(slope[j])});
    out.objective += (q + 0.5 * px[j]) * x[j];
    dual_objective -= 0.5 * px[j] * x[j];
  }
  out.gap = std::abs(out.objective - dual_objective);
  return out;
}

}  // namespace wattstein::bench
