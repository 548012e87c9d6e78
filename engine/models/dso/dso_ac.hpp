#pragma once
// The operator's dispatch under the full AC equations: the power flow that its relaxation stands for.

#include <filesystem>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

/// Over all rows that have a point, buses but the root.
struct DsoAcVerdict {
  bool converged = true;
  double voltage_min_pu = 0.0, voltage_max_pu = 0.0;
  double violation_pu = 0.0;      // largest excess beyond v_min, v_max; 0 when none
  double overload_percent = 0.0;  // largest excess of |I| over a line's limit; 0 when none
};

/// AC power flow of every row at its p, p_g, q_g, ls with the root's voltage. `case_file`: the feeder's MATPOWER case.
DsoAcVerdict dso_ac_check(const std::filesystem::path& case_file, const DsoData& data, const DsoInputs& inputs,
                          const DsoAnswers& answers, int threads);

}  // namespace wattstein::engine
