#pragma once
// Multiple centrality correctors (Gondzio, Computational Optimization and Applications 6, 1996): further solves with a
// factor that cost much, for longer steps. Problems without cones. Included by ipm_body.hpp.

#include "kernels/ipm/ipm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

// Products of a trial step are brought into [0.1, 10] of their target; a corrector is kept where the two step lengths
// together grow by a tenth of what the trial adds.
inline constexpr double ipm_trial_step = 0.1, ipm_least_product = 0.1, ipm_most_product = 10.0, ipm_worth = 0.02;

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::lengths(Real& ap, Real& ad, Mask& finite) {
  const Real zero(0.0), one(1.0);
  Real primal(1.0), dual(1.0), check(0.0);
  for (int j = 0; j < f.n; ++j) {
    const Mask fixed = sl[j] > Real(Numbers::fixed_mark);
    if (all(fixed)) continue;
    const Real dx = select(fixed, zero, rhs[f.place[j]]), hl = dx * il[j], hu = dx * iu[j];
    primal = max(max(-hl, hu), primal);
    const Real dl = (tl[j] - zl[j]) - zl[j] * hl, du = fma(zu[j], hu, tu[j] - zu[j]);
    // −Δζ/ζ > dual, without a division where it is not.
    dual = select(-dl > dual * zl[j], -dl / zl[j], dual);
    dual = select(-du > dual * zu[j], -du / zu[j], dual);
    check = fma(dx, zero, check);
  }
  for (int i = 0; i < f.m; ++i) {
    const Mask equality = rsl[i] > Real(Numbers::fixed_mark);
    const Real dy = -rhs[f.place[f.n + i]];
    check = fma(dy, zero, check);
    if (all(equality)) continue;
    const Real dz = select(equality, zero, rho[i] * ((rtl[i] - rtu[i]) - (yl[i] - yu[i]) - dy));
    const Real hl = dz * ril[i], hu = dz * riu[i];
    primal = max(max(-hl, hu), primal);
    const Real dl = select(equality, zero, (rtl[i] - yl[i]) - yl[i] * hl), du = fma(yu[i], hu, rtu[i] - yu[i]);
    const Real over = select(equality, one, yl[i]);
    dual = select(-dl > dual * over, -dl / over, dual);
    dual = select(-du > dual * yu[i], -du / yu[i], dual);
  }
  ap = one / primal;
  ad = one / dual;
  if (!f.separate_steps) ap = ad = min(ap, ad);
  finite = check == zero;
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::centre(Mask moving, Mask refine, int passes) {
  const Real zero(0.0), one(1.0);
  Real ap, ad;
  Mask open;
  lengths(ap, ad, open);
  open = open && moving;
  const Real low = Real(ipm_least_product) * sigma_mu, high = Real(ipm_most_product) * sigma_mu;
  const auto missing = [&](Real slack, Real product) {
    const Real by = select(product < low, low - product, select(product > high, max(high - product, -high), zero));
    return select(slack < Real(Numbers::finite), by, zero);
  };
  for (int pass = 0; pass < f.correctors && any(open); ++pass) {
    const Real tp = min(ap + Real(ipm_trial_step), one), td = min(ad + Real(ipm_trial_step), one);
    for (int j = 0; j < f.n; ++j) {
      const int at = f.place[j];
      kept_rhs[at] = rhs[at];
      kept_tl[j] = tl[j];
      kept_tu[j] = tu[j];
      const Mask fixed = sl[j] > Real(Numbers::fixed_mark);
      if (all(fixed)) {
        rhs[at] = -d[j];
        continue;
      }
      const Real dx = select(fixed, zero, rhs[at]), hl = dx * il[j], hu = dx * iu[j];
      const Real dl = (tl[j] - zl[j]) - zl[j] * hl, du = fma(zu[j], hu, tu[j] - zu[j]);
      tl[j] = fma(missing(sl[j], fma(tp, dx, sl[j]) * fma(td, dl, zl[j])), il[j], tl[j]);
      tu[j] = fma(missing(su[j], fma(-tp, dx, su[j]) * fma(td, du, zu[j])), iu[j], tu[j]);
      rhs[at] = (tl[j] - tu[j]) - d[j];
    }
    for (int i = 0; i < f.m; ++i) {
      const int at = f.place[f.n + i];
      kept_rhs[at] = rhs[at];
      const Mask equality = rsl[i] > Real(Numbers::fixed_mark);
      if (all(equality)) {
        rhs[at] = -rp[i];
        continue;
      }
      kept_rtl[i] = rtl[i];
      kept_rtu[i] = rtu[i];
      const Real dy = -rhs[at];
      const Real dz = select(equality, zero, rho[i] * ((rtl[i] - rtu[i]) - (yl[i] - yu[i]) - dy));
      const Real hl = dz * ril[i], hu = dz * riu[i];
      const Real dl = (rtl[i] - yl[i]) - yl[i] * hl, du = fma(yu[i], hu, rtu[i] - yu[i]);
      rtl[i] = fma(missing(rsl[i], fma(tp, dz, rsl[i]) * fma(td, dl, yl[i])), ril[i], rtl[i]);
      rtu[i] = fma(missing(rsu[i], fma(-tp, dz, rsu[i]) * fma(td, du, yu[i])), riu[i], rtu[i]);
      rhs[at] = fma(rho[i], (rtl[i] - rtu[i]) - (yl[i] - yu[i]), -rp[i]);
    }
    solve(refine, passes);
    Real np, nd;
    Mask finite;
    lengths(np, nd, finite);
    open = open && finite && (np + nd > ap + ad + Real(ipm_worth));
    ap = select(open, np, ap);
    ad = select(open, nd, ad);
    if (all(open)) continue;
    for (int i = 0; i < f.kkt_rows; ++i) rhs[i] = select(open, rhs[i], kept_rhs[i]);
    for (int j = 0; j < f.n; ++j) {
      tl[j] = select(open, tl[j], kept_tl[j]);
      tu[j] = select(open, tu[j], kept_tu[j]);
    }
    for (int i = 0; i < f.m; ++i) {
      if (all(rsl[i] > Real(Numbers::fixed_mark))) continue;
      rtl[i] = select(open, rtl[i], kept_rtl[i]);
      rtu[i] = select(open, rtu[i], kept_rtu[i]);
    }
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
