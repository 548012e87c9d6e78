#pragma once
// Certificate of dual infeasibility in the iterate of one lane.

#include "kernels/ipm/ipm_start.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Component j of the recession direction hidden in a diverging x: zero where a finite bound forbids its sign.
template <class Body>
WATTSTEIN_HD double ray_component(const Body& body, int lane, int j) {
  const double lower = pick(body.lb, j, lane), upper = pick(body.ub, j, lane), value = pick(body.x, j, lane);
  const bool has_lower = lower > -IpmNumbers<double>::finite, has_upper = upper < IpmNumbers<double>::finite;
  if ((has_lower && value < 0.0) || (has_upper && value > 0.0)) return 0.0;
  return value;
}

/// True when the x of a lane is, after cleaning, a recession direction that lowers the cost:
/// Ax ≥ 0 where l is finite, ≤ 0 where u is finite, Gx ∈ K, Px = 0, qᵀx < 0, each within 1e-9 of −qᵀx (scaled data).
template <class Body>
WATTSTEIN_HD_CALL bool is_dual_ray(Body& body, int lane) {
  const IpmView& f = body.f;
  double slope = 0.0;
  for (int j = 0; j < f.n; ++j) slope += pick(body.q, j, lane) * ray_component(body, lane, j);
  if (!(slope < 0.0)) return false;
  const double allowed = 1e-9 * -slope;
  for (int i = 0; i < f.m; ++i) {
    double ax = 0.0;
    for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p)
      ax += get_lane(body.a[p], lane) * ray_component(body, lane, f.a_index[p]);
    if (pick(body.l, i, lane) > -IpmNumbers<double>::finite && ax < -allowed) return false;
    if (pick(body.u, i, lane) < IpmNumbers<double>::finite && ax > allowed) return false;
  }
  for (int c = 0; c < f.cones; ++c) {
    double head = 0.0, tail = 0.0;
    for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i) {
      double gx = 0.0;
      for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p)
        gx += get_lane(body.a[f.g_base + p], lane) * ray_component(body, lane, f.g_index[p]);
      if (i == f.cone_start[c]) head = gx + allowed;
      else tail += gx * gx;
    }
    if (!(head >= 0.0 && tail <= head * head)) return false;
  }
  // P positive semidefinite: xᵀPx = 0 means Px = 0; rows of the upper triangle are enough when P is diagonal.
  double curve = 0.0;
  for (int j = 0; j < f.n; ++j) {
    const double xj = ray_component(body, lane, j);
    for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
      const double term = get_lane(body.a[f.p_base + p], lane) * xj * ray_component(body, lane, f.p_index[p]);
      curve += f.p_index[p] == j ? term : 2.0 * term;
    }
  }
  return get_lane(body.cost_scale, lane) * curve <= allowed * allowed;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
