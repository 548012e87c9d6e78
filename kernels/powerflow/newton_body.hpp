#pragma once
// Newton's method in polar coordinates on one pack of scenarios.
//
// With T_ij = V_i conj(Y_ij V_j) = a + jb and S_i = Σ_j T_ij = P + jQ, unknowns dθ and dv/v (relative magnitudes):
//
//     i ≠ j:  ∂P_i/∂θ_j =  b    v ∂P_i/∂v_j = a          i = j:  ∂P/∂θ = -Q + b    v ∂P/∂v = P + a
//             ∂Q_i/∂θ_j = -a    v ∂Q_i/∂v_j = b                  ∂Q/∂θ =  P - a    v ∂Q/∂v = Q + b
//
// and the step V ← V (1 + dv/v) e^{j dθ}. No angle is ever needed, so no sine of one either, but that of the step.

#include "kernels/backend/pack.hpp"
#include "kernels/powerflow/newton_view.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// cos and sin to about 2 ulp for |x| up to 1e5; far beyond that the scenario is lost anyway.
template <class Real>
WATTSTEIN_HD void cosine_sine(Real x, Real& c, Real& s) {
  // x - 2π round(x / 2π), with 2π in two parts; adding 1.5·2^52 rounds to a whole number.
  const Real turns = (x * Real(0.15915494309189533577) + Real(6755399441055744.0)) - Real(6755399441055744.0);
  Real r = fma(-turns, Real(6.283185307179586232), x);
  r = fma(-turns, Real(2.4492935982947064e-16), r);
  // Taylor series at r/8, |r/8| ≤ 0.393, then three times the double angle; 1 - cos is kept instead of cos.
  const Real h = r * Real(0.125), t = h * h;
  Real sine = fma(t, Real(1.0 / 6227020800.0), Real(-1.0 / 39916800.0));
  sine = fma(t, sine, Real(1.0 / 362880.0));
  sine = fma(t, sine, Real(-1.0 / 5040.0));
  sine = fma(t, sine, Real(1.0 / 120.0));
  sine = fma(t, sine, Real(-1.0 / 6.0));
  sine = fma(t * h, sine, h);
  Real lack = fma(t, Real(1.0 / 87178291200.0), Real(-1.0 / 479001600.0));  // 1 - cos
  lack = fma(t, lack, Real(1.0 / 3628800.0));
  lack = fma(t, lack, Real(-1.0 / 40320.0));
  lack = fma(t, lack, Real(1.0 / 720.0));
  lack = fma(t, lack, Real(-1.0 / 24.0));
  lack = fma(t, lack, Real(0.5));
  lack = t * lack;
  for (int doubling = 0; doubling < 3; ++doubling) {
    // sin 2h = 2 sin h cos h,  1 - cos 2h = 2 sin² h
    const Real twice = sine + sine;
    const Real next = twice * sine;
    sine = fma(-twice, lack, twice);
    lack = next;
  }
  c = Real(1.0) - lack;
  s = sine;
}

template <class Real, class Memory>
struct NewtonBody {
  const NewtonView& v;
  NewtonWorkspace at;
  Memory m;

  WATTSTEIN_HD NewtonBody(const NewtonView& view, Memory memory) : v(view), at(view), m(memory) {}

  /// S_i = V_i conj(Σ_j Y_ij V_j) for the eliminated positions. Returns the largest |ΔP|, |ΔQ|; `finite` is false where
  /// one of them is not a number.
  WATTSTEIN_HD Real power_mismatch(typename LanesOf<Real>::Mask& finite) const {
    Real worst(0.0), sum(0.0);
    for (int i = 0; i < v.free; ++i) {
      const Real e = m.get(at.re + i), f = m.get(at.im + i);
      const Real g(v.y_diagonal[2 * i]), b(v.y_diagonal[2 * i + 1]);
      Real current_re = fma(-b, f, g * e), current_im = fma(b, e, g * f);
      for (int k = v.y_start[i]; k < v.y_start[i + 1]; ++k) {
        const int j = v.y_column[k];
        const Real ej = m.get(at.re + j), fj = m.get(at.im + j);
        const Real gij(v.y_value[2 * k]), bij(v.y_value[2 * k + 1]);
        current_re = fma(gij, ej, current_re);
        current_im = fma(gij, fj, current_im);
        current_re = fma(-bij, fj, current_re);
        current_im = fma(bij, ej, current_im);
      }
      const Real power_re = fma(e, current_re, f * current_im), power_im = fma(f, current_re, -(e * current_im));
      m.set(at.power + 2 * i, power_re);
      m.set(at.power + 2 * i + 1, power_im);
      const Real dp = abs(m.get(at.p + i) - power_re);
      worst = max(worst, dp);
      sum += dp;
      if (v.size[i] == 2) {
        const Real dq = abs(m.get(at.q + i) - power_im);
        worst = max(worst, dq);
        sum += dq;
      }
    }
    finite = sum < Real(1e300);  // false for NaN and ∞: max() alone would lose a NaN
    return worst;
  }

  /// Writes row i of the Jacobian into w.
  template <int Size>
  WATTSTEIN_HD void assemble_row(int i) const {
    for (int k = v.fill_start[i]; k < v.fill_start[i + 1]; ++k) m.set(at.w + v.fill[k], Real(0.0));
    const Real e = m.get(at.re + i), f = m.get(at.im + i);
    for (int k = v.y_start[i]; k < v.y_start[i + 1]; ++k) {
      if (v.y_block[k] < 0) continue;
      const int j = v.y_column[k], block = at.w + v.y_block[k];
      const Real ej = m.get(at.re + j), fj = m.get(at.im + j);
      const Real g(v.y_value[2 * k]), b(v.y_value[2 * k + 1]);
      const Real current_re = fma(-b, fj, g * ej), current_im = fma(b, ej, g * fj);
      const Real t_re = fma(e, current_re, f * current_im), t_im = fma(f, current_re, -(e * current_im));
      const int columns = v.size[j];
      m.set(block, t_im);
      if (columns == 2) m.set(block + 1, t_re);
      if (Size == 2) {
        m.set(block + columns, -t_re);
        if (columns == 2) m.set(block + 3, t_im);
      }
    }
    const Real square = fma(e, e, f * f);
    const Real t_re = square * Real(v.y_diagonal[2 * i]), t_im = -(square * Real(v.y_diagonal[2 * i + 1]));
    const Real power_re = m.get(at.power + 2 * i), power_im = m.get(at.power + 2 * i + 1);
    const int block = at.w + v.diagonal_block[i];
    m.set(block, t_im - power_im);
    if (Size == 2) {
      m.set(block + 1, power_re + t_re);
      m.set(block + 2, power_re - t_re);
      m.set(block + 3, power_im + t_im);
    }
  }

  /// Row i of w minus (block i,k) × (row k of U), and the same for the right-hand side. U has a unit diagonal.
  template <int Size, int Width>
  WATTSTEIN_HD const int* eliminate(int k, int block, const int* target, Real& right_0, Real& right_1) const {
    Real l00 = -m.get(block), l01(0.0), l10(0.0), l11(0.0);
    if (Width == 2) l01 = -m.get(block + 1);
    if (Size == 2) l10 = -m.get(block + Width);
    if (Size == 2 && Width == 2) l11 = -m.get(block + 3);
    const Real z0 = m.get(at.z + v.unknown[k]);
    right_0 = fma(l00, z0, right_0);
    if (Size == 2) right_1 = fma(l10, z0, right_1);
    if (Width == 2) {
      const Real z1 = m.get(at.z + v.unknown[k] + 1);
      right_0 = fma(l01, z1, right_0);
      if (Size == 2) right_1 = fma(l11, z1, right_1);
    }
    int u = at.factor + v.right_value[k];
    const int singles = v.right_single[k], all = v.right_start[k + 1] - v.right_start[k];
    for (int j = 0; j < singles; ++j, ++target, u += Width) {
      const int t = at.w + *target;
      const Real u0 = m.get(u);
      Real t0 = fma(l00, u0, m.get(t)), t1(0.0);
      if (Size == 2) t1 = fma(l10, u0, m.get(t + 1));
      if (Width == 2) {
        const Real u1 = m.get(u + 1);
        t0 = fma(l01, u1, t0);
        if (Size == 2) t1 = fma(l11, u1, t1);
      }
      m.set(t, t0);
      if (Size == 2) m.set(t + 1, t1);
    }
    for (int j = singles; j < all; ++j, ++target, u += 2 * Width) {
      const int t = at.w + *target;
      const Real u00 = m.get(u), u01 = m.get(u + 1);
      Real t00 = fma(l00, u00, m.get(t)), t01 = fma(l00, u01, m.get(t + 1)), t10(0.0), t11(0.0);
      if (Size == 2) {
        t10 = fma(l10, u00, m.get(t + 2));
        t11 = fma(l10, u01, m.get(t + 3));
      }
      if (Width == 2) {
        const Real u10 = m.get(u + 2), u11 = m.get(u + 3);
        t00 = fma(l01, u10, t00);
        t01 = fma(l01, u11, t01);
        if (Size == 2) {
          t10 = fma(l11, u10, t10);
          t11 = fma(l11, u11, t11);
        }
      }
      m.set(t, t00);
      m.set(t + 1, t01);
      if (Size == 2) {
        m.set(t + 2, t10);
        m.set(t + 3, t11);
      }
    }
    return target;
  }

  /// Assembles, eliminates and stores row i. `right_0`, `right_1`: its right-hand side.
  template <int Size>
  WATTSTEIN_HD const int* factor_row(int i, const int* target, Real right_0, Real right_1) const {
    assemble_row<Size>(i);
    for (int l = v.left_start[i]; l < v.left_start[i + 1]; ++l) {
      const int k = v.left[l], block = at.w + v.left_block[l];
      target = v.size[k] == 1 ? eliminate<Size, 1>(k, block, target, right_0, right_1)
                              : eliminate<Size, 2>(k, block, target, right_0, right_1);
    }
    // U_i = D⁻¹ (row right of the diagonal), z_i = D⁻¹ right
    const int diagonal = at.w + v.diagonal_block[i];
    int u = at.factor + v.right_value[i];
    if (Size == 1) {
      const Real inverse = Real(1.0) / m.get(diagonal);
      m.set(at.z + v.unknown[i], inverse * right_0);
      for (int r = v.right_start[i]; r < v.right_start[i + 1]; ++r) {
        const int block = at.w + v.right_block[r], columns = v.size[v.right[r]];
        m.set(u++, inverse * m.get(block));
        if (columns == 2) m.set(u++, inverse * m.get(block + 1));
      }
    } else {
      const Real d00 = m.get(diagonal), d01 = m.get(diagonal + 1), d10 = m.get(diagonal + 2), d11 = m.get(diagonal + 3);
      const Real inverse = Real(1.0) / fma(d00, d11, -(d01 * d10));
      const Real i00 = d11 * inverse, i01 = -(d01 * inverse), i10 = -(d10 * inverse), i11 = d00 * inverse;
      m.set(at.z + v.unknown[i], fma(i00, right_0, i01 * right_1));
      m.set(at.z + v.unknown[i] + 1, fma(i10, right_0, i11 * right_1));
      for (int r = v.right_start[i]; r < v.right_start[i + 1]; ++r) {
        const int block = at.w + v.right_block[r];
        if (v.size[v.right[r]] == 1) {
          const Real a = m.get(block), b = m.get(block + 1);
          m.set(u++, fma(i00, a, i01 * b));
          m.set(u++, fma(i10, a, i11 * b));
        } else {
          const Real a = m.get(block), b = m.get(block + 1), c = m.get(block + 2), d = m.get(block + 3);
          m.set(u++, fma(i00, a, i01 * c));
          m.set(u++, fma(i00, b, i01 * d));
          m.set(u++, fma(i10, a, i11 * c));
          m.set(u++, fma(i10, b, i11 * d));
        }
      }
    }
    return target;
  }

  /// Solves J x = right, x in z. `right(i, 0 or 1)` gives the right-hand side of position i.
  template <class Right>
  WATTSTEIN_HD void solve(Right&& right) const {
    const int* target = v.target;
    for (int i = 0; i < v.free; ++i) {
      target = v.size[i] == 1 ? factor_row<1>(i, target, right(i, 0), Real(0.0))
                              : factor_row<2>(i, target, right(i, 0), right(i, 1));
    }
    // x_i = z_i - Σ_{j right of i} U_ij x_j
    for (int i = v.free - 1; i >= 0; --i) {
      const int rows = v.size[i], begin = v.right_start[i], end = v.right_start[i + 1];
      if (begin == end) continue;
      int u = at.factor + v.right_value[i];
      Real x0 = m.get(at.z + v.unknown[i]), x1(0.0);
      if (rows == 2) x1 = m.get(at.z + v.unknown[i] + 1);
      for (int r = begin; r < end; ++r) {
        const int j = v.right[r], columns = v.size[j];
        const Real y0 = -m.get(at.z + v.unknown[j]);
        x0 = fma(m.get(u), y0, x0);
        if (rows == 2) x1 = fma(m.get(u + columns), y0, x1);
        if (columns == 2) {
          const Real y1 = -m.get(at.z + v.unknown[j] + 1);
          x0 = fma(m.get(u + 1), y1, x0);
          if (rows == 2) x1 = fma(m.get(u + 3), y1, x1);
        }
        u += rows * columns;
      }
      m.set(at.z + v.unknown[i], x0);
      if (rows == 2) m.set(at.z + v.unknown[i] + 1, x1);
    }
  }

  /// V ← V (1 + dv/v) e^{j dθ}
  WATTSTEIN_HD void update() const {
    for (int i = 0; i < v.free; ++i) {
      Real c, s;
      cosine_sine(m.get(at.z + v.unknown[i]), c, s);
      if (v.size[i] == 2) {
        const Real grow = Real(1.0) + m.get(at.z + v.unknown[i] + 1);
        c = c * grow;
        s = s * grow;
      }
      const Real e = m.get(at.re + i), f = m.get(at.im + i);
      m.set(at.re + i, fma(e, c, -(f * s)));
      m.set(at.im + i, fma(e, s, f * c));
    }
  }

  /// One Newton step from the power that power_mismatch() left.
  WATTSTEIN_HD void step() const {
    solve([this](int i, int part) {
      return part == 0 ? m.get(at.p + i) - m.get(at.power + 2 * i) : m.get(at.q + i) - m.get(at.power + 2 * i + 1);
    });
    update();
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
