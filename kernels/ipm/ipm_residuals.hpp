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
  const bool quadratic = f.p_start[n] > 0, mixed = f.p_changing_count > 0;
  if (mixed) {
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
  const bool ray_wanted = wants_ray, split_wanted = wants_split;
  Real primal(0.0), primal_scale(0.0), dual_objective(0.0), slip(0.0), split(0.0), dual_split(0.0), ray(0.0),
      ray_size(0.0), sum(0.0), cone_sum(0.0);
  for (int i = 0; i < m; ++i) {
    const BoxKind kind = row_kind(i);
    const Real y = kind == BoxKind::fixed ? yl[i] : yl[i] - yu[i];
    Real ax(0.0);
    for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) {
      const int j = f.a_index[p];
      const Real value = a[p];
      ax = fma(value, x[j], ax);
      d[j] = fma(-value, y, d[j]);
    }
    const Real r = ax - z[i], unit = a[f.row_base + i];
    rp[i] = r;
    Real far = abs(r) * unit, size = abs(ax) * unit, term;
    slip = slip + abs(y * r);
    if (kind == BoxKind::fixed) {
      term = y * l[i];
    } else {
      term = select(y > zero, y * l[i], select(y < zero, y * u[i], zero));
      Real wl = yl[i];
      if (kind == BoxKind::mixed) {
        const Mask equality = rsl[i] > Real(Numbers::fixed_mark);
        const Mask finite = (rsl[i] < Real(Numbers::finite)) || (rsu[i] < Real(Numbers::finite)) || equality;
        far = select(finite, far, zero);
        size = select(finite, size, zero);
        wl = select(equality, zero, wl);
      }
      sum = sum + fma(rsl[i], wl, rsu[i] * yu[i]);
    }
    primal = max(far, primal);
    primal_scale = max(size, primal_scale);
    dual_objective = dual_objective + term;
    if (ray_wanted) ray_size = ray_size + abs(term);
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
      const Real rounding = Real(Numbers::rounding) * (abs(gx) + abs(g[i]) + abs(s[i]));
      rg[i] = select(abs(r) <= rounding, zero, r);
      primal_scale = max(max(abs(gx), abs(g[i])) * unit, primal_scale);
      const Real term = wi * g[i];
      dual_objective = dual_objective - term;
      split = split - term;
      ray = ray - term;
      ray_size = ray_size + abs(term);
      cone_sum = fma(s[i], wi, cone_sum);
    }
    primal = max(sqrt(square) * unit, primal);
  }
  Real dual(0.0), dual_scale(dual_unit_cost), cost(0.0), ray_residual(0.0);
  // The side of x_j that takes up a multiplier v (0: infinite), and whether it is finite.
  const auto side = [&](int j, Real v, Real& bound) {
    const Mask lower_finite = lb[j] > Real(-Numbers::finite),
               upper_finite = ub[j]<Real(Numbers::finite), positive = v> zero;
    bound = select(positive, select(lower_finite, lb[j], zero), select(upper_finite, ub[j], zero));
    return (positive && lower_finite) || (!positive && upper_finite);
  };
  for (int j = 0; j < n; ++j) {
    // e: what the rows and cones ask of x_j; d: reduced cost.
    const Real e = d[j], xj = x[j], qj = q[j];
    Real dj = e;
    const Real unit = a[f.column_base + j];
    if (quadratic) {
      Real pj = zero;
      if (mixed) {
        pj = px[j];
      } else if (f.p_diagonal[j] >= 0) {
        const Real value = cost_scale * a[f.p_base + f.p_diagonal[j]];
        pj = value * xj;
        xpx = xpx + pj * xj;
      }
      dj = e + pj;
      d[j] = dj;
      dual_scale = max(max(abs(pj), abs(dj - qj)) * unit, dual_scale);
    } else {
      dual_scale = max(abs(dj - qj) * unit, dual_scale);
    }
    cost = fma(qj, xj, cost);
    const BoxKind kind = variable_kind(j);
    if (kind == BoxKind::both) {
      dual_objective = fma(dj, select(dj > zero, lb[j], ub[j]), dual_objective);
      sum = sum + (sl[j] * zl[j] + su[j] * zu[j]);
    } else if (kind == BoxKind::fixed) {
      dual_objective = fma(dj, lb[j], dual_objective);
    } else {
      Real bound;
      const Mask absorbed = side(j, dj, bound);
      dual = max(select(absorbed, zero, abs(dj) * unit), dual);
      slip = slip + select(absorbed, zero, abs(dj * xj));
      dual_objective = fma(dj, bound, dual_objective);
      sum = sum + select(sl[j] > Real(Numbers::fixed_mark), zero, sl[j] * zl[j] + su[j] * zu[j]);
    }
    if (ray_wanted) {
      const Real minus = e - qj;
      Real bound;
      const Mask absorbed = side(j, minus, bound);
      ray_residual = max(select(absorbed, zero, abs(minus) * unit), ray_residual);
      const Real term = minus * bound;
      ray = ray + term;
      ray_size = ray_size + abs(term);
    }
    if (split_wanted) {
      const Mask fixed = sl[j] > Real(Numbers::fixed_mark);
      split = split + select(fixed, dj * lb[j], fma(zl[j], lb[j], -(zu[j] * ub[j])));
      dual_split = max(select(fixed, zero, abs((dj - zl[j]) + zu[j]) * unit), dual_split);
    }
  }
  product = sum;
  mu = (sum + cone_sum) / max(degree, one);
  const Real half = Real(0.5) * xpx;
  out.primal = primal;
  out.primal_scale = primal_scale;
  out.dual = dual * inverse_cost;
  out.dual_scale = dual_scale * inverse_cost;
  out.objective = (cost + half) * inverse_cost + constant_cost;
  out.excess = ((dual_objective - half) - (cost + half)) * inverse_cost;
  out.gap = abs(out.excess);
  out.dual_split = split_wanted ? dual_split * inverse_cost : Real(Numbers::huge);
  out.gap_split = abs((cost + half) - (split - half)) * inverse_cost;
  out.slip = slip * inverse_cost;
  out.mu = mu;
  out.ray = ray_wanted ? ray : zero;
  out.ray_size = ray_size;
  out.ray_residual = ray_residual;
  out.slope = cost;
  return out;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
