#pragma once
// The recourse of a transmission system (coordination page, "Transmission, second stage") for many rows: data and
// arrays. MW, rad, $; one period of step_hours.
//
//   min  Δt Σ_g [(1 + m) C↑ r↑ − (1 − m) C↓ r↓] + Δt Σ_r C_r (ω − u) + Δt C_s Σ_n s + Δt C_o Σ_n o
//   P_g + r↑ − r↓ + u + s − o − Σ out f + Σ in f = load  (every bus),   f = base (θ_i − θ_j − φ) / x
//   |f_l| ≤ limit,  0 ≤ r↑ ≤ b↑,  0 ≤ r↓ ≤ b↓,  0 ≤ u ≤ ω,  0 ≤ s ≤ load⁺,  0 ≤ o ≤ load⁻ + Σ P_max,  θ in a box

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/batch/method.hpp"

namespace wattstein::engine {

struct RecourseSystem {
  struct Line {
    int from = 0, to = 0;       // bus positions
    double reactance_pu = 0.0;  // x · ratio
    double shift_rad = 0.0;
    double limit_mw = 0.0;  // 0: none
  };
  struct Unit {
    std::string name;
    int bus = 0;
    double p_min_mw = 0.0, p_max_mw = 0.0, reserve_up_mw = 0.0, reserve_down_mw = 0.0;
    double cost_per_mwh = 0.0;                              // for the schedules that are drawn
    double up_cost_per_mwh = 0.0, down_cost_per_mwh = 0.0;  // C↑, C↓
  };
  struct Renewable {
    std::string name;
    int bus = 0;
    double capacity_mw = 0.0, curtailment_cost_per_mwh = 0.0;
  };
  double base_mva = 100.0, step_hours = 1.0, markup = 0.1;
  double shedding_cost_per_mwh = 0.0, overgeneration_cost_per_mwh = 0.0;
  int reference = 0;
  std::vector<int> bus_number;                       // (N)
  std::vector<double> load_mw;                       // (N) nominal
  std::vector<double> angle_min_rad, angle_max_rad;  // (N) 0 at the reference
  std::vector<Line> lines;                           // (L)
  std::vector<Unit> units;                           // (G)
  std::vector<Renewable> renewables;                 // (R)

  int buses() const { return static_cast<int>(bus_number.size()); }
  int line_count() const { return static_cast<int>(lines.size()); }
  int unit_count() const { return static_cast<int>(units.size()); }
  int renewable_count() const { return static_cast<int>(renewables.size()); }
  /// Σ P_max of the units at each bus: what a surplus may be besides a negative load. (N)
  std::vector<double> surplus_mw() const;
};

/// S rows, inputs and answers side by side. Answers of a row without a point are NaN or 0.
struct RecourseRows {
  std::int64_t count = 0;
  std::vector<std::int64_t> id;                         // (S)
  std::vector<double> load_scale;                       // (S)
  std::vector<double> pd;                               // (S, N) MW
  std::vector<double> pg, reserve_up, reserve_down;     // (S, G) MW: schedule and booked reserves
  std::vector<double> available;                        // (S, R) MW
  std::vector<double> up, down;                         // (S, G) MW deployed
  std::vector<double> used;                             // (S, R) MW
  std::vector<double> shed, surplus;                    // (S, N) MW
  std::vector<double> angle;                            // (S, N) rad
  std::vector<double> flow;                             // (S, L) MW
  std::vector<double> balance;                          // (S, N) $/MWh: price of load
  std::vector<double> limit;                            // (S, L) $/MWh: derivative by a shift of the line's interval
  std::vector<kernels::Status> status;                  // (S)
  std::vector<double> objective, lower_bound, seconds;  // (S) $, $, s
  std::vector<std::int64_t> iterations;                 // (S)

  void resize(std::int64_t rows, const RecourseSystem& system);
};

}  // namespace wattstein::engine
