#pragma once
// The careful start: two least-squares problems on one factorisation, then shifts into the interior (Mehrotra's start,
// with boxes). Costs a factorisation of its own, so it is kept for single problems of unknown origin and for those that
// the plain start does not lead to an end.
//
//   primal:  min ½‖x − x̄‖² + ½‖z − z̄‖² + ½‖s‖²   s.t.  Ax = z,  Gx + g = s      (bounded x only; x̄, z̄ by the loader)
//   dual:    min ½‖ζ‖² + ½‖y‖² + ½‖w‖²           s.t.  Px + q − Aᵀy − Gᵀw = ζ   (y of inequality rows only)
//
// Both have the KKT matrix of the iteration with Θ = Σ = W = I and P = 0.

#include "kernels/ipm/ipm_start.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

// The start: share of a box kept free, least distance from a side, least multiplier.
inline constexpr double ipm_careful_margin = 0.2, ipm_careful_primal = 1.0, ipm_careful_dual = 1e-2;

template <class Space, class Values>
struct IpmLeastSquares {
  using Body = IpmBody<Space, Values>;
  using Real = typename Space::Real;
  using Mask = typename Body::Mask;

  /// Slacks and multipliers with Θ = Σ = W = I, whatever the point: the state that the two problems are solved in.
  WATTSTEIN_HD static void unit_box(double lower, double upper, double& centre, double& sl, double& su, double& zl,
                                    double& zu) {
    const bool has_lower = lower > -IpmNumbers<double>::finite, has_upper = upper < IpmNumbers<double>::finite;
    zl = zu = 0.0;
    sl = su = IpmNumbers<double>::infinite_slack;
    centre = 0.0;
    if (lower == upper) {
      sl = IpmNumbers<double>::fixed_slack;
      centre = lower;
    } else if (has_lower && has_upper) {
      sl = su = 0.5 * (upper - lower);
      zl = zu = 0.5 * sl;
      centre = lower + sl;
    } else if (has_lower) {
      sl = zl = 1.0;
      centre = lower + 1.0;
    } else if (has_upper) {
      su = zu = 1.0;
      centre = upper - 1.0;
    }
  }

  /// Brings a loaded lane into that state; x and z become the centres.
  WATTSTEIN_HD_CALL static void prepare(Body& b, int lane) {
    const IpmView& f = b.f;
    double centre, sl, su, zl, zu;
    for (int j = 0; j < f.n; ++j) {
      unit_box(pick(b.lb, j, lane), pick(b.ub, j, lane), centre, sl, su, zl, zu);
      put(b.x, j, lane, centre + 0.0), put(b.sl, j, lane, sl), put(b.su, j, lane, su);
      put(b.zl, j, lane, zl), put(b.zu, j, lane, zu);
    }
    for (int i = 0; i < f.m; ++i) {
      unit_box(pick(b.l, i, lane), pick(b.u, i, lane), centre, sl, su, zl, zu);
      put(b.z, i, lane, centre + 0.0), put(b.rsl, i, lane, sl), put(b.rsu, i, lane, su);
      put(b.yl, i, lane, zl), put(b.yu, i, lane, zu);
    }
    for (int c = 0; c < f.cones; ++c)
      for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i) {
        put(b.s, i, lane, i == f.cone_start[c] ? 1.0 : 0.0);
        put(b.w, i, lane, i == f.cone_start[c] ? 1.0 : 0.0);
      }
  }

  /// From the prepared state to an interior start, for the lanes in `starting`; the others keep theirs.
  WATTSTEIN_HD_CALL static void run(Body& b, Mask starting) {
    const IpmView& f = b.f;
    const Real zero(0.0), kept_scale = b.cost_scale;
    b.cost_scale = select(starting, zero, b.cost_scale);
    b.factor(Real(IpmNumbers<double>::shift));
    for (int j = 0; j < f.n; ++j) {
      const Real weight = select(b.sl[j] > Real(IpmNumbers<double>::fixed_mark), Real(IpmNumbers<double>::fixed_weight),
                                 fma(b.zl[j], b.il[j], b.zu[j] * b.iu[j]));
      b.rhs[f.place[j]] = weight * b.x[j];
    }
    for (int i = 0; i < f.m; ++i) b.rhs[f.place[f.n + i]] = b.z[i];
    b.clear_auxiliary();
    for (int c = 0; c < f.cones; ++c) {
      for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i) b.c1[i] = b.g[i], b.c2[i] = zero;
      b.put_cone_rhs(c);
    }
    b.solve(starting, 3);
    for (int j = 0; j < f.n; ++j) b.tl[j] = b.rhs[f.place[j]];
    // z = z̄ + v, where v is what the system gives for a row.
    for (int i = 0; i < f.m; ++i)
      b.rtl[i] = b.z[i] + select(b.rsl[i] > Real(IpmNumbers<double>::fixed_mark), zero, b.rhs[f.place[f.n + i]]);
    for (int i = 0; i < f.k; ++i) {
      Real gx = b.g[i];
      for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) gx = fma(b.a[f.g_base + p], b.tl[f.g_index[p]], gx);
      b.ct[i] = gx;
    }
    for (int j = 0; j < f.n; ++j) b.tu[j] = b.q[j];
    for (int j = 0; j < f.n; ++j)
      for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
        const int i = f.p_index[p];
        const Real value = kept_scale * b.a[f.p_base + p];
        b.tu[j] = fma(value, b.tl[i], b.tu[j]);
        if (i != j) b.tu[i] = fma(value, b.tl[j], b.tu[i]);
      }
    for (int j = 0; j < f.n; ++j) b.rhs[f.place[j]] = -b.tu[j];
    for (int i = 0; i < f.m; ++i) b.rhs[f.place[f.n + i]] = zero;
    b.clear_auxiliary();
    b.solve(starting, 3);
    finish(b, starting);
    b.cost_scale = kept_scale;
  }

 private:
  // Shifts that make every slack and multiplier safely positive.
  WATTSTEIN_HD_CALL static void finish(Body& b, Mask starting) {
    const IpmView& f = b.f;
    const Real zero(0.0), one(1.0), half(0.5);
    Real violation(0.0), dual_sum(0.0);  // of the raw point; of its multipliers
    for (int j = 0; j < f.n; ++j) {
      violation = max(max(b.lb[j] - b.tl[j], b.tl[j] - b.ub[j]), violation);
      const Mask boxed = (b.sl[j] < Real(IpmNumbers<double>::finite)) || (b.su[j] < Real(IpmNumbers<double>::finite));
      dual_sum = dual_sum + select(boxed, abs(b.rhs[f.place[j]]), zero);
    }
    for (int i = 0; i < f.m; ++i) {
      const Mask boxed = (b.rsl[i] < Real(IpmNumbers<double>::finite)) || (b.rsu[i] < Real(IpmNumbers<double>::finite));
      violation = max(select(boxed, max(b.l[i] - b.rtl[i], b.rtl[i] - b.u[i]), zero), violation);
      dual_sum = dual_sum + select(boxed, abs(b.rhs[f.place[f.n + i]]), zero);
    }
    const Real primal_shift = max(violation, Real(ipm_careful_primal));
    const Real dual_shift = max(dual_sum / max(b.degree, one), Real(ipm_careful_dual));
    const auto settle = [&](Real point, Real lower, Real upper, Real multiplier, Real& at, Real& sl, Real& su, Real& zl,
                            Real& zu) {
      const Mask has_lower = sl < Real(IpmNumbers<double>::finite),
                 has_upper = su<Real(IpmNumbers<double>::finite), fixed = sl> Real(IpmNumbers<double>::fixed_mark);
      const Real gap =
          select(has_lower && has_upper, min(Real(ipm_careful_margin) * (upper - lower), primal_shift), primal_shift);
      point = select(has_lower, max(point, lower + gap), point);
      point = select(has_upper, min(point, upper - gap), point);
      at = select(starting && !fixed, point, at);
      sl = select(starting && has_lower, point - lower, sl);
      su = select(starting && has_upper, upper - point, su);
      zl = select(starting, select(has_lower, max(multiplier, zero) + dual_shift, zero), zl);
      zu = select(starting, select(has_upper, max(-multiplier, zero) + dual_shift, zero), zu);
    };
    for (int j = 0; j < f.n; ++j)
      settle(b.tl[j], b.lb[j], b.ub[j], -b.rhs[f.place[j]], b.x[j], b.sl[j], b.su[j], b.zl[j], b.zu[j]);
    for (int i = 0; i < f.m; ++i) {
      const Real y = -b.rhs[f.place[f.n + i]];
      const Mask equality = b.rsl[i] > Real(IpmNumbers<double>::fixed_mark);
      settle(b.rtl[i], b.l[i], b.u[i], y, b.z[i], b.rsl[i], b.rsu[i], b.yl[i], b.yu[i]);
      b.yl[i] = select(starting && equality, y, b.yl[i]);
    }
    for (int c = 0; c < f.cones; ++c) {
      const int first = f.cone_start[c], q = f.cone_start[c + 1] - first;
      for (int i = first; i < first + q; ++i) {
        Real w(0.0);
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p)
          w = fma(-b.a[f.g_base + p], b.rhs[f.place[f.g_index[p]]], w);
        b.c1[i] = w;
        b.s[i] = select(starting, b.ct[i], b.s[i]);
        b.w[i] = select(starting, w, b.w[i]);
      }
      const Real ns = soc_tail_norm<Real>(b.ct + first, q), nw = soc_tail_norm<Real>(b.c1 + first, q);
      const Real least_s = ns + max(half * ns, primal_shift), least_w = nw + max(half * nw, dual_shift);
      b.s[first] = select(starting, max(b.ct[first], least_s), b.s[first]);
      b.w[first] = select(starting, max(b.c1[first], least_w), b.w[first]);
    }
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
