#pragma once
// The operator's dispatch under the full AC equations: the power flow that its relaxation stands for.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

class AcPowerFlow;

/// What the power flow says of the responses that were checked; buses but the root. Limits are the operator's.
struct DsoAcVerdict {
  std::int64_t checked = 0, lost = 0;                 // rows; rows without a power flow solution
  double voltage_min_pu = 0.0, voltage_max_pu = 0.0;  // NaN when no row converged, like the three below
  double voltage_margin_pu = 0.0;                     // least distance to a limit; negative beyond it
  double loading_percent = 0.0;                       // largest |I| over a line's limit
  std::int64_t beyond = 0;                            // rows beyond a limit by more than the tolerances below
  bool converged() const { return checked > 0 && lost == 0; }
  /// Every checked row has a power flow within its limits.
  bool feasible() const { return converged() && beyond == 0; }
  double violation_pu() const { return voltage_margin_pu < 0.0 ? -voltage_margin_pu : 0.0; }  // 0 when none
  double overload_percent() const { return loading_percent > 100.0 ? loading_percent - 100.0 : 0.0; }
  void add(const DsoAcVerdict& other);
};

/// A limit counts as kept when it is exceeded by no more than this: ten times the accuracy of a data set (1e-6).
inline constexpr double dso_ac_voltage_tolerance_pu = 1e-5, dso_ac_loading_tolerance_percent = 1e-2;

class DsoAc {
 public:
  /// `case_file`: the feeder's MATPOWER case, whose loads are replaced by those of the inputs. `data` must outlive it.
  DsoAc(const std::filesystem::path& case_file, const DsoData& data);
  /// The same network from the operator's own data (a data set carries no case file).
  explicit DsoAc(const DsoData& data);
  ~DsoAc();
  DsoAc(DsoAc&&) noexcept;

  struct Rows {
    std::vector<std::int64_t> row;   // (R) rows of the answers
    std::vector<double> voltage_pu;  // (R, N); NaN where not converged
    std::vector<double> loading;     // (R, L) |I| over the limit
  };
  /// AC power flow at p, p_g, q_g, ls with the root's voltage of every row that has a point (`tight_only`: of those
  /// whose relaxation is exact; the voltages of the others mean nothing).
  Rows solve(const DsoInputs& inputs, const DsoAnswers& answers, int threads, bool tight_only = false) const;
  DsoAcVerdict judge(const Rows& rows) const;

 private:
  const DsoData& data_;
  std::unique_ptr<AcPowerFlow> flow_;
};

}  // namespace wattstein::engine
