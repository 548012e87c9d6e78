#pragma once
// What an ADMM run is told, and the scalars of one problem.

#include "kernels/batch/method.hpp"
#include "kernels/math/norms.hpp"
#include "kernels/math/sparse_factor.hpp"

namespace wattstein::kernels {

/// ρ = 0.1 · 5^rung; σ = 1e-5 ρ. Rows with l = u take 1000 ρ.
struct RhoLadder {
  static constexpr int lowest = -9;
  static constexpr int highest = 9;
  static constexpr int rungs = highest - lowest + 1;
  static constexpr double base = 0.1;
  static constexpr double step = 5.0;
  static constexpr double sigma = 1e-5;  // of ρ
  static constexpr double equality = 1e3;
};

/// Shared factors: one per equality pattern and rung, made when first asked for. Thread safe.
struct FactorSource {
  void* context = nullptr;
  FactorNumbers (*get)(void* context, int key, int rung) = nullptr;
};

/// One run over a queue of problems; plain pointers, so that it can be handed to a device as it is.
struct AdmmJob {
  PatternView pattern;
  FactorView factor;
  BatchView batch;
  SharedNumbers shared;
  bool own_factors = false;  // every problem factorises for itself
  FactorSource factors;      // shared factors
  const FactorNumbers* table =
      nullptr;               // the same as a table (keys · rungs), where calls back to the host are impossible
  const int* key = nullptr;  // (B) equality pattern of each problem; null: 0
  SolutionView out;
  WorkQueue queue;
  double absolute = 1e-4, relative = 1e-4;
  int max_iterations = 0;
  int check_period = 25;
  bool warm_start = true;
  const int* spent = nullptr;  // (B) iterations of an earlier run that this one continues; null: none
  double* weight = nullptr;    // (B) ρ at the end; where not 0 at the beginning, ρ to begin with. Null: not kept
};

inline namespace WATTSTEIN_ISA {

struct AdmmControl {
  std::int64_t problem = -1;  // -1: the lane is empty
  int iterations = 0;
  int checks = 0;
  int changes = 0;      // of ρ
  int next_change = 2;  // check from which ρ may change again
  int key = 0;
  int rung = 0;
  int primal_alarms = 0;
  int dual_alarms = 0;

  WATTSTEIN_HD bool rays_due() const { return checks % 4 == 0; }
  /// Convergence is proven for a ρ that settles: every four changes the wait for the next one doubles.
  WATTSTEIN_HD void rho_changed() {
    changes += 1;
    next_change = checks + (2 << (changes / 4 < 20 ? changes / 4 : 20));
  }
};

WATTSTEIN_HD double rho_of(int rung) {
  double rho = RhoLadder::base;
  for (int k = 0; k < rung; ++k) rho *= RhoLadder::step;
  for (int k = 0; k > rung; --k) rho /= RhoLadder::step;
  return rho;
}

WATTSTEIN_HD int nearest_rung(double rho) {
  const double exponent = ::log(rho / RhoLadder::base) / ::log(RhoLadder::step);
  const double clipped =
      min(max(exponent, static_cast<double>(RhoLadder::lowest)), static_cast<double>(RhoLadder::highest));
  return static_cast<int>(::floor(clipped + 0.5));
}

/// P stays out of the column norms: a large P_jj would make the column of K tiny and its rows hard to meet
/// (socp33, P_jj = 1e6: 300 iterations instead of several thousand).
WATTSTEIN_HD ScalingRecipe admm_scaling() {
  return ScalingRecipe{10, false, false, false, false};
}

/// Diagonal of the KKT matrix by place: p̃_j + σ + ρ for variables, -1/ρ_i for rows. equality (rows): 1 where ρ is
/// raised.
template <class Team>
WATTSTEIN_BODY void kkt_diagonal(const Team& team, const PatternView& pattern, const FactorView& factor,
                                 const double* p, const signed char* equality, double rho, double* diagonal) {
  team.each(pattern.n, [&](int j) { diagonal[factor.place[j]] = (p ? p[j] : 0.0) + rho * (1.0 + RhoLadder::sigma); });
  team.each(pattern.rows, [&](int i) {
    diagonal[factor.place[pattern.n + i]] = -1.0 / (equality[i] ? rho * RhoLadder::equality : rho);
  });
}

}  // namespace WATTSTEIN_ISA

/// Entry points of one instruction set.
struct AdmmEntries {
  /// Scales a shared matrix: values (nnz), row (rows), column (n), p (n, diagonal of P̃). work: rows + n + nnz_p
  /// doubles.
  bool (*prepare)(const PatternView& pattern, const BatchView& batch, double* values, double* row, double* column,
                  double* p, double* work);
  /// Factorises for one equality pattern and rung. by_column, scaled (entries), inverse_pivot, diagonal (N).
  void (*factor)(const PatternView& pattern, const FactorView& factor, const double* values, const double* p,
                 const signed char* equality, int rung, double* by_column, double* scaled, double* inverse_pivot,
                 double* diagonal);
  std::int64_t (*arena_bytes)(const AdmmJob& job, int lanes);
  void (*run)(const AdmmJob& job, int lanes, char* arena);  // one worker thread
  int lanes;
};

}  // namespace wattstein::kernels
