#pragma once
// Independent judgement of answers on the original, unscaled data. Shares no code with the methods.
//
// Lagrangian signs: d = P x + q − Aᵀ y − Gᵀ w,  y_i > 0 only at a lower side, w_k in the dual cone of K_k.

#include <cstdint>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// What is true of a point (x, y, w) of one problem.
struct Judgement {
  double objective = 0.0;       // ½ xᵀPx + qᵀx + r
  double dual_objective = 0.0;  // r + Σ(y⁺l − y⁻u) − wᵀg − ½ xᵀPx + Σ_j min over finite bounds of d_j x_j
  double bound = 0.0;           // certified: β(y, w); −inf where a needed bound of a variable is infinite
  double primal_residual = 0.0;  // ℓ∞ distance of rows, bounds and cones from their sets
  double dual_residual = 0.0;    // ℓ∞ of d without what finite bounds absorb
  double gap = 0.0;              // |objective − dual_objective|
  // The same over 1 + the largest term of that residual: each must be ≤ tolerance. The gap's, over 1 + |objective|,
  // also counts what the residuals let the objective miss without showing in the gap: Σ |d_j x_j| of entries that no
  // bound absorbs, Σ |y_i| times the violation of row i.
  double primal_relative = 0.0, dual_relative = 0.0, gap_relative = 0.0;

  double relative() const;  // largest of the three; NaN counts as infinite
};

/// Judges the problems of one batch, which must outlive it. One Judge per thread (it holds scratch space).
class Judge {
 public:
  explicit Judge(const kernels::Batch& batch);

  /// Cuts y to the signs its finite sides allow and projects w into the dual cone, both in place; then judges.
  /// `d` (n) receives the reduced costs.
  /// Where the gap fails `tolerance` only because noise in d meets a far away bound, such entries of d are counted as
  /// residual instead of being absorbed.
  Judgement judge(std::int64_t problem, const double* x, double* y, double* w, double* d, double tolerance);

  /// Verifies a ray of primal infeasibility: with s = −Aᵀy − Gᵀw
  ///     Σ (y⁺ l − y⁻ u) − wᵀg + Σ_j min_{lb ≤ x_j ≤ ub} s_j x_j > 0,
  /// entries of s that no finite bound absorbs at most `tolerance` once the ray is scaled to 1, times the largest entry
  /// of their column where that is below 1.
  /// True: (y, w) has been scaled so, `s` (n) holds s and `residual` the largest unabsorbed entry. False: y, w are cut
  /// and projected only.
  bool primal_ray(std::int64_t problem, double* y, double* w, double* s, double tolerance, double& residual);

  /// Verifies a ray of dual infeasibility: P x = 0, qᵀx < 0, A x, x, G x in the recession cones of their sets, each
  /// within `tolerance` once scaled to qᵀx = −1, times the largest |a_ij x_j| where that is below 1. True: x has been
  /// scaled so.
  bool dual_ray(std::int64_t problem, double* x, double tolerance, double& residual);

 private:
  const double* values(const kernels::Matrix& matrix, std::int64_t problem, std::vector<double>& scratch) const;
  void times(const kernels::Matrix& matrix, const double* values, const double* x, double* out) const;
  void subtract_transposed(const kernels::Matrix& matrix, const double* values, const double* y, double* out) const;
  bool clean_dual(std::int64_t problem, double* y, double* w) const;  // false: y or w is not finite
  void multiply_dual(const double* a, const double* y);               // fills aty_
  void set_curvature(const double* p);
  double quadratic(const double* p, const double* x);  // fills px_, returns ½ xᵀPx
  double cone_distance(const double* s) const;

  const kernels::Batch& batch_;
  bool diagonal_ = true;           // P has no entry off its diagonal
  std::vector<double> curvature_;  // (n) that diagonal; 0 for another P
  std::vector<double> a_, p_, g_;  // values of one problem, where they vary
  std::vector<double> ax_, gx_, px_, aty_, gtw_, x_;
  std::vector<double> y_;  // (m) whose product aty_ holds
};

/// Euclidean projection of every cone of `w` into its dual cone (both kinds are self-dual), in place.
void project_cones(const std::vector<kernels::Cone>& cones, double* w);

}  // namespace wattstein::engine
