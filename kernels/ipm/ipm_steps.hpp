#pragma once
// Predictor, corrector and step. Included by ipm_body.hpp.

#include "kernels/ipm/ipm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::predictor_rhs() {
  for (int j = 0; j < f.n; ++j) rhs[f.place[j]] = -d[j];
  for (int i = 0; i < f.m; ++i) rhs[f.place[f.n + i]] = -fma(rho[i], yl[i] - yu[i], rp[i]);
  clear_auxiliary();
  for (int c = 0; c < f.cones; ++c) {
    for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i) {
      c1[i] = rg[i];
      c2[i] = lambda[i];  // λ\(λ∘λ)
    }
    put_cone_rhs(c);
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::corrector_rhs() {
  const Real zero(0.0), one(1.0);
  Real rp_max(0.0), rd_max(0.0), s0(0.0), s1(0.0), s2(0.0), s3(0.0);
  for (int j = 0; j < f.n; ++j) {
    const Mask fixed = sl[j] > Real(1e150);
    if (all(fixed)) continue;
    const Real dx = select(fixed, zero, rhs[f.place[j]]);
    const Real hl = dx * il[j], hu = dx * iu[j];
    const Real dzl = -fma(zl[j], hl, zl[j]), dzu = fma(zu[j], hu, -zu[j]);
    rp_max = max(max(-hl, hu), rp_max);
    rd_max = max(max(one + hl, one - hu), rd_max);
    s0 = fma(sl[j], zl[j], fma(su[j], zu[j], s0));
    s1 = fma(dx, zl[j] - zu[j], s1);
    s2 = fma(sl[j], dzl, fma(su[j], dzu, s2));
    s3 = fma(dx, dzl - dzu, s3);
  }
  for (int i = 0; i < f.m; ++i) {
    const Mask equality = rsl[i] > Real(1e150);
    if (all(equality)) continue;
    const Real dy = -rhs[f.place[f.n + i]];
    const Real dz = select(equality, zero, -(rho[i] * (yl[i] - yu[i] + dy)));
    const Real wl = select(equality, zero, yl[i]);
    const Real hl = dz * ril[i], hu = dz * riu[i];
    const Real dyl = -fma(wl, hl, wl), dyu = fma(yu[i], hu, -yu[i]);
    rp_max = max(max(-hl, hu), rp_max);
    rd_max = max(max(one + hl, one - hu), rd_max);
    s0 = fma(rsl[i], wl, fma(rsu[i], yu[i], s0));
    s1 = fma(dz, wl - yu[i], s1);
    s2 = fma(rsl[i], dyl, fma(rsu[i], dyu, s2));
    s3 = fma(dz, dyl - dyu, s3);
    rtl[i] = dz;  // kept for the second pass
  }
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    cone_direction(c, lambda);
    for (int i = first; i < last; ++i) {
      s0 = fma(lambda[i], lambda[i], s0);
      s1 = fma(c2[i], lambda[i], s1);
      s2 = fma(c1[i], lambda[i], s2);
      s3 = fma(c1[i], c2[i], s3);
    }
    rp_max = max(soc_inverse_step<Real>(lambda + first, c2 + first, q_), rp_max);
    rd_max = max(soc_inverse_step<Real>(lambda + first, c1 + first, q_), rd_max);
  }
  Real ap = one / max(rp_max, one), ad = one / max(rd_max, one);
  if (!f.separate_steps) ap = ad = min(ap, ad);
  const Real scale = one / max(degree, one);
  const Real affine = fma(ap * ad, s3, fma(ap, s1, fma(ad, s2, s0))) * scale;
  const Real ratio = max(affine, zero) / max(s0 * scale, Real(1e-300));
  const Real sigma = min(ratio * ratio * ratio, one);
  sigma_mu = max(sigma * (s0 * scale), least_mu);

  for (int j = 0; j < f.n; ++j) {
    const Mask fixed = sl[j] > Real(1e150);
    if (all(fixed)) {
      rhs[f.place[j]] = -d[j];
      continue;
    }
    const Real dx = select(fixed, zero, rhs[f.place[j]]);
    const Real hl = dx * il[j], hu = dx * iu[j];
    const Real dzl = -fma(zl[j], hl, zl[j]), dzu = fma(zu[j], hu, -zu[j]);
    tl[j] = (select(sl[j] < Real(1e50), sigma_mu, zero) - dx * dzl) * il[j];
    tu[j] = fma(dx, dzu, select(su[j] < Real(1e50), sigma_mu, zero)) * iu[j];
    rhs[f.place[j]] = (tl[j] - tu[j]) - d[j];
  }
  for (int i = 0; i < f.m; ++i) {
    const Mask equality = rsl[i] > Real(1e150);
    if (all(equality)) {
      rhs[f.place[f.n + i]] = -rp[i];
      continue;
    }
    const Real dz = rtl[i];
    const Real wl = select(equality, zero, yl[i]);
    const Real hl = dz * ril[i], hu = dz * riu[i];
    const Real dyl = -fma(wl, hl, wl), dyu = fma(yu[i], hu, -yu[i]);
    rtl[i] = (select(rsl[i] < Real(1e50), sigma_mu, zero) - dz * dyl) * ril[i];
    rtu[i] = fma(dz, dyu, select(rsu[i] < Real(1e50), sigma_mu, zero)) * riu[i];
    rhs[f.place[f.n + i]] = fma(rho[i], (rtl[i] - rtu[i]) - (yl[i] - yu[i]), -rp[i]);
  }
  clear_auxiliary();
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    // d_s = λ∘λ + c1∘c2 − σμ e, with a∘b = (aᵀb, a_0 b_1 + b_0 a_1)
    Real dot(0.0);
    for (int i = first; i < last; ++i) dot = fma(lambda[i], lambda[i], fma(c1[i], c2[i], dot));
    ct[first] = dot - sigma_mu;
    const Real l0 = lambda[first] + lambda[first], a0 = c1[first], b0 = c2[first];
    for (int i = first + 1; i < last; ++i) ct[i] = fma(l0, lambda[i], fma(a0, c2[i], b0 * c1[i]));
    soc_divide<Real>(lambda + first, ct + first, q_, ct + first);
    for (int i = first; i < last; ++i) {
      c1[i] = rg[i];
      c2[i] = ct[i];
    }
    put_cone_rhs(c);
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL auto IpmBody<Space, Values>::step(Mask moving, double fraction) -> Real {
  const Real zero(0.0), one(1.0);
  Real rp_max(0.0), rd_max(0.0), check(0.0);
  // Largest −Δζ/ζ by cross-multiplication: a division each would cost more than all the rest of the pass.
  Real worst_l(0.0), over_l(1.0), worst_u(0.0), over_u(1.0);
  const auto compare = [](Real candidate, Real over, Real& worst, Real& worst_over) {
    const Mask larger = candidate * worst_over > worst * over;
    worst = select(larger, candidate, worst);
    worst_over = select(larger, over, worst_over);
  };
  for (int j = 0; j < f.n; ++j) {
    const Mask fixed = sl[j] > Real(1e150);
    if (all(fixed)) continue;
    const int at = f.place[j];
    const Real dx = select(fixed, zero, rhs[at]);
    rhs[at] = dx;
    const Real hl = dx * il[j], hu = dx * iu[j];
    rp_max = max(max(-hl, hu), rp_max);
    // tl, tu become Δζ
    const Real dl = (tl[j] - zl[j]) - zl[j] * hl, du = fma(zu[j], hu, tu[j] - zu[j]);
    tl[j] = dl;
    tu[j] = du;
    compare(-dl, zl[j], worst_l, over_l);
    compare(-du, zu[j], worst_u, over_u);
    check = fma(dx, zero, check);
  }
  for (int i = 0; i < f.m; ++i) {
    const Mask equality = rsl[i] > Real(1e150);
    const int at = f.place[f.n + i];
    const Real dy = -rhs[at];
    check = fma(dy, zero, check);
    if (all(equality)) {
      rtl[i] = dy;
      continue;
    }
    const Real dz = select(equality, zero, rho[i] * ((rtl[i] - rtu[i]) - (yl[i] - yu[i]) - dy));
    const Real hl = dz * ril[i], hu = dz * riu[i];
    rp_max = max(max(-hl, hu), rp_max);
    const Real dyl = (rtl[i] - yl[i]) - yl[i] * hl;
    const Real dyu = fma(yu[i], hu, rtu[i] - yu[i]);
    compare(select(equality, zero, -dyl), select(equality, one, yl[i]), worst_l, over_l);
    compare(-dyu, yu[i], worst_u, over_u);
    rtl[i] = select(equality, dy, dyl);
    rtu[i] = dyu;
    rhs[at] = dz;
  }
  rd_max = max(worst_l / over_l, worst_u / over_u);
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    cone_direction(c, ct);
    for (int i = first; i < last; ++i) check = fma(c2[i], zero, check);
    rp_max = max(soc_inverse_step<Real>(lambda + first, c2 + first, q_), rp_max);
    rd_max = max(soc_inverse_step<Real>(lambda + first, c1 + first, q_), rd_max);
    if (f.cone_row[c] >= 0) {
      expanded_direction(c);
      continue;
    }
    soc_apply(v + first, eta[c], c2 + first, q_, c2 + first);                  // Δs
    soc_apply_inverse(v + first, inverse_eta[c], c1 + first, q_, c1 + first);  // Δw
  }
  const Real keep(fraction);
  Real ap = min(keep / max(rp_max, Real(1e-100)), one), ad = min(keep / max(rd_max, Real(1e-100)), one);
  if (!f.separate_steps) ap = ad = min(ap, ad);
  const Mask good = moving && (check == zero);
  ap = select(good, ap, zero);
  ad = select(good, ad, zero);
  for (int j = 0; j < f.n; ++j) {
    if (all(sl[j] > Real(1e150))) continue;
    const Real h = select(good, ap * rhs[f.place[j]], zero);
    x[j] = x[j] + h;
    sl[j] = sl[j] + h;
    su[j] = su[j] - h;
    zl[j] = select(good, fma(ad, tl[j], zl[j]), zl[j]);
    zu[j] = select(good, fma(ad, tu[j], zu[j]), zu[j]);
  }
  for (int i = 0; i < f.m; ++i) {
    yl[i] = select(good, fma(ad, rtl[i], yl[i]), yl[i]);
    if (all(rsl[i] > Real(1e150))) continue;
    const Real h = select(good, ap * rhs[f.place[f.n + i]], zero);
    z[i] = z[i] + h;
    rsl[i] = rsl[i] + h;
    rsu[i] = rsu[i] - h;
    yu[i] = select(good, fma(ad, rtu[i], yu[i]), yu[i]);
  }
  for (int i = 0; i < f.k; ++i) {
    s[i] = select(good, fma(ap, c2[i], s[i]), s[i]);
    w[i] = select(good, fma(ad, c1[i], w[i]), w[i]);
  }
  if (f.careful) keep_inside();
  return select(good, min(ap, ad), zero);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
