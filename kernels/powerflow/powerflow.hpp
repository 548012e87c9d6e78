#pragma once
// Batched AC power flow: S right-hand sides on one graph of complex admittances, all in per unit.
//
//     find V:  S_i = V_i conj(Σ_j Y_ij V_j)   at every node i that is not a reference,
//              Re only, |V_i| held            at nodes of kind `held`.
//
// Two methods, one answer: a backward/forward sweep on trees and Newton's method in polar coordinates on any graph.
// Lanes of a SIMD register (or CUDA threads) hold different scenarios; a scenario that is done leaves its lane to the
// next one. A scenario's result does not depend on the batch it was in.

#include <complex>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/batch/method.hpp"

namespace wattstein::kernels {

enum class NodeKind : std::int8_t { free = 0, held = 1, reference = 2 };  // PQ, PV, slack

/// Ideal transformer a : 1 at `from`, then the series impedance; half of the charging susceptance at each side of it.
struct PowerEdge {
  int from = 0, to = 0;
  std::complex<double> impedance;        // z != 0
  double charging = 0.0;                 // b, total
  std::complex<double> ratio{1.0, 0.0};  // a
};

struct PowerGraph {
  std::vector<NodeKind> kind;  // (n)
  std::vector<std::complex<double>>
      start;  // (n) start voltages; they stay at references, their magnitude at held nodes
  std::vector<std::complex<double>> shunt;  // (n) admittance to ground
  std::vector<PowerEdge> edges;             // parallel edges add up

  int nodes() const { return static_cast<int>(kind.size()); }
};

enum class PowerFlowMethod : std::int8_t { sweep = 0, newton = 1 };

struct PowerFlowSettings {
  PowerFlowMethod method = PowerFlowMethod::newton;
  double tolerance = 1e-8;  // largest |ΔP|, |ΔQ| in per unit
  int max_iterations = 0;   // 0: 500 for sweep, 30 for newton
  int threads = 0;          // 0: all cores
  Device device = Device::cpu;
  int devices = 0;  // CUDA devices that share the scenarios; 0: all that are visible
};

/// Row s belongs to scenario s. Voltages of a scenario that did not converge are NaN.
struct PowerFlowSolution {
  std::vector<double> re, im;          // (S, n) voltages
  std::vector<double> mismatch;        // (S) largest |ΔP|, |ΔQ| at the last iterate, per unit
  std::vector<int> iterations;         // (S)
  std::vector<std::int8_t> converged;  // (S)
  std::int64_t scenarios() const { return static_cast<std::int64_t>(converged.size()); }
};

/// d|V| at one node by an injection at another.
struct VoltageSensitivity {
  int voltage = 0, injection = 0;  // nodes
};

class PowerFlow {
 public:
  /// Orders the graph and plans both methods once. Every node must have a way to a reference; no edge may have z = 0.
  explicit PowerFlow(const PowerGraph& graph);
  ~PowerFlow();
  PowerFlow(PowerFlow&&) noexcept;
  PowerFlow& operator=(PowerFlow&&) noexcept;

  /// Radial, one reference and no held node.
  bool sweep_applies() const;
  int nodes() const;

  /// p, q: net injections (S × n), per unit; entries at references, and q at held nodes, are not used.
  /// `sweep` where it does not apply, or CUDA where it is not there: nothing is solved and the text says why; else "".
  std::string solve(std::span<const double> p, std::span<const double> q, const PowerFlowSettings& settings,
                    PowerFlowSolution& out) const;

  /// Derivatives of |V| from the Jacobian at given voltages, held magnitudes and references kept.
  /// re, im: (S × n). Returns (S × 2K): d|V|/dP, d|V|/dQ of each pair, per unit; 0 where the voltage or the injection
  /// is held.
  std::vector<double> sensitivities(std::span<const double> re, std::span<const double> im,
                                    std::span<const VoltageSensitivity> pairs, int threads = 0) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace wattstein::kernels
