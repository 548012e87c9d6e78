#pragma once
// W(x) of one agent from below (pool of dual points) and from above (certified search).
//
// For a dual point the inner maximum separates over the coordinates and is closed-form:
//     max_{ω ∈ Ξ} [ β(ω) − ζ‖ω − ω_a‖₁ ] = β(ω_a) + Σ_r max(0, (g_r − ζ)(hi_r − ω_a,r), (−g_r − ζ)(ω_a,r − lo_r))
//                                        = β(0) + Σ_r [ (g_r − ζ)⁺ hi_r − (−g_r − ζ)⁺ lo_r ] + s · ω_a,
//     g = ∂β/∂ω,  s_r = g_r cut to [−ζ, ζ],
// so one pass over the pool gives every atom the best dual and the best realisation for it: a lower bound of W that no
// enumeration is needed for, and an affine cut in (x, ζ).

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/uncertainty/atom_tree.hpp"
#include "engine/uncertainty/atoms.hpp"
#include "engine/uncertainty/dual_pool.hpp"
#include "engine/uncertainty/recourse_pieces.hpp"
#include "engine/uncertainty/recourse_solver.hpp"

namespace wattstein::engine {

/// W_h ≥ constant + gradient · x − distance · ζ for every x and ζ ≥ 0 (the term ζ φ of W stands apart).
struct WorstCaseCut {
  int hour = 0;
  double constant = 0.0;
  double distance = 0.0;         // Σ_a weight ‖ω* − ω_a‖₁, MW
  std::vector<double> gradient;  // (n of the first stage)
};

class WorstCase {
 public:
  WorstCase(const Recourse& recourse, Atoms atoms);

  const Atoms& atoms() const { return atoms_; }
  DualPool& pool() { return pool_; }
  const DualPool& pool() const { return pool_; }
  /// ζ beyond this never helps (0 unless moving is priced).
  double zeta_limit() const { return zeta_limit_; }
  /// Largest possible ∂Q/∂ω_r: more of a renewable can always be curtailed. Infinite when rows depend on ω.
  double slope_limit(int resource) const;

  /// Moves to a first-stage point; everything below is at this point. Duals added later are taken in by refresh().
  void set_point(std::span<const double> x);
  void refresh();
  std::span<const double> shift(int hour) const;

  /// Best dual of every atom at ζ.
  struct Sweep {
    double zeta = 0.0;
    double total = 0.0;          // ζ φ + Σ_h hourly: lower bound of W(x) at this ζ
    double distance = 0.0;       // Σ weight ‖ω* − ω_a‖₁; φ − distance is the slope of total in ζ
    std::vector<double> hourly;  // (H)
    std::vector<double> value;   // (atoms)
    std::vector<int> dual;       // (atoms), −1 with an empty pool
  };
  Sweep sweep(double zeta) const;
  /// The ζ that minimises total over the pool, within a relative width of 1e-10 of the range.
  double best_zeta() const;
  /// ω* of an atom for a dual at ζ.
  std::vector<double> best_realisation(int hour, int atom, int dual, double zeta) const;
  /// The cut of an hour that a sweep gives.
  WorstCaseCut cut(const Sweep& sweep, int hour, std::size_t columns) const;
  /// The same for some of the hour's atoms: those that `cluster` (all atoms) gives the number `wanted`.
  WorstCaseCut cut(const Sweep& sweep, int hour, std::size_t columns, std::span<const int> cluster, int wanted) const;
  /// β of the pool at a realisation of an hour: its best lower bound of Q.
  double pool_value(int hour, std::span<const double> omega) const;
  /// Q_h at the present point, piece by piece. Hours may be asked from threads of their own.
  RecoursePieces& pieces(int hour);
  /// The pieces of every hour for a checkpoint (H; empty: none yet), and back. Error when they belong to other LPs.
  std::vector<std::string> save_pieces() const;
  void load_pieces(std::span<const std::string> saved);
  /// Realisations that the pieces of all hours were asked for, and how many of them the simplex had to solve.
  std::pair<std::int64_t, std::int64_t> asked() const;
  /// Looks at Q in the corners of the support, at the atoms and where the best duals of all atoms at ζ move them, and
  /// adds the duals that are better there; the last again until there are none, at most `rounds` times. Realisations
  /// that the pieces cannot answer go to `solver`. Returns how many duals were added; `gain` as in offer(). With a
  /// `turn` only a part of many atoms is looked at, another one from turn to turn.
  int explore(double zeta, double gain, int rounds, RecourseSolver& solver, int turn = -1);
  /// Adds y, whose bound at (hour, ω) is `bound`, when that beats the pool's by more than `gain`, relative to 1 + |Q|.
  /// True when added.
  bool offer(int hour, std::span<const double> omega, std::span<const double> y, double bound, double gain);

 private:
  /// Corners of an hour's support; none where nothing moves or they are too many.
  std::vector<std::vector<double>> corners(int hour) const;
  /// β of a dual that alpha_ covers.
  double known_value(int hour, int dual, std::span<const double> omega) const;
  /// value and dual of a sweep; outside of the part: −∞ and −1.
  Sweep best_duals(double zeta, AtomTree::Part part) const;

  const Recourse* recourse_;
  Atoms atoms_;
  DualPool pool_;
  AtomTree tree_;
  double zeta_limit_ = 0.0;
  std::vector<double> shift_;  // (H, moved_width)
  int point_ = 0;              // counts set_point()
  std::shared_ptr<const kernels::PoolMatrix> matrix_;
  RecoursePieces& made(int hour);
  std::vector<std::unique_ptr<RecoursePieces>> pieces_;  // (H) made when first asked for
  std::vector<int> pieces_point_;                        // (H) where they stand
  std::vector<double> alpha_;                            // (H, K_known)
  int known_ = 0;                                        // duals that alpha_ covers
};

/// Lower bounds raised where the pool is weak: solves the LPs at the best realisations of representative atoms (one for
/// each dual in use and a rotating choice of others) of every agent as one batch, adds what helps, and repeats. Returns
/// how many duals were added. `zetas` (agents).
struct ClimbSettings {
  int rounds = 2;
  int per_hour = 6;    // LPs an hour, agent and round
  double gain = 1e-6;  // relative to 1 + |Q|: smaller improvements are not kept
  int turn = 0;        // rotates the choice from call to call
};
int climb(std::span<WorstCase* const> agents, std::span<const double> zetas, RecourseSolver& solver,
          const ClimbSettings& settings);

}  // namespace wattstein::engine
