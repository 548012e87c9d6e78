#pragma once
// The frame of a second-order cone's scaling: orthonormal directions in which W is diagonal. With v = (cosh θ, sinh θ
// ẑ)
//   a = (1, ẑ)/√2,  b = (1, −ẑ)/√2,  and what is orthogonal to both:   W = η Q diag(e^θ, e^−θ, 1, …, 1) Qᵀ,
// so W² has every digit of its smallest and of its largest eigenvalue, which no sum of rank-one terms keeps once
// e^4θ nears the inverse of the rounding. Q = (Householder: first tail direction → ±ẑ) · (turn by 45° of head and ẑ).
// One cone per lane; `step`: distance between the entries of u, a multiple of what Vec counts.

#include "kernels/math/cones.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Real>
struct ScalingFrame {
  Real inverse_norm;  // 1/‖v_1‖
  Real sign;          // σ: the reflection I − 2hhᵀ/hᵀh, h = ẑ − σe_1, takes ẑ to σe_1
  Real factor;        // 2/hᵀh = 1/(1 + |ẑ_1|)
  Real grow, shrink;  // e^θ, e^−θ
};

template <class Real, class Vec>
WATTSTEIN_HD_CALL ScalingFrame<Real> scaling_frame(Vec v, int q) {
  const Real one(1.0), zero(0.0);
  ScalingFrame<Real> f;
  const Real norm = soc_tail_norm<Real>(v, q);
  const auto any = norm > Real(1e-150);  // otherwise W = ηI: any directions will do, those of h = −e_1
  f.inverse_norm = select(any, one / max(norm, Real(1e-150)), zero);
  const Real first = q > 1 ? v[1] * f.inverse_norm : zero;
  f.sign = select(first > zero, -one, one);
  f.factor = select(any, one / (one + abs(first)), Real(2.0));
  f.grow = v[0] + norm;
  f.shrink = one / f.grow;
  return f;
}

// u_1 ← (I − 2hhᵀ/hᵀh) u_1
template <class Real, class Vec>
WATTSTEIN_HD void frame_reflect(const ScalingFrame<Real>& f, Vec v, int q, Vec u, int step) {
  Real dot(0.0);
  for (int i = 1; i < q; ++i) dot = fma(v[i], u[i * step], dot);
  const Real scale = f.factor * fma(dot, f.inverse_norm, -(f.sign * u[step]));
  const Real along = scale * f.inverse_norm;
  u[step] = fma(scale, f.sign, u[step]);
  for (int i = 1; i < q; ++i) u[i * step] = fma(-along, v[i], u[i * step]);
}

/// u ← Qᵀu: the parts along a, along b, along the rest.
template <class Real, class Vec>
WATTSTEIN_HD_CALL void frame_into(const ScalingFrame<Real>& f, Vec v, int q, Vec u, int step) {
  if (q < 2) return;
  frame_reflect(f, v, q, u, step);
  const Real half = Real(0.70710678118654752440), head = u[0], tail = f.sign * u[step];
  u[0] = half * (head + tail);
  u[step] = half * (head - tail);
}

/// u ← Q u.
template <class Real, class Vec>
WATTSTEIN_HD_CALL void frame_back(const ScalingFrame<Real>& f, Vec v, int q, Vec u, int step) {
  if (q < 2) return;
  const Real half = Real(0.70710678118654752440), first = u[0], second = u[step];
  u[0] = half * (first + second);
  u[step] = f.sign * (half * (first - second));
  frame_reflect(f, v, q, u, step);
}

/// Diagonal of W/η in the frame.
template <class Real>
WATTSTEIN_HD Real frame_scale(const ScalingFrame<Real>& f, int q, int i) {
  return q < 2 || i > 1 ? Real(1.0) : i == 0 ? f.grow : f.shrink;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
