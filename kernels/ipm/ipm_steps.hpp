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
    const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
    if (f.cone_row[c] >= 0) {
      put_cone_rhs(c, lambda);  // λ\(λ∘λ)
      continue;
    }
    soc_apply_inverse_square(v + first, inverse_eta[c], rg + first, q_, back + first);
    put_block_rhs(c, w);  // W⁻¹λ
  }
}

// With t = 0 every box has σ Δζ + ζ Δσ = −σζ: of its share of the four sums in
//   Σ (σ + α Δσ)(ζ + β Δζ) = s0 + α s1 + β s2 + αβ s3
// the third is −(s0 + s1), and s0 is the product of the iterate.
template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::corrector_rhs() {
  const Real zero(0.0), one(1.0);
  Real s1(0.0), s3(0.0);
  // Of Δσ/σ: least and largest, lower sides (rising with x) and upper ones (falling).
  Real least_l(0.0), most_l(0.0), least_u(0.0), most_u(0.0);
  const auto affine = [&](Real dx, Real il_, Real iu_, Real zl_, Real zu_) {
    const Real hl = dx * il_, hu = dx * iu_;
    least_l = min(hl, least_l), most_l = max(hl, most_l);
    least_u = min(hu, least_u), most_u = max(hu, most_u);
    s1 = fma(dx, zl_ - zu_, s1);
    s3 = fma(dx, -fma(zl_, hl, zl_) - fma(zu_, hu, -zu_), s3);
  };
  for (int j = 0; j < f.n; ++j) {
    const BoxKind kind = variable_kind(j);
    if (kind == BoxKind::fixed) continue;
    Real dx = rhs[f.place[j]];
    if (kind == BoxKind::mixed) dx = select(sl[j] > Real(Numbers::fixed_mark), zero, dx);
    affine(dx, il[j], iu[j], zl[j], zu[j]);
  }
  for (int i = 0; i < f.m; ++i) {
    const BoxKind kind = row_kind(i);
    if (kind == BoxKind::fixed) continue;
    const Real dy = -rhs[f.place[f.n + i]];
    Real dz = -(rho[i] * (yl[i] - yu[i] + dy)), wl = yl[i];
    if (kind == BoxKind::mixed) {
      const Mask equality = rsl[i] > Real(Numbers::fixed_mark);
      dz = select(equality, zero, dz);
      wl = select(equality, zero, wl);
    }
    affine(dz, ril[i], riu[i], wl, yu[i]);
    rtl[i] = dz;  // kept for the second pass
  }
  Real rp_max = max(-least_l, most_u), rd_max = max(one + most_l, one - least_u);
  Real s0 = product, s2 = -(product + s1);
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    cone_direction(c, lambda);
    // Theirs are summed: W⁻¹Δs + WΔw is −λ only as far as the system has been solved, and sᵀw may cancel where λᵀλ
    // does not.
    for (int i = first; i < last; ++i) {
      s0 = fma(lambda[i], lambda[i], s0);
      s1 = fma(c2[i], lambda[i], s1);
      s2 = fma(c1[i], lambda[i], s2);
      s3 = fma(c1[i], c2[i], s3);
    }
    rp_max = max(soc_inverse_step<Real>(lambda + first, inverse_root[c], turn[c], c2 + first, q_), rp_max);
    rd_max = max(soc_inverse_step<Real>(lambda + first, inverse_root[c], turn[c], c1 + first, q_), rd_max);
  }
  Real ap = one / max(rp_max, one), ad = one / max(rd_max, one);
  if (!f.separate_steps) ap = ad = min(ap, ad);
  const Real scale = one / max(degree, one);
  const Real after = fma(ap * ad, s3, fma(ap, s1, fma(ad, s2, s0))) * scale;
  const Real ratio = max(after, zero) / max(s0 * scale, Real(Numbers::tiny));
  const Real sigma = min(ratio * ratio * ratio, one);
  sigma_mu = max(sigma * (s0 * scale), least_mu);

  // t = (σμ − Δσ Δζ)/σ
  const auto targets = [](Real dx, Real il_, Real iu_, Real zl_, Real zu_, Real aim_l, Real aim_u, Real& to_l,
                          Real& to_u) {
    const Real hl = dx * il_, hu = dx * iu_;
    to_l = fma(dx, fma(zl_, hl, zl_), aim_l) * il_;
    to_u = fma(dx, fma(zu_, hu, -zu_), aim_u) * iu_;
  };
  for (int j = 0; j < f.n; ++j) {
    const int at = f.place[j];
    const BoxKind kind = variable_kind(j);
    if (kind == BoxKind::fixed) {
      rhs[at] = -d[j];
      continue;
    }
    Real dx = rhs[at], aim_l = sigma_mu, aim_u = sigma_mu, to_l, to_u;
    if (kind == BoxKind::mixed) {
      dx = select(sl[j] > Real(Numbers::fixed_mark), zero, dx);
      aim_l = select(sl[j] < Real(Numbers::finite), sigma_mu, zero);
      aim_u = select(su[j] < Real(Numbers::finite), sigma_mu, zero);
    }
    targets(dx, il[j], iu[j], zl[j], zu[j], aim_l, aim_u, to_l, to_u);
    tl[j] = to_l;
    tu[j] = to_u;
    rhs[at] = (to_l - to_u) - d[j];
  }
  for (int i = 0; i < f.m; ++i) {
    const int at = f.place[f.n + i];
    const BoxKind kind = row_kind(i);
    if (kind == BoxKind::fixed) {
      rhs[at] = -rp[i];
      continue;
    }
    Real wl = yl[i], aim_l = sigma_mu, aim_u = sigma_mu, to_l, to_u;
    if (kind == BoxKind::mixed) {
      wl = select(rsl[i] > Real(Numbers::fixed_mark), zero, wl);
      aim_l = select(rsl[i] < Real(Numbers::finite), sigma_mu, zero);
      aim_u = select(rsu[i] < Real(Numbers::finite), sigma_mu, zero);
    }
    targets(rtl[i], ril[i], riu[i], wl, yu[i], aim_l, aim_u, to_l, to_u);
    rtl[i] = to_l;
    rtu[i] = to_u;
    rhs[at] = fma(rho[i], (to_l - to_u) - (yl[i] - yu[i]), -rp[i]);
  }
  clear_auxiliary();
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    // λ\d_s = λ + λ\(c1∘c2 − σμ e), with a∘b = (aᵀb, a_0 b_1 + b_0 a_1)
    const Real a0 = c1[first], b0 = c2[first];
    Real dot = a0 * b0;
    for (int i = first + 1; i < last; ++i) {
      dot = fma(c1[i], c2[i], dot);
      ct[i] = fma(a0, c2[i], b0 * c1[i]);
    }
    ct[first] = dot - sigma_mu;
    soc_divide<Real>(lambda + first, inverse_root[c], ct + first, q_, ct + first);
    for (int i = first; i < last; ++i) ct[i] = ct[i] + lambda[i];
    if (f.cone_row[c] >= 0) {
      put_cone_rhs(c, ct);
      continue;
    }
    soc_apply_inverse(v + first, inverse_eta[c], share[c], ct + first, q_, c1 + first);
    put_block_rhs(c, c1);
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL auto IpmBody<Space, Values>::step(Mask moving, double fraction) -> Real {
  const Real zero(0.0), one(1.0);
  Real check(0.0), least_l(0.0), most_u(0.0);
  // Largest −Δζ/ζ by cross-multiplication: a division each would cost more than all the rest of the pass.
  Real worst_l(0.0), over_l(1.0), worst_u(0.0), over_u(1.0);
  const auto compare = [](Real candidate, Real over, Real& worst, Real& worst_over) {
    const Mask larger = candidate * worst_over > worst * over;
    worst = select(larger, candidate, worst);
    worst_over = select(larger, over, worst_over);
  };
  for (int j = 0; j < f.n; ++j) {
    const BoxKind kind = variable_kind(j);
    const int at = f.place[j];
    if (kind == BoxKind::fixed) {
      rhs[at] = zero;  // the cones read it
      continue;
    }
    Real dx = rhs[at];
    if (kind == BoxKind::mixed) {
      dx = select(sl[j] > Real(Numbers::fixed_mark), zero, dx);
      rhs[at] = dx;
    }
    const Real hl = dx * il[j], hu = dx * iu[j], wl = zl[j], wu = zu[j];
    least_l = min(hl, least_l);
    most_u = max(hu, most_u);
    // tl, tu become Δζ
    const Real dl = fma(-wl, hl, tl[j] - wl), du = fma(wu, hu, tu[j] - wu);
    tl[j] = dl;
    tu[j] = du;
    compare(-dl, wl, worst_l, over_l);
    compare(-du, wu, worst_u, over_u);
    check = fma(dx, zero, check);
  }
  for (int i = 0; i < f.m; ++i) {
    const BoxKind kind = row_kind(i);
    const int at = f.place[f.n + i];
    const Real dy = -rhs[at];
    check = fma(dy, zero, check);
    if (kind == BoxKind::fixed) {
      rtl[i] = dy;
      continue;
    }
    const Real wl = yl[i], wu = yu[i];
    Real dz = rho[i] * ((rtl[i] - rtu[i]) - (wl - wu) - dy);
    if (kind == BoxKind::mixed) dz = select(rsl[i] > Real(Numbers::fixed_mark), zero, dz);
    const Real hl = dz * ril[i], hu = dz * riu[i];
    least_l = min(hl, least_l);
    most_u = max(hu, most_u);
    const Real dyl = fma(-wl, hl, rtl[i] - wl), dyu = fma(wu, hu, rtu[i] - wu);
    if (kind == BoxKind::mixed) {
      const Mask equality = rsl[i] > Real(Numbers::fixed_mark);
      compare(select(equality, zero, -dyl), select(equality, one, wl), worst_l, over_l);
      rtl[i] = select(equality, dy, dyl);
    } else {
      compare(-dyl, wl, worst_l, over_l);
      rtl[i] = dyl;
    }
    compare(-dyu, wu, worst_u, over_u);
    rtu[i] = dyu;
    rhs[at] = dz;
  }
  Real rp_max = max(-least_l, most_u), rd_max = max(worst_l / over_l, worst_u / over_u);
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    cone_direction(c, ct);
    for (int i = first; i < last; ++i) check = fma(c2[i], zero, check);
    rp_max = max(soc_inverse_step<Real>(lambda + first, inverse_root[c], turn[c], c2 + first, q_), rp_max);
    rd_max = max(soc_inverse_step<Real>(lambda + first, inverse_root[c], turn[c], c1 + first, q_), rd_max);
    if (f.cone_row[c] >= 0) {
      expanded_direction(c);
      continue;
    }
    for (int i = first; i < last; ++i) c2[i] = ct[i];                                    // Δs
    soc_apply_inverse(v + first, inverse_eta[c], share[c], c1 + first, q_, c1 + first);  // Δw
  }
  const Real keep = Real(fraction);
  Real ap = min(keep / max(rp_max, Real(Numbers::least_step)), one),
       ad = min(keep / max(rd_max, Real(Numbers::least_step)), one);
  if (!f.separate_steps) ap = ad = min(ap, ad);
  const Mask good = moving && (check == zero);
  ap = select(good, ap, zero);
  ad = select(good, ad, zero);
  // A direction that is not finite must not touch its lane; where all are, nothing needs choosing.
  const bool clean = all(good || idle);
  const auto moved = [&](Real h) { return clean ? h : select(good, h, zero); };
  const auto added = [&](Real length, Real change, Real value) {
    const Real sum = fma(length, change, value);
    return clean ? sum : select(good, sum, value);
  };
  for (int j = 0; j < f.n; ++j) {
    if (variable_kind(j) == BoxKind::fixed) continue;
    const Real h = moved(ap * rhs[f.place[j]]);
    x[j] = x[j] + h;
    sl[j] = sl[j] + h;
    su[j] = su[j] - h;
    zl[j] = added(ad, tl[j], zl[j]);
    zu[j] = added(ad, tu[j], zu[j]);
  }
  for (int i = 0; i < f.m; ++i) {
    yl[i] = added(ad, rtl[i], yl[i]);
    if (row_kind(i) == BoxKind::fixed) continue;
    const Real h = moved(ap * rhs[f.place[f.n + i]]);
    z[i] = z[i] + h;
    rsl[i] = rsl[i] + h;
    rsu[i] = rsu[i] - h;
    yu[i] = added(ad, rtu[i], yu[i]);
  }
  for (int i = 0; i < f.k; ++i) {
    s[i] = added(ap, c2[i], s[i]);
    w[i] = added(ad, c1[i], w[i]);
  }
  if (careful()) keep_inside();
  return select(good, min(ap, ad), zero);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
