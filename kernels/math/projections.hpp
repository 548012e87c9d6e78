#pragma once
// Euclidean projections onto the sets of the canonical form. Real is one problem or a Pack of them.

#include "kernels/backend/pack.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Π_[lo, hi](v). lo may be -inf, hi +inf.
template <class Real>
WATTSTEIN_HD Real project_interval(Real v, Real lo, Real hi) {
  return min(max(v, lo), hi);
}

/// The projection of (t, z) onto ‖z‖₂ ≤ t, given ‖z‖₂²: t becomes `head`, z is multiplied by `factor`.
///   ‖z‖ ≤ t: unchanged;  ‖z‖ ≤ -t: 0;  otherwise (t + ‖z‖)/2 · (1, z/‖z‖).
template <class Real>
WATTSTEIN_HD void second_order_factor(Real t, Real squares, Real& head, Real& factor) {
  const Real norm = sqrt(squares);
  const Real half = Real(0.5) * (t + norm);
  const auto inside = norm <= t;
  const auto polar = norm <= -t;
  // Outside both cones norm > 0; the select keeps 0/0 away from the other lanes.
  const Real safe = select(norm > Real(0.0), norm, Real(1.0));
  factor = select(inside, Real(1.0), select(polar, Real(0.0), half / safe));
  head = select(inside, t, select(polar, Real(0.0), half));
}

/// Projects (t, z), z of size - 1 entries, onto ‖z‖₂ ≤ t.
template <class Real>
WATTSTEIN_HD void project_second_order(Real* v, int size) {
  Real squares = Real(0.0);
  for (int i = 1; i < size; ++i) squares += v[i] * v[i];
  Real factor;
  second_order_factor(v[0], squares, v[0], factor);
  for (int i = 1; i < size; ++i) v[i] = v[i] * factor;
}

/// Projects (s, t, z) onto ‖z‖₂² ≤ 2 s t, s, t ≥ 0, by the rotation a = (s + t)/√2, b = (s - t)/√2 onto ‖(b, z)‖ ≤ a.
template <class Real>
WATTSTEIN_HD void project_rotated(Real* v, int size) {
  const Real r = Real(0.70710678118654752440);
  const Real s = v[0], t = v[1];
  v[0] = r * (s + t);
  v[1] = r * (s - t);
  project_second_order(v, size);
  const Real a = v[0], b = v[1];
  v[0] = r * (a + b);
  v[1] = r * (a - b);
}

/// Both cones are their own duals. kind 0: second-order, 1: rotated (ConeKind).
template <class Real>
WATTSTEIN_HD void project_cone(int kind, Real* v, int size) {
  if (kind == 0) project_second_order(v, size);
  else project_rotated(v, size);
}

/// Largest violation of v ∈ K: ‖z‖ - t, and for the rotated cone ‖(b, z)‖ - a over √2, the distance in the largest
/// of its two leading entries; 0 inside.
template <class Real>
WATTSTEIN_HD Real cone_violation(int kind, const Real* v, int size) {
  const Real r = Real(0.70710678118654752440);
  const Real head = kind == 0 ? v[0] : r * (v[0] + v[1]);
  Real squares = Real(0.0);
  if (kind != 0) {
    const Real b = r * (v[0] - v[1]);
    squares = b * b;
  }
  for (int i = kind == 0 ? 1 : 2; i < size; ++i) squares += v[i] * v[i];
  return max(sqrt(squares) - head, Real(0.0));
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
