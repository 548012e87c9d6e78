#pragma once
// The operator's data, its inputs (proposals) and its answers, as arrays with samples on axis 0. MW, MVAr, $/h at the
// outside; injections into the network are positive.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/models/dso/feeder.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::engine {

/// A dispatchable unit; the substation is the first one and stands at the root. Cost a p² + b p in $/h.
struct DsoUnit {
  std::string name;
  int bus = 0;  // position
  double p_min_mw = 0.0, p_max_mw = 0.0, q_min_mvar = 0.0, q_max_mvar = 0.0;
  double cost_a_per_mw2h = 0.0, cost_b_per_mwh = 0.0;
};

struct DsoMicrogrid {
  std::string name;
  int bus = 0;  // position
  double p_min_mw = 0.0, p_max_mw = 0.0;
};

/// How the upper voltage limit is kept: `lossless` adds v̂_n ≤ v_max² (tight cones), `lossy` is the plain relaxation.
enum class UpperVoltage { lossless, lossy };

struct DsoData {
  Feeder feeder;
  UpperVoltage upper_voltage = UpperVoltage::lossless;
  double shed_max_fraction = 1.0;
  double tight_loss_mw = 1e-3;
  double accept_relative = 0.01, accept_absolute_mw = 1e-3;
  std::vector<DsoUnit> units;            // (G) substation first
  std::vector<DsoMicrogrid> microgrids;  // (M)

  int buses() const { return feeder.buses(); }
  int lines() const { return feeder.line_count(); }
  int unit_count() const { return static_cast<int>(units.size()); }
  int microgrid_count() const { return static_cast<int>(microgrids.size()); }
  bool capped() const { return upper_voltage == UpperVoltage::lossless; }
};

/// S proposals. power_factor NaN: the case's (for the record only; qd is what counts).
struct DsoInputs {
  std::int64_t count = 0;                                                    // S
  std::vector<std::int64_t> id;                                              // (S)
  std::vector<double> load_scale, power_factor, shed_cost, correction_cost;  // (S) -, -, $/MW²h, $/MW²h
  std::vector<double> pd, qd, pv;                                            // (S, N) MW, MVAr, MW
  std::vector<double> net;                                                   // (S, M) MW

  void resize(std::int64_t rows, const DsoData& data);
  /// Row `from` of another set becomes row `to` of this one.
  void copy_row(const DsoData& data, const DsoInputs& source, std::int64_t from, std::int64_t to);
};

/// Answers of S proposals, in the units and with the signs of the data set. A row that was not solved holds NaN or 0,
/// except that a certified infeasible one holds its ray in the dual arrays.
struct DsoAnswers {
  std::int64_t count = 0;
  std::vector<double> pg, qg;                // (S, G) MW, MVAr
  std::vector<double> pm;                    // (S, M) MW
  std::vector<double> shed;                  // (S, N) MW
  std::vector<double> pf, qf;                // (S, L) MW, MVAr at the end nearer the root
  std::vector<double> l;                     // (S, L) squared current, p.u.
  std::vector<double> v;                     // (S, N) squared voltage, p.u.
  std::vector<double> balance_p, balance_q;  // (S, N) $/MWh, $/MVArh
  std::vector<double> drop;                  // (S, L) $/h
  std::vector<double> cone;                  // (S, L, 4) $/h: w_l, w_v, w_P, w_Q
  std::vector<double> voltage_cap;           // (S, N) $/h, zeros when lossy
  std::vector<double> price_p, price_q;      // (S, N) $/MWh, $/MVArh
  std::vector<kernels::Status> status;       // (S)
  std::vector<double> objective, lower_bound, socp_gap, fictitious_loss, seconds;  // (S) $/h, $/h, p.u., MW, s
  std::vector<std::int64_t> iterations;                                            // (S)
  std::vector<std::uint8_t> tight;                                                 // (S)
  std::vector<std::uint8_t> accepted;                                              // (S, M)

  void resize(std::int64_t rows, const DsoData& data);
  /// Row `from` of another set becomes row `to` of this one.
  void copy_row(const DsoData& data, const DsoAnswers& source, std::int64_t from, std::int64_t to);
};

}  // namespace wattstein::engine
