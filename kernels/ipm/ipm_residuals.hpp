#pragma once
// Residuals and figures of the iterate. Included by ipm_body.hpp.

#include "kernels/ipm/ipm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Space, class Values>
WATTSTEIN_HD_CALL auto IpmBody<Space, Values>::residuals() -> IpmMeasure<Real> {
  const int n = f.n, m = f.m;
  const Real zero(0.0), one(1.0);
  IpmMeasure<Real> out;
  for (int j = 0; j < n; ++j) d[j] = q[j];
  Real xpx(0.0);
  const bool quadratic = f.p_start[n] > 0;
  if (quadratic) {
    for (int j = 0; j < n; ++j) px[j] = zero;
    for (int j = 0; j < n; ++j)
      for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
        const int i = f.p_index[p];
        const Real value = cost_scale * a[f.p_base + p];
        px[j] = fma(value, x[i], px[j]);
        const Real term = value * x[i] * x[j];
        if (i != j) {
          px[i] = fma(value, x[j], px[i]);
          xpx = xpx + (term + term);
        } else {
          xpx = xpx + term;
        }
      }
  }
  Real primal(0.0), primal_scale(0.0), dual_objective(0.0), slip(0.0), split(0.0), dual_split(0.0), ray(0.0),
      ray_size(0.0), product(0.0);
  for (int i = 0; i < m; ++i) {
    const Real y = yl[i] - yu[i];
    Real ax(0.0);
    for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) {
      const int j = f.a_index[p];
      const Real value = a[p];
      ax = fma(value, x[j], ax);
      d[j] = fma(-value, y, d[j]);
    }
    const Real r = ax - z[i], unit = a[f.row_base + i];
    rp[i] = r;
    const Mask finite = (rsl[i] < Real(1e50)) || (rsu[i] < Real(1e50)) || (rsl[i] > Real(1e150));
    primal = max(select(finite, abs(r) * unit, zero), primal);
    primal_scale = max(select(finite, abs(ax) * unit, zero), primal_scale);
    slip = slip + abs(y * r);
    const Real term = select(y > zero, y * l[i], select(y < zero, y * u[i], zero));
    dual_objective = dual_objective + term;
    ray_size = ray_size + abs(term);
    product = product + fma(rsl[i], select(rsl[i] < Real(1e50), yl[i], zero), rsu[i] * yu[i]);
  }
  ray = dual_objective;
  split = dual_objective;
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1];
    const Real unit = a[f.cone_base + first];
    Real square(0.0);
    for (int i = first; i < last; ++i) {
      const Real wi = w[i];
      Real gx(0.0);
      for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) {
        const int j = f.g_index[p];
        const Real value = a[f.g_base + p];
        gx = fma(value, x[j], gx);
        d[j] = fma(-value, wi, d[j]);
      }
      const Real r = (gx + g[i]) - s[i];
      square = fma(r, r, square);
      slip = slip + abs(wi * r);
      // What is only rounding must not reach W⁻², which would blow it up into w.
      const Real rounding = Real(1e-15) * (abs(gx) + abs(g[i]) + abs(s[i]));
      rg[i] = select(abs(r) <= rounding, zero, r);
      primal_scale = max(max(abs(gx), abs(g[i])) * unit, primal_scale);
      const Real term = wi * g[i];
      dual_objective = dual_objective - term;
      split = split - term;
      ray = ray - term;
      ray_size = ray_size + abs(term);
      product = fma(s[i], wi, product);
    }
    primal = max(sqrt(square) * unit, primal);
  }
  Real dual(0.0), dual_scale(0.0), cost(0.0), ray_residual(0.0);
  for (int j = 0; j < n; ++j) {
    // e: what the rows and cones ask of x_j; d: reduced cost.
    const Real e = d[j];
    Real dj = e;
    const Real unit = a[f.column_base + j];
    Real minus = e - q[j];
    if (quadratic) {
      dj = e + px[j];
      d[j] = dj;
      dual_scale = max(max(abs(px[j]), abs(dj - q[j])) * unit, dual_scale);
    } else {
      dual_scale = max(abs(minus) * unit, dual_scale);
    }
    dual_scale = max(abs(q[j]) * unit, dual_scale);
    const Mask lower_finite = lb[j] > Real(-1e50), upper_finite = ub[j] < Real(1e50);
    const Mask positive = dj > zero;
    const Real bound = select(positive, select(lower_finite, lb[j], zero), select(upper_finite, ub[j], zero));
    const Mask absorbed = (positive && lower_finite) || (!positive && upper_finite);
    dual = max(select(absorbed, zero, abs(dj) * unit), dual);
    slip = slip + select(absorbed, zero, abs(dj * x[j]));
    dual_objective = fma(dj, bound, dual_objective);
    const Mask positive0 = minus > zero;
    const Real bound0 = select(positive0, select(lower_finite, lb[j], zero), select(upper_finite, ub[j], zero));
    const Mask absorbed0 = (positive0 && lower_finite) || (!positive0 && upper_finite);
    ray_residual = max(select(absorbed0, zero, abs(minus) * unit), ray_residual);
    const Real term0 = minus * bound0;
    ray = ray + term0;
    ray_size = ray_size + abs(term0);
    const Mask fixed = sl[j] > Real(1e150);
    split = split + select(fixed, dj * lb[j], fma(zl[j], lb[j], -(zu[j] * ub[j])));
    dual_split = max(select(fixed, zero, abs((dj - zl[j]) + zu[j]) * unit), dual_split);
    cost = fma(q[j], x[j], cost);
    product = product + (sl[j] * zl[j] + su[j] * zu[j]);
  }
  mu = product / max(degree, one);
  const Real half = Real(0.5) * xpx;
  out.primal = primal;
  out.primal_scale = primal_scale;
  out.dual = dual * inverse_cost;
  out.dual_scale = dual_scale * inverse_cost;
  out.objective = (cost + half) * inverse_cost + constant_cost;
  out.gap = abs((cost + half) - (dual_objective - half)) * inverse_cost;
  out.dual_split = dual_split * inverse_cost;
  out.gap_split = abs((cost + half) - (split - half)) * inverse_cost;
  out.slip = slip * inverse_cost;
  out.mu = mu;
  out.ray = ray;
  out.ray_size = ray_size;
  out.ray_residual = ray_residual;
  out.slope = cost;
  return out;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
