#pragma once
// Judging a distribution schedule by the full AC equations.

#include <string>
#include <vector>

#include "engine/powerflow/ac_power_flow.hpp"

namespace wattstein::engine {

/// What may be violated. Voltage limits are the case's (Vmin, Vmax of each bus) unless given; the reference bus is not
/// judged.
struct AcLimits {
  std::vector<double> v_min_pu, v_max_pu;  // by bus index, or empty: the case's
  bool line_ratings = true;                // rateA of the case where it is positive
  double voltage_tolerance_pu = 1e-6;      // a violation counts beyond these
  double loading_tolerance_mva = 1e-6;
};

/// One hour (or sample) of a schedule. Violations are 0 where a limit holds.
struct AcHour {
  bool converged = false;
  bool feasible = false;                   // converged and nothing beyond the tolerances
  AcFigures figures;                       // defined where converged
  double v_low_pu = 0.0, v_high_pu = 0.0;  // largest shortfall below Vmin, largest excess over Vmax
  int v_low_bus = 0, v_high_bus = 0;       // where; 0: nowhere
  double overload_mva = 0.0;               // largest excess over a rating
  int overload_from = 0, overload_to = 0;  // of the line; 0: nowhere
};

struct AcVerdict {
  bool feasible = false;  // every hour is
  int converged = 0;
  double v_min_pu = 0.0, v_max_pu = 0.0;                       // over the converged hours; NaN when there is none
  double v_low_pu = 0.0, v_high_pu = 0.0, overload_mva = 0.0;  // worst over the hours
  std::vector<AcHour> hours;
  /// "ac: feasible, voltages 0.951 to 1.003" or what is violated where: one line for logs and reports.
  std::string sentence() const;
};

/// Solves one power flow per hour and compares with the limits. `injections`: (hours × buses), MW and MVAr into the
/// network, loads included (case_injections() gives a start). Errors: as AcPowerFlow::solve.
AcVerdict verify_ac(const AcPowerFlow& flow, const AcInjections& injections, const AcLimits& limits = {},
                    const AcSettings& settings = {});

}  // namespace wattstein::engine
