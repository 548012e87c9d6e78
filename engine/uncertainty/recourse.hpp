#pragma once
// The second stage of an agent, as coordination and worst-case search see it: one small LP per hour and realisation
// whose sides and bounds are affine in the first-stage decision x and in the realisation ω.
//
//   Q_h(x; ω) = r_h + w_costᵀ ω + min { qᵀ z :  l_h + X_h x + W ω ≤ A z ≤ u_h + X_h x + W ω,
//                                               lb_h ≤ z ≤ ub_h + U_h x + V ω }
//
// A and q are the same in every hour (q already carries Δt), so all LPs of an agent are one batch.

#include <string>
#include <utility>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// target += coefficient · source
struct AffineTerm {
  int target;  // row, or variable of the recourse
  int source;  // first-stage column, or index of the renewable
  double coefficient;
};

struct RecourseHour {
  std::vector<double> l, u;         // (m) constant part of the row sides
  std::vector<double> lb, ub;       // (n) constant part of the bounds; finite
  double r = 0.0;                   // constant of the objective
  std::vector<AffineTerm> x_rows;   // X_h: moves both sides of a row
  std::vector<AffineTerm> x_upper;  // U_h: moves an upper bound (0 ≤ r↑ ≤ b↑)
};

struct Recourse {
  kernels::Batch lp;                // one problem: A and q, names; sides and bounds are filled per hour and realisation
  std::vector<RecourseHour> hours;  // (H)
  std::vector<AffineTerm> w_rows;   // W, every hour
  std::vector<AffineTerm> w_upper;  // V: u_r ≤ ω_r
  std::vector<double> w_cost;       // (n_r) Δt C_r of the curtailment C_r (ω_r − u_r)
  std::vector<int> used;            // (n_r) variable u_r
  std::vector<int> shed;            // variables s_n, for the reported shedding
  std::vector<int> violation;       // slacks of voltage and line limits, for the reported violations
  double step_hours = 1.0;          // Δt, to turn MW of the LP into MWh
};

/// Samples of one agent: what it may see when it decides, and its support box.
struct AgentSamples {
  std::vector<std::string> renewables;  // (n_r)
  int hours = 0;
  int count = 0;                     // E
  std::vector<double> values;        // (E, H, n_r) MW available
  std::vector<double> lower, upper;  // (H, n_r) support Ξ
  std::vector<double> mean;          // (H, n_r)
  std::vector<double> test;          // (E_test, H, n_r) held out; may be empty
  double radius_mw = -1.0;           // given radius; negative: by the formula
  int resources() const { return static_cast<int>(renewables.size()); }
  const double* at(int sample, int hour) const {
    return values.data() + (static_cast<std::ptrdiff_t>(sample) * hours + hour) * resources();
  }
};

}  // namespace wattstein::engine
