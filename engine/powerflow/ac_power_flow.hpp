#pragma once
// AC power flow of a network for many scenarios at once, in MW, MVAr and p.u. of voltage.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/grid/network.hpp"
#include "kernels/powerflow/powerflow.hpp"

namespace wattstein::engine {

enum class AcMethod { automatic, sweep, newton };  // automatic: sweep where it applies, else newton

struct AcSettings {
  AcMethod method = AcMethod::automatic;
  double tolerance_pu = 1e-8;  // largest |ΔP|, |ΔQ|, p.u. of baseMVA
  int max_iterations = 0;      // 0: 30 for newton, 500 for sweep
  int threads = 0;             // 0: all cores
  kernels::Device device = kernels::Device::cpu;
  int devices = 0;  // CUDA devices that share the scenarios; 0: all
};

/// What is fed into each bus besides what the reference units make: S × n, bus index fastest, MW and MVAr into the
/// network.
struct AcInjections {
  std::vector<double> p_mw, q_mvar;
};

/// Voltages by scenario and bus index; NaN where a scenario did not converge.
struct AcSolution {
  kernels::PowerFlowSolution raw;  // re, im (S × n); mismatch, iterations, converged (S)
  kernels::PowerFlowMethod method = kernels::PowerFlowMethod::newton;  // the one that ran
  std::int64_t scenarios() const { return raw.scenarios(); }
};

/// Figures of one converged scenario.
struct AcFigures {
  double loss_mw = 0.0, loss_mvar = 0.0;  // Σ S_from + S_to over the lines
  double v_min_pu = 0.0, v_max_pu = 0.0;
  int v_min_bus = 0, v_max_bus = 0;             // bus numbers; of buses within 1e-9 p.u. the first of the file
  double slack_p_mw = 0.0, slack_q_mvar = 0.0;  // what the units at reference buses make
};

class AcPowerFlow {
 public:
  /// Errors: a bus without a way to a reference (named), a set voltage that is not positive.
  explicit AcPowerFlow(grid::Network network);

  const grid::Network& network() const { return network_; }
  int buses() const { return network_.buses(); }
  bool sweep_applies() const { return flow_.sweep_applies(); }

  /// Injections of the case itself: −load_scale (Pd + jQd) + generation_scale ΣPg + j ΣQg; at reference buses without
  /// the units, which make what is needed. Shape (n); overwritten.
  void case_injections(double load_scale, double generation_scale, std::span<double> p_mw,
                       std::span<double> q_mvar) const;

  /// Solves all scenarios. Errors: sweep where it does not apply (a loop is named), wrong sizes, CUDA that is not
  /// there. A scenario that does not converge is flagged and touches no other one.
  AcSolution solve(const AcInjections& injections, const AcSettings& settings = {}) const;

  /// Figures of scenario s of a solution. `fixed_p_mw`, `fixed_q_mvar`: the injections it was solved for (n).
  AcFigures figures(const AcSolution& solution, std::int64_t s, std::span<const double> fixed_p_mw,
                    std::span<const double> fixed_q_mvar) const;

  /// |V| in p.u. and angle in degrees (−180 to 180) of a bus; NaN where not converged.
  double vm_pu(const AcSolution& solution, std::int64_t s, int bus) const;
  double va_deg(const AcSolution& solution, std::int64_t s, int bus) const;

  /// Apparent power at both ends of a line, MVA.
  struct LineLoading {
    double from_mva = 0.0, to_mva = 0.0;
  };
  LineLoading line_loading(const AcSolution& solution, std::int64_t s, int line) const;

  /// Derivatives of |V| at the solutions: S × 2K, p.u. per MW and p.u. per MVAr of each pair (bus indices); 0 where the
  /// voltage or the injection is held, NaN where a scenario did not converge.
  std::vector<double> sensitivities(const AcSolution& solution, std::span<const kernels::VoltageSensitivity> pairs,
                                    int threads = 0) const;

 private:
  grid::Network network_;
  std::vector<grid::TwoPort> ports_;  // (lines)
  kernels::PowerFlow flow_;
};

}  // namespace wattstein::engine
