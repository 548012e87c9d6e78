#pragma once
// Backward/forward sweep on a tree, one pack of scenarios.
//
// Node k has the injected current I_k = conj(S_k / V_k), shunt admittance Y_k (charging of its edges included) and one
// edge to its parent p, written so that the direction of its transformer does not matter:
//
//     backward   J_k = I_k - Y_k V_k + Σ_{children c} conj(β_c) J_c       current into the edge
//     forward    V_k = β_k V_p + γ_k J_k
//
// with (β, γ) = (1/a, z) for an edge p → k and (a, |a|² z) for k → p. The new voltages carry exactly the currents J, so
// the mismatch that is left is  ΔS_k = S_k - V_k conj(I_k + Y_k (V_k - V_k,old)),  without differences over short
// edges. 1/|V|² is refined from its last value by one Newton step (r ← r (2 - |V|² r)); a division helps where it
// jumped.

#include "kernels/backend/pack.hpp"
#include "kernels/powerflow/sweep_view.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Real, class Memory>
struct SweepBody {
  const SweepView& v;
  SweepWorkspace at;
  Memory m;

  WATTSTEIN_HD SweepBody(const SweepView& view, Memory memory) : v(view), at(view), m(memory) {}

  /// One backward and one forward pass. Returns the largest |ΔP|, |ΔQ|; `finite` is false where one is not a number.
  template <bool Shunts, bool Ratios>
  WATTSTEIN_HD Real pass(typename LanesOf<Real>::Mask& finite) const {
    const int n = v.nodes;
    for (int k = n - 1; k > 0; --k) {
      const int p = v.parent[k];
      if (p == 0) continue;  // the reference takes what comes
      Real j_re = m.get(at.j_re + k), j_im = m.get(at.j_im + k);
      if (Ratios) {
        const Real b_re(v.beta[2 * k]), b_im(v.beta[2 * k + 1]);
        const Real turned_re = fma(b_re, j_re, b_im * j_im), turned_im = fma(b_re, j_im, -(b_im * j_re));
        j_re = turned_re;
        j_im = turned_im;
      }
      m.set(at.j_re + p, m.get(at.j_re + p) + j_re);
      m.set(at.j_im + p, m.get(at.j_im + p) + j_im);
    }
    Real worst(0.0), sum(0.0);
    for (int k = 1; k < n; ++k) {
      const int p = v.parent[k];
      const Real j_re = m.get(at.j_re + k), j_im = m.get(at.j_im + k);
      const Real g_re(v.gamma[2 * k]), g_im(v.gamma[2 * k + 1]);
      Real e = m.get(at.re + p), f = m.get(at.im + p);
      if (Ratios) {
        const Real b_re(v.beta[2 * k]), b_im(v.beta[2 * k + 1]);
        const Real turned_re = fma(b_re, e, -(b_im * f)), turned_im = fma(b_re, f, b_im * e);
        e = turned_re;
        f = turned_im;
      }
      e += fma(g_re, j_re, -(g_im * j_im));
      f += fma(g_re, j_im, g_im * j_re);

      // ΔS = S - V conj(I + Y (V - V_old))
      const Real s_re = m.get(at.p + k), s_im = m.get(at.q + k);
      Real c_re = m.get(at.i_re + k), c_im = m.get(at.i_im + k);
      const Real y_re(Shunts ? v.shunt[2 * k] : 0.0), y_im(Shunts ? v.shunt[2 * k + 1] : 0.0);
      if (Shunts) {
        const Real d_re = e - m.get(at.re + k), d_im = f - m.get(at.im + k);
        c_re += fma(y_re, d_re, -(y_im * d_im));
        c_im += fma(y_re, d_im, y_im * d_re);
      }
      const Real dp = abs(s_re - fma(e, c_re, f * c_im)), dq = abs(s_im - fma(f, c_re, -(e * c_im)));
      const Real larger = max(dp, dq);
      worst = max(worst, larger);
      sum += dp + dq;

      // I = conj(S) V / |V|²
      const Real square = fma(e, e, f * f);
      Real inverse = m.get(at.inverse + k);
      const Real lack = fma(-square, inverse, Real(1.0));
      const auto far = abs(lack) > Real(0.125);
      inverse = fma(inverse, lack, inverse);
      if (any(far)) inverse = select(far, Real(1.0) / square, inverse);
      const Real u_re = e * inverse, u_im = f * inverse;
      c_re = fma(s_re, u_re, s_im * u_im);
      c_im = fma(s_re, u_im, -(s_im * u_re));
      m.set(at.re + k, e);
      m.set(at.im + k, f);
      m.set(at.inverse + k, inverse);
      m.set(at.i_re + k, c_re);
      m.set(at.i_im + k, c_im);
      if (Shunts) {
        c_re -= fma(y_re, e, -(y_im * f));
        c_im -= fma(y_re, f, y_im * e);
      }
      m.set(at.j_re + k, c_re);
      m.set(at.j_im + k, c_im);
    }
    finite = sum < Real(1e300);
    return worst;
  }

  WATTSTEIN_HD Real step(typename LanesOf<Real>::Mask& finite) const {
    if (v.ratios) return pass<true, true>(finite);
    return v.shunts ? pass<true, false>(finite) : pass<false, false>(finite);
  }
};

/// Start of scenario with injections p, q (given by node) in lane `lane` of `lanes`: plain numbers, done once a
/// scenario.
WATTSTEIN_HD void start_sweep(const SweepView& v, double* base, std::int64_t lanes, std::int64_t lane, const double* p,
                              const double* q) {
  const SweepWorkspace at(v);
  for (int k = 0; k < v.nodes; ++k) {
    const double e = v.start[2 * k], f = v.start[2 * k + 1], inverse = v.start_inverse[k];
    const double s_re = k == 0 || p == nullptr ? 0.0 : p[v.order[k]],
                 s_im = k == 0 || q == nullptr ? 0.0 : q[v.order[k]];
    const double u_re = e * inverse, u_im = f * inverse;
    const double c_re = s_re * u_re + s_im * u_im, c_im = s_re * u_im - s_im * u_re;
    const double y_re = v.shunt[2 * k], y_im = v.shunt[2 * k + 1];
    const auto put = [&](int array, double value) { base[(array + k) * lanes + lane] = value; };
    put(at.re, e);
    put(at.im, f);
    put(at.p, s_re);
    put(at.q, s_im);
    put(at.inverse, inverse);
    put(at.i_re, c_re);
    put(at.i_im, c_im);
    put(at.j_re, c_re - (y_re * e - y_im * f));
    put(at.j_im, c_im - (y_re * f + y_im * e));
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
