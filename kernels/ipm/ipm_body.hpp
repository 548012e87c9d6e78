#pragma once
// Primal-dual interior point (Mehrotra predictor–corrector), one problem per lane of Real.
//
//   minimise ½ xᵀPx + qᵀx   s.t.  Ax = z,  l ≤ z ≤ u,  lb ≤ x ≤ ub,  Gx + g = s ∈ K
//
// Slacks σ_l = x − lb, σ_u = ub − x with multipliers ζ_l, ζ_u > 0 (an infinite side: a huge slack, multiplier 0); rows
// alike with y = y_l − y_u; the boxes hold from the start, so the residuals are
//   d = Px + q − Aᵀy − Gᵀw  (to become ζ_l − ζ_u),   r_p = Ax − z,   r_g = Gx + g − s.
// Newton step, with targets t for the products (per unit of slack) and W the Nesterov–Todd scaling:
//   Δζ_l = t_l − ζ_l − (ζ_l/σ_l)Δx,  Δζ_u = t_u − ζ_u + (ζ_u/σ_u)Δx,  Θ = ζ_l/σ_l + ζ_u/σ_u,  rows: Σ likewise in Δz
//   [P + Θ + δ   Aᵀ          Gᵀ     ] [ Δx]   [ −d + t_l − t_u            ]
//   [A          −Σ⁻¹ − δ             ] [−Δy] = [ −r_p + Σ⁻¹(t_l − t_u − y) ]
//   [G                     −W² − δ   ] [−Δw]   [ −r_g − W(λ\d_s) =: b_g   ]
// Cones of few variables are eliminated, Δw = W⁻²(b_g − GΔx): GᵀW⁻²G joins P as a dense block and GᵀW⁻²b_g the
// right-hand side, which keeps r_g exact (Δs = GΔx + r_g) however ill-conditioned W² becomes. Others keep their rows,
// with W² expanded (math/cones.hpp). A careful plan keeps the rows of all cones, small ones in the frame of W
// (ipm_frames.hpp), and solves by GMRES (ipm_krylov.hpp): Δw = W⁻²(…) would lose what W⁻² makes of a rounding.
// predictor: t = 0, d_s = λ∘λ;  corrector: t = (σμ − Δσ Δζ)/σ,  d_s = λ∘λ + (W⁻¹Δs)∘(WΔw) − σμ e. A fixed variable is
// marked by its slack and gets a large Θ, an equality row gets Σ⁻¹ = 0 (ipm_numbers.hpp).
//
// Space gives Real, Vec (pointer-like), Kinds, and whether careful plans are solved there. Nothing here crosses lanes.

#include "kernels/ipm/ipm_numbers.hpp"
#include "kernels/ipm/ipm_view.hpp"
#include "kernels/math/cones.hpp"
#include "kernels/math/ldl_single.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

// How far below its largest the regularisation of a variable or multiplier far from 1 may lie (careful).
inline constexpr double ipm_shift_range = 1e4;
// The start: share of a box kept free of x and of z, distance from a single side and from the wall of a cone, least
// complementarity product and its share of what the cost makes of it.
inline constexpr double ipm_start_margin = 0.5, ipm_start_row_margin = 0.5;
inline constexpr double ipm_start_distance = 10.0, ipm_start_cone_distance = 0.3;
inline constexpr double ipm_start_dual = 1e-2, ipm_start_share = 0.7;
// A given start: limits of how far it is moved inside, least complementarity product.
inline constexpr double ipm_warm_least = 1e-3, ipm_warm_most = 0.1, ipm_warm_dual = 1e-5;

// Elements left free behind every vector: where a vector is a multiple of 4 KB long, all of them would share the same
// few lines of the first cache (qp: 192 variables of 64 bytes).
inline constexpr int ipm_gap = 5;

// Caution about small δ: the most, and what a lane starts with (δ stays at its largest until x is seen to drift).
inline constexpr double ipm_most_caution = 1e4, ipm_no_drift = 1e12;

// The careful solve (ipm_krylov.hpp): steps before it begins anew, how often it begins.
inline constexpr int ipm_krylov_steps = 10, ipm_krylov_rounds = 3;
inline constexpr std::int64_t ipm_krylov_vectors = 2 * ipm_krylov_steps + 4;
// Remainder that ends it; above which another regularisation is tried.
inline constexpr double ipm_krylov_enough = 1e-12, ipm_krylov_good = 1e-11;

/// Values shared by all lanes, or one set per lane.
template <class Real>
struct SharedValues {
  const ScalarOf<Real>* p;
  WATTSTEIN_HD Real operator[](int i) const { return Real(p[i]); }
};
template <class Vec>
struct LaneValues {
  Vec p;
  WATTSTEIN_HD auto operator[](int i) const { return p[i]; }
};

/// How a variable or a row stands in its lanes: two finite sides that differ in all of them; one value in all of them;
/// anything else. Bodies take the short way for the first two; the long way gives the same bits.
enum class BoxKind : int { both, fixed, mixed };

/// Two bits a lane for every variable and row, kept beside the numbers of a pack.
template <class Word>
struct StoredKinds {
  static constexpr bool stored = true;
  static constexpr std::int64_t bytes = sizeof(Word);
  Word* bits;
  int count;
  WATTSTEIN_HD void set(int i, int lane, bool both, bool fixed) {
    const auto bit = static_cast<Word>(1u << lane);
    bits[i] = static_cast<Word>(both ? bits[i] | bit : bits[i] & ~bit);
    bits[count + i] = static_cast<Word>(fixed ? bits[count + i] | bit : bits[count + i] & ~bit);
  }
  /// In all lanes.
  WATTSTEIN_HD void set_all(int i, BoxKind kind) {
    constexpr auto every = static_cast<Word>(~0u);
    bits[i] = kind == BoxKind::both ? every : Word(0);
    bits[count + i] = kind == BoxKind::fixed ? every : Word(0);
  }
  WATTSTEIN_HD BoxKind get(int i, int lanes) const {
    const unsigned all = (1u << lanes) - 1u;
    return (bits[i] & all) == all ? BoxKind::both : (bits[count + i] & all) == all ? BoxKind::fixed : BoxKind::mixed;
  }
};

/// None kept: where a lane is a thread, its own slacks tell.
struct ReadKinds {
  static constexpr bool stored = false;
  static constexpr std::int64_t bytes = 0;
  WATTSTEIN_HD void set(int, int, bool, bool) {}
};

/// Figures of an iterate, per lane, in the problem's own units except β₀.
template <class Real>
struct IpmMeasure {
  Real primal, primal_scale;  // ‖·‖∞ of the primal residual; largest term in it
  Real dual, dual_scale;      // of the part of d that no finite bound absorbs
  Real objective, gap;        // primal objective; |primal − certified dual objective|
  Real excess;                // certified dual − primal objective
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
  using Numbers = IpmNumbers<ScalarOf<Real>>;

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
  Vec d, px;                                        // (n) px only when P has entries off its diagonal
  Vec rp;                                           // (m)
  Vec rg;                                           // (k)
  Vec il, iu;                                       // (n) 1/σ
  Vec ril, riu, rho;                                // (m) 1/σ, Σ⁻¹
  Vec v, lambda, back;                              // (k) back: W⁻² r_g of dense blocks
  Vec eta, inverse_eta, share, inverse_root, turn;  // (cones) ConeScaling
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
  // A direction and its targets, while a corrector is tried; only where there are correctors.
  Vec kept_rhs;                 // (kkt_rows)
  Vec kept_tl, kept_tu;         // (n)
  Vec kept_rtl, kept_rtu;       // (m)
  Vec krylov;                   // (ipm_krylov_vectors, kkt_rows), careful plans only
  typename Space::Kinds kinds;  // (n + m) variables, then rows
  // Per-lane scalars.
  Real cost_scale, inverse_cost, constant_cost, degree, mu, sigma_mu;
  Real product;                               // σᵀζ of the iterate, without cones
  Real dual_unit_cost;                        // ‖q‖∞, scaled back but for the cost's scale
  Mask idle;                                  // lanes without a problem
  bool wants_ray = true, wants_split = true;  // figures that some lane asks for: see residuals
  Real drift;                                 // δ of the variables
  Real caution;                               // ≥ 1: by how much the variables' δ is raised above what μ asks for
  Real least_mu;                              // no need to aim below: the gap it stands for is far inside the tolerance

  static constexpr int vectors = 59;  // that bind takes
  static constexpr int lanes = LanesOf<Real>::value;

  /// Elements that hold the kinds.
  WATTSTEIN_HD static std::int64_t kind_elements(const IpmView& f) {
    constexpr auto element = static_cast<std::int64_t>(sizeof(Real));
    return (2 * (std::int64_t(f.n) + f.m) * Space::Kinds::bytes + element - 1) / element;
  }
  WATTSTEIN_HD static BoxKind kind_of(Real lower, Real upper) {
    if (all((lower < Real(Numbers::finite)) && (upper < Real(Numbers::finite)))) return BoxKind::both;
    return all(lower > Real(Numbers::fixed_mark)) ? BoxKind::fixed : BoxKind::mixed;
  }
  WATTSTEIN_HD BoxKind variable_kind(int j) const {
    if constexpr (Space::Kinds::stored) return kinds.get(j, lanes);
    else return kind_of(sl[j], su[j]);
  }
  WATTSTEIN_HD BoxKind row_kind(int i) const {
    if constexpr (Space::Kinds::stored) return kinds.get(f.n + i, lanes);
    else return kind_of(rsl[i], rsu[i]);
  }

  /// Number of Real elements of workspace for a plan; `matrix` adds room for values per lane.
  WATTSTEIN_HD static std::int64_t size(const IpmView& f, bool matrix) {
    const std::int64_t kept = f.correctors > 0 ? f.kkt_rows + 2 * (std::int64_t(f.n) + std::int64_t(f.m)) : 0;
    const std::int64_t more = f.careful ? ipm_krylov_vectors * f.kkt_rows : 0;
    return kept + more + std::int64_t(14) * f.n + std::int64_t(13) * f.m + std::int64_t(10) * f.k +
           5 * std::int64_t(f.cones) + 6 * std::int64_t(f.kkt_rows) + ldl_work<Real, Vec>(f.ldl) + f.changing_count +
           f.cone_variable_most + f.ldl.column[f.ldl.rows] + kind_elements(f) + (matrix ? f.constant_count : 0) +
           std::int64_t(ipm_gap) * vectors;
  }

  WATTSTEIN_HD_CALL void bind(const IpmView& view, Vec base) {
    f = view;
    const int n = f.n, m = f.m, k = f.k;
    auto take = [&base](std::int64_t count) {
      Vec at = base;
      base = base + (count + ipm_gap);
      return at;
    };
    rhs = take(f.kkt_rows), diagonal = take(f.kkt_rows), pivot = take(f.kkt_rows), inverse = take(f.kkt_rows);
    work = take(ldl_work<Real, Vec>(f.ldl)), asked = take(f.kkt_rows), found = take(f.kkt_rows);
    lower = take(f.ldl.column[f.ldl.rows]);
    changing = take(f.changing_count);
    q = take(n), lb = take(n), ub = take(n), x = take(n), sl = take(n), su = take(n), zl = take(n), zu = take(n);
    d = take(n), px = take(n), il = take(n), iu = take(n), tl = take(n), tu = take(n);
    l = take(m), u = take(m), z = take(m), rsl = take(m), rsu = take(m), yl = take(m), yu = take(m), rp = take(m);
    ril = take(m), riu = take(m), rho = take(m), rtl = take(m), rtu = take(m);
    g = take(k), s = take(k), w = take(k), rg = take(k), v = take(k), lambda = take(k), back = take(k);
    ct = take(k), c1 = take(k), c2 = take(k);
    gathered = take(f.cone_variable_most);
    eta = take(f.cones), inverse_eta = take(f.cones), share = take(f.cones);
    inverse_root = take(f.cones), turn = take(f.cones);
    if (f.correctors > 0) {
      kept_rhs = take(f.kkt_rows), kept_tl = take(n), kept_tu = take(n), kept_rtl = take(m), kept_rtu = take(m);
    }
    if (f.careful) krylov = take(ipm_krylov_vectors * f.kkt_rows);
    const Vec at = take(kind_elements(f));
    if constexpr (Space::Kinds::stored) kinds = {reinterpret_cast<decltype(kinds.bits)>(at), n + m};
    tail_ = base;
  }
  Vec tail_;  // room for values per lane

  // d = Px + q − Aᵀy − Gᵀw,  r_p = Ax − z,  r_g = Gx + g − s, the product, and the measures; those of a ray (0 else)
  // and of the split d (infinite else) where `wants_ray` and `wants_split` ask for them. What a lane did not ask for
  // itself it must not read: it depends on the others.
  WATTSTEIN_HD_CALL IpmMeasure<Real> residuals();

  // Θ, Σ, W² and the factor.
  WATTSTEIN_HD_CALL void factor(Real shift);

  // b_g = −r − W h (r in c1, h in c2) into the rows of cone c, which has rows of its own.
  WATTSTEIN_HD_CALL void put_cone_rhs(int c);
  // The same with r = r_g.
  WATTSTEIN_HD void put_cone_rhs(int c, Vec h) {
    for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i) {
      c1[i] = rg[i];
      c2[i] = h[i];
    }
    put_cone_rhs(c);
  }

  // Adds GᵀW⁻²b_g, b_g = −r_g − W h, of cone c, a dense block, to the right-hand side; `turned`: W⁻¹h, formed of h
  // itself: W⁻² of W h would blow the rounding up.
  WATTSTEIN_HD void put_block_rhs(int c, Vec turned) {
    for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i) c1[i] = -(back[i] + turned[i]);
    add_block_rhs(c);
  }
  // Adds Gᵀc1 of cone c to the right-hand side.
  WATTSTEIN_HD void add_block_rhs(int c) {
    for (int i = f.cone_start[c]; i < f.cone_start[c + 1]; ++i)
      for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) {
        const int at = f.place[f.g_index[p]];
        rhs[at] = fma(a[f.g_base + p], c1[i], rhs[at]);
      }
  }

  // c1 ← WΔw, c2 ← W⁻¹Δs, ct ← Δs of cone c, with lambda\d_s in `shift`, which may be ct (sign: Δw = −v of the system).
  WATTSTEIN_HD_CALL void cone_direction(int c, Vec shift);

  // c2 ← Δs, c1 ← Δw of an expanded cone, the latter as the system has it, so that the reduced costs come out exactly
  // whatever W² does.
  WATTSTEIN_HD_CALL void expanded_direction(int c);

  // Cones that a careful plan writes in the frame of their scaling: the same for their rows (ipm_frames.hpp).
  WATTSTEIN_HD bool framed(int c) const {
    if constexpr (Space::careful) return f.cone_row[c] >= 0 && f.cone_extra[c] < 0;
    else return false;
  }
  WATTSTEIN_HD bool careful() const {
    if constexpr (Space::careful) return f.careful != 0;
    else return false;
  }
  WATTSTEIN_HD_CALL void factor_frame(int c);
  WATTSTEIN_HD_CALL void put_frame_rhs(int c);
  WATTSTEIN_HD_CALL void frame_remainder(int c);

  // c1 ← W² c1 of cone c, with every digit along each eigenvector.
  WATTSTEIN_HD_CALL void square_in_frame(int c);

  // s and w that rounding has put onto the surface of their cone or outside go back inside, by a rounding.
  WATTSTEIN_HD_CALL void keep_inside();
  WATTSTEIN_HD_CALL void keep_one_inside(Vec u, int q_);

  // rhs ← K⁻¹ rhs; for lanes in `refine`, refined `passes` times against the matrix without δ.
  WATTSTEIN_HD_CALL void solve(Mask refine, int passes);

  // rhs ← asked − K found, K without δ and with W² in place of an expansion.
  WATTSTEIN_HD_CALL void remainder();

  // No right-hand side in the rows of expanded cones, until put_cone_rhs.
  WATTSTEIN_HD void clear_auxiliary() {
    for (int i = f.n + f.m; i < f.kkt_rows; ++i) rhs[f.place[i]] = Real(0.0);
  }

  // Right-hand side of the predictor.
  WATTSTEIN_HD_CALL void predictor_rhs();

  // Affine step lengths, μ after them, σ = (μ_aff/μ)³, and the corrector's right-hand side.
  WATTSTEIN_HD_CALL void corrector_rhs();

  // Longest steps of the direction in rhs with its targets, at most 1; whether that direction is finite.
  WATTSTEIN_HD_CALL void lengths(Real& ap, Real& ad, Mask& finite);

  // Up to f.correctors times: a direction whose products come nearer to one another, kept by the lanes that it serves.
  WATTSTEIN_HD_CALL void centre(Mask moving, Mask refine, int passes);

  /// Share of the way to the boundary that a step may go.
  WATTSTEIN_HD double step_fraction() const {
    return f.cones > 0 ? 0.99 : careful() || !f.separate_steps ? 0.998 : 0.9995;
  }

  // Step lengths of the corrected direction and the step. `moving` lanes move.
  // Returns the smaller of the two step lengths; 0 for a direction that is not finite.
  WATTSTEIN_HD_CALL Real step(Mask moving, double fraction);
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels

#include "kernels/ipm/ipm_centre.hpp"
#include "kernels/ipm/ipm_frames.hpp"
#include "kernels/ipm/ipm_krylov.hpp"
#include "kernels/ipm/ipm_residuals.hpp"
#include "kernels/ipm/ipm_start.hpp"
#include "kernels/ipm/ipm_steps.hpp"
#include "kernels/ipm/ipm_system.hpp"
