#pragma once
// From lanes of single precision to lanes of double: the iterates of rough iterations (ipm_rough.hpp).

#include "kernels/ipm/ipm_start.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// For each lane of Real the lane of a register of single precision that it takes.
template <class Real>
struct LaneMap;
template <>
struct LaneMap<double> {
  void set(int, int) {}
  double operator()(float from) const { return static_cast<double>(from); }
};
template <int W>
struct LaneMap<Pack<double, W>> {
  using Lanes = typename Pack<double, W>::Simd;
  alignas(64) int index[2 * W] = {};
  void set(int lane, int from) { index[lane] = from; }
  Pack<double, W> operator()(const Pack<float, 2 * W>& from) const {
#if defined(__AVX512F__)
    if constexpr (W == 8) {
      const __m512 moved = _mm512_maskz_permutexvar_ps(0xffff, _mm512_load_si512(index), static_cast<__m512>(from.v));
      return Pack<double, W>(Lanes(_mm512_maskz_cvtps_pd(0xff, _mm512_castps512_ps256(moved))));
    }
#endif
#if defined(__AVX2__)
    if constexpr (W == 4) {
      const __m256i places = _mm256_load_si256(reinterpret_cast<const __m256i*>(index));
      const __m256 moved = _mm256_permutevar8x32_ps(static_cast<__m256>(from.v), places);
      return Pack<double, W>(Lanes(_mm256_cvtps_pd(_mm256_castps256_ps128(moved))));
    }
#endif
    Pack<double, W> out(0.0);
    for (int lane = 0; lane < W; ++lane) set_lane(out, lane, static_cast<double>(get_lane(from, index[lane])));
    return out;
  }
};

/// Exact: the body of double; Rough: that of single precision.
template <class Exact, class Rough>
struct IpmHandover {
  using Real = decltype(Exact::mu);
  using Mask = typename Exact::Mask;
  using Numbers = typename Exact::Numbers;
  static constexpr double least_dual = 1e-12;

  Exact& b;
  const Rough& from;
  LaneMap<Real> map;
  Mask fresh;  // lanes that take an iterate

  /// Keeps how variable or row i is bounded in the fresh lanes.
  void set_kind(int i, const IpmBox<Real>& box) {
    const BoxKind kind = b.kinds.get(i, Exact::lanes);
    const Mask both = box.both();
    if (kind == BoxKind::both && all(both || !fresh)) return;
    if (kind == BoxKind::fixed && all(box.fixed || !fresh)) return;
    for (int t = 0; t < Exact::lanes; ++t)
      if (get_lane(fresh, t)) b.kinds.set(i, t, get_lane(both, t), get_lane(box.fixed, t));
  }

  /// The scaled data of the fresh lanes; how their variables and rows are bounded. problem: (lanes), any for the
  /// others. What steps leave in their scratch is overwritten.
  WATTSTEIN_HD_CALL void load(const IpmProblem* const* problem) {
    const IpmView& f = b.f;
    for (int t = 0; t < Exact::lanes; ++t)
      if (get_lane(fresh, t)) put_scalars(b, *problem[t], t, 0, 0.0);
    const Real c = b.cost_scale;
    Real degree(static_cast<double>(f.cones)), unit_cost(0.0);
    copy_across(problem, &IpmProblem::q, f.n, b.tl), copy_across(problem, &IpmProblem::lb, f.n, b.tu);
    copy_across(problem, &IpmProblem::ub, f.n, b.asked);
    for (int j = 0; j < f.n; ++j) {
      const Real inverse = b.a[f.column_base + j], q = b.tl[j] * (c * inverse_power(inverse));
      Real lower = b.tu[j] * inverse, upper = b.asked[j] * inverse;
      const IpmBox<Real> box(lower, upper);
      set_kind(j, box);
      keep(b.q[j], q);
      keep(b.lb[j], lower);
      keep(b.ub[j], upper);
      degree = degree + box.degree;
      unit_cost = max(abs(q) * inverse, unit_cost);
    }
    copy_across(problem, &IpmProblem::l, f.m, b.rtl), copy_across(problem, &IpmProblem::u, f.m, b.rtu);
    for (int i = 0; i < f.m; ++i) {
      const Real scale = inverse_power(b.a[f.row_base + i]);
      Real lower = b.rtl[i] * scale, upper = b.rtu[i] * scale;
      const IpmBox<Real> box(lower, upper);
      set_kind(f.n + i, box);
      keep(b.l[i], lower);
      keep(b.u[i], upper);
      degree = degree + box.degree;
    }
    copy_across(problem, &IpmProblem::g, f.k, b.ct);
    for (int i = 0; i < f.k; ++i) keep(b.g[i], b.ct[i] * inverse_power(b.a[f.cone_base + i]));
    keep(b.degree, degree);
    keep(b.dual_unit_cost, unit_cost);
  }

  void keep(Real& at, Real value) const { at = select(fresh, value, at); }

  /// A point of its box from its smaller slack, the slacks, the multipliers.
  void side(BoxKind kind, Real lower, Real upper, Real point, Real sl, Real su, Real dl, Real du, Real& to_point,
            Real& to_sl, Real& to_su, Real& to_dl, Real& to_du, bool row) const {
    const Real infinite(Numbers::infinite_slack), least(least_dual), zero(0.0);
    const Real range = upper - lower;
    if (kind == BoxKind::both) {
      const Mask nearer = sl < su;
      const Real slack = min(sl, su), rest = range - slack;
      keep(to_point, select(nearer, lower + slack, upper - slack) + zero);
      keep(to_sl, select(nearer, slack, rest));
      keep(to_su, select(nearer, rest, slack));
      keep(to_dl, max(dl, least));
      keep(to_du, max(du, least));
      return;
    }
    const Mask fixed = lower == upper, has_lower = lower > Real(-Numbers::finite),
               has_upper = upper < Real(Numbers::finite);
    const Mask nearer = has_lower && (!has_upper || sl < su);
    const Real slack = select(nearer, sl, su), rest = range - slack;
    const Mask free = !has_lower && !has_upper;
    keep(to_point, select(fixed, lower, select(free, point, select(nearer, lower + slack, upper - slack))) + zero);
    keep(to_sl, select(fixed, Real(Numbers::fixed_slack), select(has_lower, select(nearer, slack, rest), infinite)));
    keep(to_su, select(fixed || !has_upper, infinite, select(nearer, rest, slack)));
    keep(to_dl, select(fixed, row ? dl - du : zero, select(has_lower, max(dl, least), zero)));
    keep(to_du, select(fixed || !has_upper, zero, max(du, least)));
  }

  WATTSTEIN_HD_CALL void run() {
    const IpmView& f = b.f;
    for (int j = 0; j < f.n; ++j)
      side(b.variable_kind(j), b.lb[j], b.ub[j], map(from.x[j]), map(from.sl[j]), map(from.su[j]), map(from.zl[j]),
           map(from.zu[j]), b.x[j], b.sl[j], b.su[j], b.zl[j], b.zu[j], false);
    for (int i = 0; i < f.m; ++i)
      side(b.row_kind(i), b.l[i], b.u[i], map(from.z[i]), map(from.rsl[i]), map(from.rsu[i]), map(from.yl[i]),
           map(from.yu[i]), b.z[i], b.rsl[i], b.rsu[i], b.yl[i], b.yu[i], true);
    for (int c = 0; c < f.cones; ++c) {
      const int first = f.cone_start[c], last = f.cone_start[c + 1];
      Real s_tail(0.0), w_tail(0.0);
      for (int i = first; i < last; ++i) {
        const Real s = map(from.s[i]), w = map(from.w[i]);
        keep(b.s[i], s);
        keep(b.w[i], w);
        if (i == first) continue;
        s_tail = fma(s, s, s_tail);
        w_tail = fma(w, w, w_tail);
      }
      // Rounding must not have put s or w onto the surface of their cone.
      const Real near(1e-7), floor(1e-12), s_norm = sqrt(s_tail), w_norm = sqrt(w_tail);
      keep(b.s[first], max(b.s[first], s_norm + (near * s_norm + floor)));
      keep(b.w[first], max(b.w[first], w_norm + (near * w_norm + floor)));
    }
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
