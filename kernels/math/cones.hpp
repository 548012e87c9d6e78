#pragma once
// Second-order cone algebra, one cone per lane. A cone vector is u = (u_0, u_1), u_1 of size q - 1; J = diag(1, -I).
// Nesterov–Todd scaling of (s, w) ∈ int K × int K (w the dual):
//   s̄ = s/√(sᵀJs),  w̄ = w/√(wᵀJw),  γ = √((1 + s̄ᵀw̄)/2),  v = (s̄ + J w̄)/(2γ),  η = (sᵀJs / wᵀJw)^¼
//   W = η [v_0, v_1ᵀ; v_1, I + v_1 v_1ᵀ/(1 + v_0)],  W² = η² (2 v vᵀ − J),  λ = W w = W⁻¹ s.
// Rotated cones become second-order cones by the symmetric orthogonal map (s, t) → ((s + t)/√2, (s − t)/√2).
// Vec is pointer-like with elements Real; `q` is the size of the cone.

#include "kernels/backend/pack.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Real>
struct ConeScaling {
  Real eta;           // η
  Real inverse_eta;   // 1/η
  Real share;         // 1/(1 + v_0)
  Real inverse_root;  // 1/√(λᵀJλ)
  Real turn;          // 1/(√(λᵀJλ) + λ_0) · 1/√(λᵀJλ)
};

template <class Real, class Vec>
WATTSTEIN_HD Real soc_tail_norm(Vec u, int q) {
  Real sum(0.0);
  for (int i = 1; i < q; ++i) sum = fma(u[i], u[i], sum);
  return sqrt(sum);
}

/// uᵀJu = (u_0 − ‖u_1‖)(u_0 + ‖u_1‖), without cancellation.
template <class Real, class Vec>
WATTSTEIN_HD Real soc_determinant(Vec u, int q) {
  const Real tail = soc_tail_norm<Real>(u, q);
  return (u[0] - tail) * (u[0] + tail);
}

/// Writes v (q) and λ (q).
template <class Real, class Vec>
WATTSTEIN_HD_CALL ConeScaling<Real> soc_scaling(Vec s, Vec w, int q, Vec v, Vec lambda) {
  const Real least = Real(least_square<ScalarOf<Real>>), one(1.0);
  const Real rs = sqrt(max(soc_determinant<Real>(s, q), least));
  const Real rw = sqrt(max(soc_determinant<Real>(w, q), least));
  const Real square = rs * rw, inverse = one / square;  // λᵀJλ; one division for all that follow
  const Real is = rw * inverse, iw = rs * inverse, root = sqrt(square);
  const Real s0 = s[0] * is, w0 = w[0] * iw;
  Real dot = s0 * w0;
  for (int i = 1; i < q; ++i) dot = fma(s[i] * is, w[i] * iw, dot);
  const Real gamma = sqrt(max(Real(0.5) * (one + dot), least));
  const Real scale = Real(0.5) / gamma;
  Real tail(0.0);
  for (int i = 1; i < q; ++i) {
    v[i] = scale * (s[i] * is - w[i] * iw);
    tail = fma(v[i], v[i], tail);
  }
  v[0] = sqrt(one + tail);  // vᵀJv = 1 exactly
  ConeScaling<Real> scaling;
  scaling.eta = root * iw;
  scaling.inverse_eta = root * is;
  scaling.share = one / (one + v[0]);
  scaling.inverse_root = root * inverse;
  scaling.turn = scaling.inverse_root / (one + gamma);
  // λ = √(√(sᵀJs) √(wᵀJw)) (γ, ((γ + w̄_0) s̄_1 + (γ + s̄_0) w̄_1)/(s̄_0 + w̄_0 + 2γ)), s̄_0 + w̄_0 = 2γ v_0
  const Real mean = root * (scale * scaling.share);
  const Real fs = (gamma + w0) * mean * is, fw = (gamma + s0) * mean * iw;
  lambda[0] = root * gamma;
  for (int i = 1; i < q; ++i) lambda[i] = fma(fs, s[i], fw * w[i]);
  return scaling;
}

/// out = W u (out may be u); `share` as in ConeScaling.
template <class Real, class Vec>
WATTSTEIN_HD_CALL void soc_apply(Vec v, Real eta, Real share, Vec u, int q, Vec out) {
  Real dot(0.0);
  for (int i = 1; i < q; ++i) dot = fma(v[i], u[i], dot);
  const Real u0 = u[0];
  const Real factor = fma(dot, share, u0);
  out[0] = eta * fma(v[0], u0, dot);
  for (int i = 1; i < q; ++i) out[i] = eta * fma(v[i], factor, u[i]);
}

/// out = W⁻¹ u (out may be u); W⁻¹ = J W J/η².
template <class Real, class Vec>
WATTSTEIN_HD_CALL void soc_apply_inverse(Vec v, Real inverse_eta, Real share, Vec u, int q, Vec out) {
  Real dot(0.0);
  for (int i = 1; i < q; ++i) dot = fma(v[i], u[i], dot);
  const Real u0 = u[0];
  const Real factor = fma(dot, share, -u0);
  out[0] = inverse_eta * fma(v[0], u0, -dot);
  for (int i = 1; i < q; ++i) out[i] = inverse_eta * fma(v[i], factor, u[i]);
}

/// out = W⁻² u = (2 (Jv)(Jv)ᵀ − J) u/η² (out may be u).
template <class Real, class Vec>
WATTSTEIN_HD_CALL void soc_apply_inverse_square(Vec v, Real inverse_eta, Vec u, int q, Vec out) {
  Real dot = v[0] * u[0];
  for (int i = 1; i < q; ++i) dot = fma(-v[i], u[i], dot);
  const Real scale = inverse_eta * inverse_eta, twice = dot + dot;
  out[0] = scale * fma(twice, v[0], -u[0]);
  for (int i = 1; i < q; ++i) out[i] = scale * fma(-twice, v[i], u[i]);
}

/// out = λ \ d: the u with λ ∘ u = d, where a ∘ b = (aᵀb, a_0 b_1 + b_0 a_1) (out may be d).
template <class Real, class Vec>
WATTSTEIN_HD_CALL void soc_divide(Vec lambda, Real inverse_root, Vec d, int q, Vec out) {
  Real dot = lambda[0] * d[0];
  for (int i = 1; i < q; ++i) dot = dot - lambda[i] * d[i];
  const Real u0 = dot * (inverse_root * inverse_root);
  const Real inverse = Real(1.0) / lambda[0];
  out[0] = u0;
  for (int i = 1; i < q; ++i) out[i] = (d[i] - u0 * lambda[i]) * inverse;
}

/// Largest r ≥ 0 such that λ + α d leaves K at α = 1/r (0: never). The hyperbolic rotation that takes λ̄ = λ/√(λᵀJλ) to
/// e takes d to ρ = (λ̄ᵀJd, d_1 − (ρ_0 + d_0)/(1 + λ̄_0) λ̄_1), and e + αρ leaves K at 1/(‖ρ_1‖ − ρ_0).
template <class Real, class Vec>
WATTSTEIN_HD_CALL Real soc_inverse_step(Vec lambda, Real inverse_root, Real turn, Vec d, int q) {
  Real dot = lambda[0] * d[0];
  for (int i = 1; i < q; ++i) dot = fma(-lambda[i], d[i], dot);
  const Real r0 = inverse_root * dot, factor = -((r0 + d[0]) * turn);
  Real square(0.0);
  for (int i = 1; i < q; ++i) {
    const Real r1 = fma(factor, lambda[i], d[i]);
    square = fma(r1, r1, square);
  }
  return max((sqrt(square) - r0) * inverse_root, Real(0.0));
}

/// Coefficients of W² = η² (D + u uᵀ − z zᵀ), W⁻² = (D + Ju (Ju)ᵀ − Jz (Jz)ᵀ)/η², D = diag(d, 1, …, 1), u = (u_0, u_1
/// v_1), z = (0, z_1 v_1), which keeps the KKT matrix sparse for a large cone; d chosen so that D − z zᵀ stays positive
/// definite:
///   a = v_0² + ‖v_1‖²,  d = 1/(2a),  u_0 = √(a − d),  u_1 = 2 v_0/u_0,  z_1 = √(u_1² − 2) = √(2 (1 + d)/(a − d)).
template <class Real>
struct ConeExpansion {
  Real d, u0, u1, z1;
};
template <class Real, class Vec>
WATTSTEIN_HD ConeExpansion<Real> soc_expansion(Vec v) {
  const Real a = fma(Real(2.0) * v[0], v[0], Real(-1.0));
  ConeExpansion<Real> e;
  e.d = Real(0.5) / a;
  e.u0 = sqrt(a - e.d);
  e.u1 = Real(2.0) * v[0] / e.u0;
  e.z1 = sqrt(Real(2.0) * (Real(1.0) + e.d) / (a - e.d));
  return e;
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
