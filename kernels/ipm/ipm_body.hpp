#pragma once
// Primal-dual interior point (Mehrotra predictor–corrector), one problem per lane of Real.
//
//   minimise ½ xᵀPx + qᵀx   s.t.  Ax = z,  l ≤ z ≤ u,  lb ≤ x ≤ ub,  Gx + g = s ∈ K
//
// Slacks σ_l = x − lb, σ_u = ub − x with multipliers ζ_l, ζ_u > 0 (an infinite side: slack 1e100, multiplier 0); rows
// alike with y = y_l − y_u; the boxes hold from the start, so the residuals are
//   d = Px + q − Aᵀy − Gᵀw  (to become ζ_l − ζ_u),   r_p = Ax − z,   r_g = Gx + g − s.
// Newton step, with targets t for the products (per unit of slack) and W the Nesterov–Todd scaling:
//   Δζ_l = t_l − ζ_l − (ζ_l/σ_l)Δx,  Δζ_u = t_u − ζ_u + (ζ_u/σ_u)Δx,  Θ = ζ_l/σ_l + ζ_u/σ_u,  rows: Σ likewise in Δz
//   [P + Θ + δ   Aᵀ          Gᵀ     ] [ Δx]   [ −d + t_l − t_u            ]
//   [A          −Σ⁻¹ − δ             ] [−Δy] = [ −r_p + Σ⁻¹(t_l − t_u − y) ]
//   [G                     −W² − δ   ] [−Δw]   [ −r_g − W(λ\d_s) =: b_g   ]
// Cones are eliminated, Δw = W⁻²(b_g − GΔx): GᵀW⁻²G joins P and GᵀW⁻²b_g the right-hand side, which keeps r_g exact
// (Δs = GΔx + r_g) however ill-conditioned W² becomes. Small ones as dense blocks, large ones expanded
// (math/cones.hpp). predictor: t = 0, d_s = λ∘λ;  corrector: t = (σμ − Δσ Δζ)/σ,  d_s = λ∘λ + (W⁻¹Δs)∘(WΔw) − σμ e. A
// fixed variable is marked by a slack of 1e200 and gets Θ = 1e30, an equality row gets Σ⁻¹ = 0.
//
// Space gives Real and Vec (pointer-like). Nothing here crosses lanes.

#include "kernels/ipm/ipm_view.hpp"
#include "kernels/math/cones.hpp"
#include "kernels/math/ldl_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

inline constexpr double ipm_infinite_slack = 1e100;
inline constexpr double ipm_fixed_slack = 1e200;
inline constexpr double ipm_fixed_weight = 1e30;
// Regularisation of the factor, and how far below it that of a variable or multiplier far from 1 may lie (careful).
inline constexpr double ipm_shift = 1e-8, ipm_shift_range = 1e4;
// The start: share of a box kept free of x and of z, distance from a single side, least complementarity product and its
// share of what the cost makes of it.
inline constexpr double ipm_start_margin = 0.5, ipm_start_row_margin = 0.5, ipm_start_distance = 0.3;
inline constexpr double ipm_start_dual = 1e-2, ipm_start_share = 0.7;
// A given start: limits of how far it is moved inside, least complementarity product.
inline constexpr double ipm_warm_least = 1e-3, ipm_warm_most = 0.1, ipm_warm_dual = 1e-5;

// Caution about small δ: the most, and what a lane starts with (δ stays at its largest until x is seen to drift).
inline constexpr double ipm_most_caution = 1e4, ipm_no_drift = 1e12;

/// Values shared by all lanes, or one set per lane.
template <class Real>
struct SharedValues {
  const double* p;
  WATTSTEIN_HD Real operator[](int i) const { return Real(p[i]); }
};
template <class Vec>
struct LaneValues {
  Vec p;
  WATTSTEIN_HD auto operator[](int i) const { return p[i]; }
};

/// Figures of an iterate, per lane, in the problem's own units except β₀.
template <class Real>
struct IpmMeasure {
  Real primal, primal_scale;  // ‖·‖∞ of the primal residual; largest term in it
  Real dual, dual_scale;      // of the part of d that no finite bound absorbs
  Real objective, gap;        // primal objective; |primal − certified dual objective|
  Real dual_split, gap_split;  // the same two with ζ_l − ζ_u for what the bounds absorb and the rest of d as residual
  Real slip;  // what the residuals can hide in the objective: Σ|y r_p| + Σ|w r_g| + Σ|d x| not absorbed
  Real mu;    // mean complementarity product (scaled)
  Real ray, ray_size, ray_residual;  // β₀(y, w) with zero cost; sum of its terms' sizes; unabsorbed part of Aᵀy + Gᵀw
  Real slope;                        // qᵀx (scaled)
};

template <class Space, class Values>
struct IpmBody {
  using Real = typename Space::Real;
  using Vec = typename Space::Vec;
  using Mask = typename LanesOf<Real>::Mask;

  IpmView f;
  Values a;  // constant values
  // Data of the lanes, scaled.
  Vec q, lb, ub;  // (n)
  Vec l, u;       // (m)
  Vec g;          // (k)
  // Iterate.
  Vec x, sl, su, zl, zu;    // (n)
  Vec z, rsl, rsu, yl, yu;  // (m)
  Vec s, w;                 // (k)
  // Residuals and scaling of the iterate.
  Vec d, px;             // (n) px only when P is not empty
  Vec rp;                // (m)
  Vec rg;                // (k)
  Vec il, iu;            // (n) 1/σ
  Vec ril, riu, rho;     // (m) 1/σ, Σ⁻¹
  Vec v, lambda;         // (k)
  Vec eta, inverse_eta;  // (cones)
  // Second-order targets and scratch.
  Vec tl, tu;      // (n)
  Vec rtl, rtu;    // (m)
  Vec ct, c1, c2;  // (k)
  Vec gathered;    // (cone_variable_most)
  // Linear system.
  Vec rhs, diagonal, pivot, inverse, work;  // (kkt_rows)
  Vec asked, found;                         // (kkt_rows) for refinement
  Vec changing;                             // (changing_count)
  Vec lower;                                // (nnz L)
  // Per-lane scalars.
  Real cost_scale, inverse_cost, constant_cost, degree, mu, sigma_mu;
  bool careful;   // regularise in proportion to the size of x and y
  Real drift;     // δ of the variables
  Real caution;   // ≥ 1: by how much the variables' δ is raised above what μ asks for
  Real least_mu;  // no need to aim below: the gap it stands for is far inside the tolerance

  WATTSTEIN_HD static std::int64_t work_width(const IpmView& f) { return f.ldl.blocked ? ldl_block : 1; }

  /// Number of Real elements of workspace for a plan; `matrix` adds room for values per lane.
  WATTSTEIN_HD static std::int64_t size(const IpmView& f, bool matrix) {
    return std::int64_t(14) * f.n + std::int64_t(13) * f.m + std::int64_t(9) * f.k + 2 * std::int64_t(f.cones) +
           (6 + work_width(f)) * std::int64_t(f.kkt_rows) + f.changing_count + f.cone_variable_most +
           f.ldl.column[f.ldl.rows] + (matrix ? f.constant_count : 0);
  }

  WATTSTEIN_HD_CALL void bind(const IpmView& view, Vec base) {
    f = view;
    const int n = f.n, m = f.m, k = f.k;
    auto take = [&base](std::int64_t count) {
      Vec at = base;
      base = base + count;
      return at;
    };
    rhs = take(f.kkt_rows), diagonal = take(f.kkt_rows), pivot = take(f.kkt_rows), inverse = take(f.kkt_rows);
    work = take(work_width(f) * f.kkt_rows), asked = take(f.kkt_rows), found = take(f.kkt_rows);
    lower = take(f.ldl.column[f.ldl.rows]);
    changing = take(f.changing_count);
    q = take(n), lb = take(n), ub = take(n), x = take(n), sl = take(n), su = take(n), zl = take(n), zu = take(n);
    d = take(n), px = take(n), il = take(n), iu = take(n), tl = take(n), tu = take(n);
    l = take(m), u = take(m), z = take(m), rsl = take(m), rsu = take(m), yl = take(m), yu = take(m), rp = take(m);
    ril = take(m), riu = take(m), rho = take(m), rtl = take(m), rtu = take(m);
    g = take(k), s = take(k), w = take(k), rg = take(k), v = take(k), lambda = take(k);
    ct = take(k), c1 = take(k), c2 = take(k);
    gathered = take(f.cone_variable_most);
    eta = take(f.cones), inverse_eta = take(f.cones);
    tail_ = base;
  }
  Vec tail_;  // room for values per lane

  // d = Px + q − Aᵀy − Gᵀw,  r_p = Ax − z,  r_g = Gx + g − s, and all measures.
  WATTSTEIN_HD_CALL IpmMeasure<Real> residuals() {
    const int n = f.n, m = f.m;
    const Real zero(0.0), one(1.0);
    IpmMeasure<Real> out;
    for (int j = 0; j < n; ++j) d[j] = q[j];
    Real xpx(0.0);
    const bool quadratic = f.p_start[n] > 0;
    if (quadratic) {
      for (int j = 0; j < n; ++j) px[j] = zero;
      for (int j = 0; j < n; ++j)
        for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
          const int i = f.p_index[p];
          const Real value = cost_scale * a[f.p_base + p];
          px[j] = fma(value, x[i], px[j]);
          const Real term = value * x[i] * x[j];
          if (i != j) {
            px[i] = fma(value, x[j], px[i]);
            xpx = xpx + (term + term);
          } else {
            xpx = xpx + term;
          }
        }
    }
    Real primal(0.0), primal_scale(0.0), dual_objective(0.0), slip(0.0), split(0.0), dual_split(0.0), ray(0.0),
        ray_size(0.0), product(0.0);
    for (int i = 0; i < m; ++i) {
      const Real y = yl[i] - yu[i];
      Real ax(0.0);
      for (int p = f.a_start[i]; p < f.a_start[i + 1]; ++p) {
        const int j = f.a_index[p];
        const Real value = a[p];
        ax = fma(value, x[j], ax);
        d[j] = fma(-value, y, d[j]);
      }
      const Real r = ax - z[i], unit = a[f.row_base + i];
      rp[i] = r;
      const Mask finite = (rsl[i] < Real(1e50)) || (rsu[i] < Real(1e50)) || (rsl[i] > Real(1e150));
      primal = max(select(finite, abs(r) * unit, zero), primal);
      primal_scale = max(select(finite, abs(ax) * unit, zero), primal_scale);
      slip = slip + abs(y * r);
      const Real term = select(y > zero, y * l[i], select(y < zero, y * u[i], zero));
      dual_objective = dual_objective + term;
      ray_size = ray_size + abs(term);
      product = product + fma(rsl[i], select(rsl[i] < Real(1e50), yl[i], zero), rsu[i] * yu[i]);
    }
    ray = dual_objective;
    split = dual_objective;
    for (int c = 0; c < f.cones; ++c) {
      const int first = f.cone_start[c], last = f.cone_start[c + 1];
      const Real unit = a[f.cone_base + first];
      Real square(0.0);
      for (int i = first; i < last; ++i) {
        const Real wi = w[i];
        Real gx(0.0);
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) {
          const int j = f.g_index[p];
          const Real value = a[f.g_base + p];
          gx = fma(value, x[j], gx);
          d[j] = fma(-value, wi, d[j]);
        }
        const Real r = (gx + g[i]) - s[i];
        square = fma(r, r, square);
        slip = slip + abs(wi * r);
        // What is only rounding must not reach W⁻², which would blow it up into w.
        const Real rounding = Real(1e-15) * (abs(gx) + abs(g[i]) + abs(s[i]));
        rg[i] = select(abs(r) <= rounding, zero, r);
        primal_scale = max(max(abs(gx), abs(g[i])) * unit, primal_scale);
        const Real term = wi * g[i];
        dual_objective = dual_objective - term;
        split = split - term;
        ray = ray - term;
        ray_size = ray_size + abs(term);
        product = fma(s[i], wi, product);
      }
      primal = max(sqrt(square) * unit, primal);
    }
    Real dual(0.0), dual_scale(0.0), cost(0.0), ray_residual(0.0);
    for (int j = 0; j < n; ++j) {
      // e: what the rows and cones ask of x_j; d: reduced cost.
      const Real e = d[j];
      Real dj = e;
      const Real unit = a[f.column_base + j];
      Real minus = e - q[j];
      if (quadratic) {
        dj = e + px[j];
        d[j] = dj;
        dual_scale = max(max(abs(px[j]), abs(dj - q[j])) * unit, dual_scale);
      } else {
        dual_scale = max(abs(minus) * unit, dual_scale);
      }
      dual_scale = max(abs(q[j]) * unit, dual_scale);
      const Mask lower_finite = lb[j] > Real(-1e50), upper_finite = ub[j] < Real(1e50);
      const Mask positive = dj > zero;
      const Real bound = select(positive, select(lower_finite, lb[j], zero), select(upper_finite, ub[j], zero));
      const Mask absorbed = (positive && lower_finite) || (!positive && upper_finite);
      dual = max(select(absorbed, zero, abs(dj) * unit), dual);
      slip = slip + select(absorbed, zero, abs(dj * x[j]));
      dual_objective = fma(dj, bound, dual_objective);
      const Mask positive0 = minus > zero;
      const Real bound0 = select(positive0, select(lower_finite, lb[j], zero), select(upper_finite, ub[j], zero));
      const Mask absorbed0 = (positive0 && lower_finite) || (!positive0 && upper_finite);
      ray_residual = max(select(absorbed0, zero, abs(minus) * unit), ray_residual);
      const Real term0 = minus * bound0;
      ray = ray + term0;
      ray_size = ray_size + abs(term0);
      const Mask fixed = sl[j] > Real(1e150);
      split = split + select(fixed, dj * lb[j], fma(zl[j], lb[j], -(zu[j] * ub[j])));
      dual_split = max(select(fixed, zero, abs((dj - zl[j]) + zu[j]) * unit), dual_split);
      cost = fma(q[j], x[j], cost);
      product = product + (sl[j] * zl[j] + su[j] * zu[j]);
    }
    mu = product / max(degree, one);
    const Real half = Real(0.5) * xpx;
    out.primal = primal;
    out.primal_scale = primal_scale;
    out.dual = dual * inverse_cost;
    out.dual_scale = dual_scale * inverse_cost;
    out.objective = (cost + half) * inverse_cost + constant_cost;
    out.gap = abs((cost + half) - (dual_objective - half)) * inverse_cost;
    out.dual_split = dual_split * inverse_cost;
    out.gap_split = abs((cost + half) - (split - half)) * inverse_cost;
    out.slip = slip * inverse_cost;
    out.mu = mu;
    out.ray = ray;
    out.ray_size = ray_size;
    out.ray_residual = ray_residual;
    out.slope = cost;
    return out;
  }

  // Θ, Σ, W² and the factor.
  WATTSTEIN_HD_CALL void factor(Real shift) {
    const Real one(1.0);
    // δ of the variables is a proximal term: along a face it lets x drift by d/δ a step only, so it falls with μ; where
    // steps then fail it is raised again by `caution`.
    drift = careful ? Real(0.0) : min(max(Real(1e-4) * mu, Real(1e-12)) * caution, shift);
    for (int j = 0; j < f.n; ++j) {
      const Mask fixed = sl[j] > Real(1e150);
      if (all(fixed)) {
        diagonal[f.place[j]] = Real(ipm_fixed_weight);
        continue;
      }
      const Real both = one / (sl[j] * su[j]);  // one division for the two
      il[j] = su[j] * both;
      iu[j] = sl[j] * both;
      const Real own = careful ? shift / min(max(one, x[j] * x[j]), Real(ipm_shift_range)) : drift;
      Real theta = fma(zl[j], il[j], fma(zu[j], iu[j], own));
      if (f.p_diagonal[j] >= 0) theta = fma(cost_scale, a[f.p_base + f.p_diagonal[j]], theta);
      diagonal[f.place[j]] = select(fixed, Real(ipm_fixed_weight), theta);
    }
    for (int i = 0; i < f.m; ++i) {
      const Mask equality = rsl[i] > Real(1e150);
      const Real y = yl[i] - yu[i], own = careful ? shift / min(max(one, y * y), Real(ipm_shift_range)) : shift;
      if (all(equality)) {
        rho[i] = Real(0.0);
        diagonal[f.place[f.n + i]] = -own;
        continue;
      }
      const Real both = one / (rsl[i] * rsu[i]);
      ril[i] = rsu[i] * both;
      riu[i] = rsl[i] * both;
      const Real sum = fma(yl[i], ril[i], fma(yu[i], riu[i], Real(1.0 / ipm_fixed_weight)));
      rho[i] = select(equality, Real(0.0), one / sum);
      diagonal[f.place[f.n + i]] = -(rho[i] + own);
    }
    for (int e = 0; e < f.p_changing_count; ++e) changing[e] = cost_scale * a[f.p_base + f.p_changing[e]];
    for (int c = 0; c < f.cones; ++c) {
      const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
      const ConeScaling<Real> scaling = soc_scaling<Real>(s + first, w + first, q_, v + first, lambda + first);
      eta[c] = scaling.eta;
      inverse_eta[c] = scaling.inverse_eta;
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
        const Real scale = scaling.inverse_eta * scaling.inverse_eta;
        int gram = f.gram_base + f.cone_gram[c];
        for (int i = 0; i < count; ++i) {
          const Real twice = gathered[i] + gathered[i];
          for (int j = 0; j < i; ++j) changing[e++] = scale * fma(twice, gathered[j], -a[gram++]);
          const int at = f.place[f.cone_variable[from + i]];
          diagonal[at] = fma(scale, fma(twice, gathered[i], -a[gram++]), diagonal[at]);
        }
      } else {
        // Auxiliary rows v = W⁻²GΔx: [Gᵀ; −W²] with −W² = −η²(D + uuᵀ − zzᵀ) as a Schur complement: pivot −1 with
        // column −η z, pivot +1 with column η u. (W⁻² in their place would not be quasidefinite.)
        const Real eta2 = scaling.eta * scaling.eta;
        const ConeExpansion<Real> x_ = soc_expansion<Real>(v + first);
        for (int i = 0; i < q_; ++i) diagonal[f.place[f.cone_row[c] + i]] = -(i == 0 ? eta2 * x_.d : eta2);
        const Real fz = -(scaling.eta * x_.z1), fu = scaling.eta * x_.u1;
        for (int i = 1; i < q_; ++i) changing[e++] = fz * v[first + i];
        changing[e++] = scaling.eta * x_.u0;
        for (int i = 1; i < q_; ++i) changing[e++] = fu * v[first + i];
        diagonal[f.place[f.cone_extra[c]]] = Real(-1.0);
        diagonal[f.place[f.cone_extra[c] + 1]] = Real(1.0);
      }
    }
    ldl_factor<Real>(f.ldl, a, changing, diagonal, lower, pivot, inverse, work, ipm_shift);
  }

  // Adds GᵀW⁻²b_g, b_g = −r − W h, of cone c (r in c1, h in c2) to the right-hand side. h must not be multiplied by W
  // first: W⁻² would blow the rounding up.
  WATTSTEIN_HD_CALL void put_cone_rhs(int c) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    soc_apply_inverse(v + first, inverse_eta[c], c1 + first, q_, c1 + first);
    for (int i = first; i < last; ++i) c1[i] = -(c1[i] + c2[i]);
    soc_apply_inverse(v + first, inverse_eta[c], c1 + first, q_, c1 + first);
    for (int i = first; i < last; ++i)
      for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) {
        const int at = f.place[f.g_index[p]];
        rhs[at] = fma(a[f.g_base + p], c1[i], rhs[at]);
      }
  }

  // c1 ← WΔw, c2 ← W⁻¹Δs of cone c, with lambda\d_s in `shift` (sign: Δw = −v of the system).
  WATTSTEIN_HD_CALL void cone_direction(int c, Vec shift) {
    const int first = f.cone_start[c], last = f.cone_start[c + 1], q_ = last - first;
    for (int i = first; i < last; ++i) {
      Real ds = rg[i];
      for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) ds = fma(a[f.g_base + p], rhs[f.place[f.g_index[p]]], ds);
      c2[i] = ds;
    }
    soc_apply_inverse(v + first, inverse_eta[c], c2 + first, q_, c2 + first);
    for (int i = first; i < last; ++i) c1[i] = -shift[i] - c2[i];
  }

  // rhs ← K⁻¹ rhs; for lanes in `refine`, refined `passes` times against the matrix without δ.
  WATTSTEIN_HD_CALL void solve(Mask refine, int passes) {
    if (!any(refine)) {
      ldl_solve<Real>(f.ldl, lower, inverse, rhs);
      return;
    }
    for (int i = 0; i < f.kkt_rows; ++i) asked[i] = rhs[i];
    ldl_solve<Real>(f.ldl, lower, inverse, rhs);
    for (int pass = 0; pass < passes; ++pass) {
      for (int i = 0; i < f.kkt_rows; ++i) found[i] = rhs[i];
      remainder();
      ldl_solve<Real>(f.ldl, lower, inverse, rhs);
      for (int i = 0; i < f.kkt_rows; ++i) rhs[i] = found[i] + select(refine, rhs[i], Real(0.0));
    }
  }

  // The same, refined as long as that helps. A lane's answer does not depend on how long its mates go on: once a
  // correction has not halved its remainder, it keeps what it has. Returns the remainder over the largest entry asked.
  WATTSTEIN_HD_CALL Real solve_exactly() {
    const Real zero(0.0);
    Real largest(0.0), last(1e300), kept(1e300);
    for (int i = 0; i < f.kkt_rows; ++i) {
      asked[i] = rhs[i];
      found[i] = zero;
      work[i] = zero;
      largest = max(abs(rhs[i]), largest);
    }
    Mask open = last > zero;
    for (int pass = 0; pass < 12 && any(open); ++pass) {
      ldl_solve<Real>(f.ldl, lower, inverse, rhs);
      for (int i = 0; i < f.kkt_rows; ++i) found[i] = found[i] + rhs[i];
      remainder();
      Real norm(0.0), check(0.0);
      for (int i = 0; i < f.kkt_rows; ++i) norm = max(abs(rhs[i]), norm), check = fma(rhs[i], zero, check);
      norm = select(check == zero, norm, Real(1e300));
      const Mask better = open && (norm < kept);
      for (int i = 0; i < f.kkt_rows; ++i) work[i] = select(better, found[i], work[i]);
      kept = select(better, norm, kept);
      open = open && (norm < Real(0.5) * last) && (norm > Real(1e-15) * largest);
      last = norm;
    }
    for (int i = 0; i < f.kkt_rows; ++i) rhs[i] = work[i];
    return kept / max(largest, Real(1e-300));
  }

  // rhs ← asked − K found, K without δ and with W² in place of an expansion.
  WATTSTEIN_HD_CALL void remainder() {
    for (int i = 0; i < f.kkt_rows; ++i) rhs[i] = asked[i];
    for (int j = 0; j < f.n; ++j) {
      const int at = f.place[j];
      const Real theta =
          select(sl[j] > Real(1e150), Real(ipm_fixed_weight), fma(zl[j], il[j], fma(zu[j], iu[j], drift)));
      rhs[at] = fma(-theta, found[at], rhs[at]);
      for (int p = f.p_start[j]; p < f.p_start[j + 1]; ++p) {
        const int i = f.p_index[p], to = f.place[i];
        const Real value = -(cost_scale * a[f.p_base + p]);
        rhs[at] = fma(value, found[to], rhs[at]);
        if (i != j) rhs[to] = fma(value, found[at], rhs[to]);
      }
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
      const int first = f.cone_start[c], last = f.cone_start[c + 1];
      // rhs −= GᵀW⁻²G found
      for (int i = first; i < last; ++i) {
        Real sum(0.0);
        for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p)
          sum = fma(a[f.g_base + p], found[f.place[f.g_index[p]]], sum);
        c1[i] = sum;
        c2[i] = Real(0.0);
      }
      put_cone_rhs(c);
    }
    clear_auxiliary();
  }

  // Rows of expanded cones have no right-hand side.
  WATTSTEIN_HD void clear_auxiliary() {
    for (int i = f.n + f.m; i < f.kkt_rows; ++i) rhs[f.place[i]] = Real(0.0);
  }

  // Right-hand side of the predictor.
  WATTSTEIN_HD_CALL void predictor_rhs() {
    for (int j = 0; j < f.n; ++j) rhs[f.place[j]] = -d[j];
    for (int i = 0; i < f.m; ++i) rhs[f.place[f.n + i]] = -fma(rho[i], yl[i] - yu[i], rp[i]);
    for (int c = 0; c < f.cones; ++c) {
      for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i) {
        c1[i] = rg[i];
        c2[i] = lambda[i];  // λ\(λ∘λ)
      }
      put_cone_rhs(c);
    }
    clear_auxiliary();
  }

  // Affine step lengths, μ after them, σ = (μ_aff/μ)³, and the corrector's right-hand side.
  WATTSTEIN_HD_CALL void corrector_rhs() {
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
    clear_auxiliary();
  }

  // Step lengths of the corrected direction and the step. `moving` lanes move.
  // Returns the smaller of the two step lengths; 0 for a direction that is not finite.
  WATTSTEIN_HD_CALL Real step(Mask moving, double fraction) {
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
    return select(good, min(ap, ad), zero);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels

#include "kernels/ipm/ipm_start.hpp"
