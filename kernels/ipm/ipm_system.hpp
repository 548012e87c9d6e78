#pragma once
// The linear system of an iteration: factor, solves, refinement. Included by ipm_body.hpp.

#include "kernels/ipm/ipm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::factor(Real shift) {
  const Real one(1.0);
  // δ of the variables is a proximal term: along a face it lets x drift by d/δ a step only, so it falls with μ; where
  // steps then fail it is raised again by `caution`.
  drift = careful() ? Real(0.0)
                    : min(max(Real(1e-4) * mu, Real(Numbers::least_drift)) * caution, Real(Numbers::most_drift));
  for (int j = 0; j < f.n; ++j) {
    const BoxKind kind = variable_kind(j);
    if (kind == BoxKind::fixed) {
      diagonal[f.place[j]] = Real(Numbers::fixed_weight);
      continue;
    }
    const Real both = one / (sl[j] * su[j]);  // one division for the two
    il[j] = su[j] * both;
    iu[j] = sl[j] * both;
    const Real own = careful() ? shift / min(max(one, x[j] * x[j]), Real(ipm_shift_range)) : drift;
    Real theta = fma(zl[j], il[j], fma(zu[j], iu[j], own));
    if (f.p_diagonal[j] >= 0) theta = fma(cost_scale, a[f.p_base + f.p_diagonal[j]], theta);
    if (kind == BoxKind::mixed) theta = select(sl[j] > Real(Numbers::fixed_mark), Real(Numbers::fixed_weight), theta);
    diagonal[f.place[j]] = theta;
  }
  for (int i = 0; i < f.m; ++i) {
    const BoxKind kind = row_kind(i);
    const Real y = yl[i] - yu[i], own = careful() ? shift / min(max(one, y * y), Real(ipm_shift_range)) : shift;
    if (kind == BoxKind::fixed) {
      rho[i] = Real(0.0);
      diagonal[f.place[f.n + i]] = -own;
      continue;
    }
    const Real both = one / (rsl[i] * rsu[i]);
    ril[i] = rsu[i] * both;
    riu[i] = rsl[i] * both;
    const Real sum = fma(yl[i], ril[i], fma(yu[i], riu[i], Real(1.0 / Numbers::fixed_weight)));
    rho[i] = kind == BoxKind::mixed ? select(rsl[i] > Real(Numbers::fixed_mark), Real(0.0), one / sum) : one / sum;
    diagonal[f.place[f.n + i]] = -(rho[i] + own);
  }
  for (int e = 0; e < f.p_changing_count; ++e) changing[e] = cost_scale * a[f.p_base + f.p_changing[e]];
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
    const ConeScaling<Real> scaling = soc_scaling<Real>(s + first, w + first, q_, v + first, lambda + first);
    eta[c] = scaling.eta;
    inverse_eta[c] = scaling.inverse_eta;
    share[c] = scaling.share;
    inverse_root[c] = scaling.inverse_root;
    turn[c] = scaling.turn;
  }
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
    int e = f.cone_changing[c];
    if (f.cone_row[c] < 0) {
      // GᵀW⁻²G = (2 p pᵀ − GᵀJG)/η², p = GᵀJv
      const int from = f.cone_variable_start[c], count = f.cone_variable_start[c + 1] - from;
      for (int i = 0; i < count; ++i) gathered[i] = Real(0.0);
      for (int i = first; i < first + q_; ++i) {
        const Real jv = i == first ? v[i] : -v[i];
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p)
          gathered[f.g_local[p]] = fma(a[f.g_base + p], jv, gathered[f.g_local[p]]);
      }
      const Real scale = inverse_eta[c] * inverse_eta[c];
      int gram = f.gram_base + f.cone_gram[c];
      for (int i = 0; i < count; ++i) {
        const Real twice = gathered[i] + gathered[i];
        for (int j = 0; j < i; ++j) changing[e++] = scale * fma(twice, gathered[j], -a[gram++]);
        const int at = f.place[f.cone_variable[from + i]];
        diagonal[at] = fma(scale, fma(twice, gathered[i], -a[gram++]), diagonal[at]);
      }
    } else if (framed(c)) {
      factor_frame(c);
    } else {
      // Rows of −Δw: [Gᵀ; −W²] with −W² = −η²(D + uuᵀ − zzᵀ) as a Schur complement: pivot −1 with
      // column −η z, pivot +1 with column η u. (W⁻² in their place would not be quasidefinite.)
      const Real eta2 = eta[c] * eta[c];
      const ConeExpansion<Real> x_ = soc_expansion<Real>(v + first);
      for (int i = 0; i < q_; ++i) diagonal[f.place[f.cone_row[c] + i]] = -(i == 0 ? eta2 * x_.d : eta2);
      const Real fz = -(eta[c] * x_.z1), fu = eta[c] * x_.u1;
      for (int i = 1; i < q_; ++i) changing[e++] = fz * v[first + i];
      changing[e++] = eta[c] * x_.u0;
      for (int i = 1; i < q_; ++i) changing[e++] = fu * v[first + i];
      diagonal[f.place[f.cone_extra[c]]] = Real(-1.0);
      diagonal[f.place[f.cone_extra[c] + 1]] = Real(1.0);
    }
  }
  ldl_factor_any<Real>(f.ldl, a, changing, diagonal, lower, pivot, inverse, work, Numbers::shift);
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::put_cone_rhs(int c) {
  const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
  if (framed(c)) {
    put_frame_rhs(c);
    return;
  }
  soc_apply(v + first, eta[c], share[c], c2 + first, q_, c2 + first);
  for (int i = first; i < last; ++i) rhs[f.place[f.cone_row[c] + (i - first)]] = -(c1[i] + c2[i]);
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::expanded_direction(int c) {
  const int first = f.cone_start[c], last = f.cone_start[c + 1];
  for (int i = first; i < last; ++i) {
    Real ds = rg[i];
    for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) ds = fma(a[f.g_base + p], rhs[f.place[f.g_index[p]]], ds);
    c2[i] = ds;
    c1[i] = -rhs[f.place[f.cone_row[c] + (i - first)]];
  }
  if (framed(c)) frame_back(scaling_frame<Real>(v + first, last - first), v + first, last - first, c1 + first, 1);
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::cone_direction(int c, Vec shift) {
  const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
  if (f.cone_row[c] >= 0) {
    expanded_direction(c);
    soc_apply(v + first, eta[c], share[c], c1 + first, q_, c1 + first);
    soc_apply_inverse(v + first, inverse_eta[c], share[c], c2 + first, q_, c2 + first);
    return;
  }
  for (int i = first; i < last; ++i) {
    Real ds = rg[i];
    for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) ds = fma(a[f.g_base + p], rhs[f.place[f.g_index[p]]], ds);
    c1[i] = ds;
  }
  soc_apply_inverse(v + first, inverse_eta[c], share[c], c1 + first, q_, c2 + first);
  for (int i = first; i < last; ++i) {
    const Real ds = c1[i];
    c1[i] = -shift[i] - c2[i];
    ct[i] = ds;
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::solve(Mask refine, int passes) {
  if (!any(refine)) {
    ldl_solve_any<Real>(f.ldl, lower, inverse, rhs, work);
    return;
  }
  for (int i = 0; i < f.kkt_rows; ++i) asked[i] = rhs[i];
  ldl_solve_any<Real>(f.ldl, lower, inverse, rhs, work);
  for (int pass = 0; pass < passes; ++pass) {
    for (int i = 0; i < f.kkt_rows; ++i) found[i] = rhs[i];
    remainder();
    ldl_solve_any<Real>(f.ldl, lower, inverse, rhs, work);
    for (int i = 0; i < f.kkt_rows; ++i) rhs[i] = found[i] + select(refine, rhs[i], Real(0.0));
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::remainder() {
  for (int i = 0; i < f.kkt_rows; ++i) rhs[i] = asked[i];
  for (int j = 0; j < f.n; ++j) {
    const int at = f.place[j];
    const Real theta = select(sl[j] > Real(Numbers::fixed_mark), Real(Numbers::fixed_weight),
                              fma(zl[j], il[j], fma(zu[j], iu[j], drift)));
    const Real xj = found[at];
    Real sum = fma(-theta, xj, rhs[at]);
    for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
      const int i = f.p_index[p], to = f.place[i];
      const Real value = -(cost_scale * a[f.p_base + p]);
      sum = fma(value, found[to], sum);
      if (i != j) rhs[to] = fma(value, xj, rhs[to]);
    }
    rhs[at] = sum;
  }
  for (int i = 0; i < f.m; ++i) {
    const int at = f.place[f.n + i];
    const Real y = found[at];
    Real sum = fma(rho[i], y, rhs[at]);
    for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) {
      const int to = f.place[f.a_index[p]];
      const Real value = -a[p];
      sum = fma(value, found[to], sum);
      rhs[to] = fma(value, y, rhs[to]);
    }
    rhs[at] = sum;
  }
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    if (framed(c)) {
      frame_remainder(c);
      continue;
    }
    if (f.cone_row[c] >= 0) {
      // With u = −Δw: rhs −= Gᵀu, and b_g − GΔx + W²u in the rows of u. What is left there spoils the products of s and
      // w a little; multiplied by W⁻² it would spoil the reduced costs a lot.
      for (int i = first; i < last; ++i) {
        const Real value = found[f.place[f.cone_row[c] + (i - first)]];
        Real sum(0.0);
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) {
          const int at = f.place[f.g_index[p]];
          sum = fma(a[f.g_base + p], found[at], sum);
          rhs[at] = fma(-a[f.g_base + p], value, rhs[at]);
        }
        c1[i] = value;
        c2[i] = sum;
      }
      if (careful()) {
        square_in_frame(c);
      } else {
        soc_apply(v + first, eta[c], share[c], c1 + first, q_, c1 + first);
        soc_apply(v + first, eta[c], share[c], c1 + first, q_, c1 + first);
      }
      for (int i = first; i < last; ++i) {
        const int at = f.place[f.cone_row[c] + (i - first)];
        rhs[at] = rhs[at] + (c1[i] - c2[i]);
      }
      for (int i = 0; i < 2; ++i) rhs[f.place[f.cone_extra[c] + i]] = Real(0.0);
      continue;
    }
    // rhs −= GᵀW⁻²G found
    for (int i = first; i < last; ++i) {
      Real sum(0.0);
      for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p)
        sum = fma(a[f.g_base + p], found[f.place[f.g_index[p]]], sum);
      c1[i] = -sum;
    }
    soc_apply_inverse_square(v + first, inverse_eta[c], c1 + first, q_, c1 + first);
    add_block_rhs(c);
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
