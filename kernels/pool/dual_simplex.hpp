#pragma once
// Bounded dual simplex on  minimise qᵀx  s.t.  Ax − z = 0,  lb ≤ x ≤ ub,  l ≤ z ≤ u.

#include <vector>

#include "kernels/pool/basis_factor.hpp"

namespace wattstein::kernels {

enum class Side : signed char { basic = 0, lower = -1, upper = 1 };

/// A basis with its multipliers: d_j = q_j − a_jᵀy for x_j, d = y_i for z_i; 0 for the basic ones. Each variable that
/// is not basic stands at the side that the sign of its d asks for.
struct Basis {
  std::vector<int> head;   // (m) head[r]: basic variable of row r of the factor
  std::vector<Side> side;  // (n + m)
  std::vector<double> d;   // (n + m)
  BasisFactor factor;
};

/// Sides of one problem's variables, x first, z below.
struct PoolBounds {
  const double *x_lower, *x_upper, *z_lower, *z_upper;
};

class DualSimplex {
 public:
  /// `matrix` and `cost` (n) must outlive this.
  DualSimplex(const PoolMatrix& matrix, const double* cost);

  /// Recomputes d (and the sides of variables with d ≠ 0) from the factor.
  void price(Basis& basis) const;

  /// The basis of the variables that have most room: where a first problem begins. `room` (n + m). False when no basis
  /// was found.
  bool crash(const double* room, Basis& basis) const;

  /// Pivots until every basic value lies within its bounds, to `feasible`·(1 + |bound|). Returns the number of pivots,
  /// -1 when it gave up: more than `most` pivots, a side that d asks for infinite, no entering variable (an infeasible
  /// problem), or digits lost. On success `basis` is the optimal one and `x` (n) its point.
  int run(const PoolBounds& bounds, double feasible, int most, Basis& basis, double* x);

 private:
  bool start(const Basis& basis);
  void values(const Basis& basis);  // value_ of all variables from their sides
  int leaving(const Basis& basis, double feasible) const;
  int entering(double slope);

  const PoolMatrix& a_;
  const double* cost_;
  std::vector<double> lower_, upper_;  // (n + m)
  std::vector<double> value_;          // (m) of the basic variables, by row of the factor
  std::vector<double> row_, change_;   // (m) of B⁻ᵀ, right-hand sides
  std::vector<double> alpha_;          // (n + m) pivot row
  struct Candidate {
    double ratio, size;
    int variable;
  };
  std::vector<Candidate> candidates_;
  std::vector<int> flipped_;
};

}  // namespace wattstein::kernels
