#pragma once
// The cold start of IpmLoader, of all lanes at once.

#include "kernels/ipm/ipm_start.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Space, class Values>
struct IpmRoughStart {
  using Body = IpmBody<Space, Values>;
  using Real = typename Space::Real;
  using Mask = typename Body::Mask;
  using Numbers = typename Body::Numbers;
  using Scalar = ScalarOf<Real>;
  static constexpr int lanes = LanesOf<Real>::value;

  Body& b;
  const IpmProblem* const* problem;  // (lanes)

  void set_kind(int i, const IpmBox<Real>& box) {
    const Mask both = box.both();
    if (all(both)) b.kinds.set_all(i, BoxKind::both);
    else if (all(box.fixed)) b.kinds.set_all(i, BoxKind::fixed);
    else
      for (int t = 0; t < lanes; ++t) b.kinds.set(i, t, get_lane(both, t), get_lane(box.fixed, t));
  }

  /// The point of the box nearest to `wish` that keeps `margin` of it, or `ipm_start_distance` from a single side,
  /// free.
  static void place(const IpmBox<Real>& box, Real lower, Real upper, Real wish, double margin, Real& point,
                    Real& slack_lower, Real& slack_upper) {
    const Real infinite = Real(Numbers::infinite_slack), distance = Real(ipm_start_distance);
    const Real range = upper - lower, least = Real(margin) * range;
    Real slack = max(wish - lower, least);
    slack = select(range - slack < least, range - least, slack);
    const Real above = max(wish - lower, distance), below = max(upper - wish, distance);
    const Mask both = box.lower && box.upper;
    slack_lower = select(both, slack, select(box.lower, above, infinite));
    slack_upper = select(both, range - slack, select(box.upper, below, infinite));
    point = select(box.lower, lower + slack_lower, select(box.upper, upper - slack_upper, wish));
    slack_lower = select(box.fixed, Real(Numbers::fixed_slack), slack_lower);
    slack_upper = select(box.fixed, infinite, slack_upper);
    point = select(box.fixed, lower, point);
    point = select(box.broken, Real(nan_value()), point);
  }

  void run() {
    const IpmView& f = b.f;
    const Real zero(0.0), one(1.0), finite = Real(Numbers::finite);
    Real c(0.0), r(0.0);
    for (int t = 0; t < lanes; ++t) {
      set_lane(c, t, static_cast<Scalar>(problem[t]->cost_scale));
      set_lane(r, t, static_cast<Scalar>(problem[t]->r[0]));
    }
    copy_across(problem, &IpmProblem::q, f.n, b.q), copy_across(problem, &IpmProblem::lb, f.n, b.lb),
        copy_across(problem, &IpmProblem::ub, f.n, b.ub);
    copy_across(problem, &IpmProblem::l, f.m, b.l), copy_across(problem, &IpmProblem::u, f.m, b.u),
        copy_across(problem, &IpmProblem::g, f.k, b.g);
    Real degree = Real(static_cast<double>(f.cones)), product(0.0), unit_cost(0.0);
    for (int j = 0; j < f.n; ++j) {
      const Real inverse = b.a[f.column_base + j];
      Real lower = b.lb[j] * inverse, upper = b.ub[j] * inverse;
      const Real q = b.q[j] * (c * inverse_power(inverse)) + zero;  // no −0: a zero may or may not be added
      const IpmBox<Real> box(lower, upper);
      const Real wish = select(box.lower && box.upper, Real(0.5) * (lower + upper), zero);
      place(box, lower, upper, wish, ipm_start_margin, b.x[j], b.sl[j], b.su[j]);
      set_kind(j, box);
      b.q[j] = q;
      b.lb[j] = lower;
      b.ub[j] = upper;
      b.d[j] = q;
      unit_cost = max(abs(q) * inverse, unit_cost);
      degree = degree + box.degree;
    }
    for (int j = 0; j < f.n; ++j)
      for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
        const int i = f.p_index[p];
        const Real value = c * b.a[f.p_base + p];
        b.d[j] = fma(value, b.x[i], b.d[j]);
        if (i != j) b.d[i] = fma(value, b.x[j], b.d[i]);
      }
    Real dual_sum(0.0), weighted(0.0);
    for (int j = 0; j < f.n; ++j) {
      const Real d = b.d[j], slack = select(d > zero, b.sl[j], b.su[j]);
      const Real size = select(slack < finite, abs(d), zero);
      dual_sum = dual_sum + size;
      weighted = fma(select(slack < finite, slack, zero), size, weighted);
    }
    for (int i = 0; i < f.m; ++i) {
      const Real scale = inverse_power(b.a[f.row_base + i]);
      Real lower = b.l[i] * scale, upper = b.u[i] * scale, ax(0.0);
      for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) ax = fma(b.a[p], b.x[f.a_index[p]], ax);
      const IpmBox<Real> box(lower, upper);
      place(box, lower, upper, ax, ipm_start_row_margin, b.z[i], b.rsl[i], b.rsu[i]);
      set_kind(f.n + i, box);
      b.l[i] = lower;
      b.u[i] = upper;
      b.rp[i] = ax - b.z[i];
      degree = degree + box.degree;
    }
    const Real mean = one / max(degree, one), least_product = Real(ipm_start_dual);
    const Real cone_dual = max(dual_sum * mean, least_product);
    const Real target = max(Real(ipm_start_share) * weighted * mean, least_product);
    for (int k = 0; k < f.cones; ++k) {
      const int first = f.cone_start[k], last = f.cone_start[k + 1];
      Real tail(0.0);
      for (int i = first; i < last; ++i) {
        const Real g = b.g[i] * inverse_power(b.a[f.cone_base + i]);
        Real gx = g;
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) gx = fma(b.a[f.g_base + p], b.x[f.g_index[p]], gx);
        b.g[i] = g;
        b.s[i] = gx;
        b.rg[i] = zero;
        b.w[i] = zero;
        if (i > first) tail = fma(gx, gx, tail);
      }
      const Real norm = sqrt(tail), head = b.s[first];
      const Real least = norm + max(Real(0.5) * norm, Real(ipm_start_cone_distance));
      b.s[first] = max(head, least);
      b.rg[first] = head - b.s[first];
      b.w[first] = cone_dual;
      for (int p = f.g_start[first]; p < f.g_start[first + 1]; ++p) {
        const int j = f.g_index[p];
        b.d[j] = fma(-b.a[f.g_base + p], cone_dual, b.d[j]);
      }
    }
    for (int j = 0; j < f.n; ++j) {
      const Real d = b.d[j], lower = b.sl[j], upper = b.su[j];
      const Real zl = select(lower < finite, max(d, zero) + target / lower, zero);
      const Real zu = select(upper < finite, max(-d, zero) + target / upper, zero);
      b.zl[j] = zl;
      b.zu[j] = zu;
      product = product + (select(lower < finite, lower * zl, zero) + select(upper < finite, upper * zu, zero));
    }
    for (int i = 0; i < f.m; ++i) {
      const Real lower = b.rsl[i], upper = b.rsu[i];
      const Real yl = select(lower < finite, target / lower, zero), yu = select(upper < finite, target / upper, zero);
      product = product + (select(lower < finite, lower * yl, zero) + select(upper < finite, upper * yu, zero));
      b.yl[i] = yl;
      b.yu[i] = yu;
      const Real y = yl - yu;
      if (b.row_kind(i) != BoxKind::fixed)
        for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) {
          const int j = f.a_index[p];
          b.d[j] = fma(-b.a[p], y, b.d[j]);
        }
    }
    b.product = product;
    b.dual_unit_cost = unit_cost;
    b.degree = degree;
    b.cost_scale = c;
    b.inverse_cost = one / c;
    b.constant_cost = r;
    b.least_mu = zero;
    b.mu = one;
    b.caution = Real(ipm_no_drift);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
