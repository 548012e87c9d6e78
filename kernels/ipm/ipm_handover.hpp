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
  using Lanes = Pack<double, W>::Simd;
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

  /// The scaled data of one lane; how its variables and rows are bounded.
  WATTSTEIN_HD_CALL static void load(Exact& b, const IpmProblem& problem, int lane) {
    const IpmView& f = b.f;
    const double* constant = problem.constant;
    const double c = problem.cost_scale;
    int degree = f.cones;
    double unit_cost = 0.0;
    const auto kind = [&](int i, double lower, double upper) {
      const int sides = lower == upper ? 0 : (lower > -Numbers::finite ? 1 : 0) + (upper < Numbers::finite ? 1 : 0);
      b.kinds.set(i, lane, sides == 2, lower == upper);
      degree += sides;
    };
    for (int j = 0; j < f.n; ++j) {
      const double inverse = constant[f.column_base + j];
      const double lower = clip_side(problem.lb[j] * inverse), upper = clip_side(problem.ub[j] * inverse);
      const double q = problem.q[j] * (c * inverse_power(inverse));
      put(b.q, j, lane, q);
      put(b.lb, j, lane, lower);
      put(b.ub, j, lane, upper);
      kind(j, lower, upper);
      const double size = (q < 0.0 ? -q : q) * inverse;
      unit_cost = size > unit_cost ? size : unit_cost;
    }
    for (int i = 0; i < f.m; ++i) {
      const double scale = inverse_power(constant[f.row_base + i]);
      const double lower = clip_side(problem.l[i] * scale), upper = clip_side(problem.u[i] * scale);
      put(b.l, i, lane, lower);
      put(b.u, i, lane, upper);
      kind(f.n + i, lower, upper);
    }
    for (int i = 0; i < f.k; ++i) put(b.g, i, lane, problem.g[i] * inverse_power(constant[f.cone_base + i]));
    put_scalars(b, problem, lane, degree, unit_cost);
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
