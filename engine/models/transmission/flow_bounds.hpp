#pragma once
// Bounds of angles and flows that every DC power flow with injections in given intervals respects.

#include <vector>

#include "engine/grid/network.hpp"

namespace wattstein::engine {

/// Intervals of the net injections, (H, n) MW each.
struct InjectionBounds {
  std::vector<double> lower, upper;
};

/// Angles in MW · p.u. (θ · baseMVA, so that a flow is a difference divided by x · ratio), (H, n); flows in MW, (H, m).
struct FlowBounds {
  std::vector<double> angle_lower, angle_upper;
  std::vector<double> flow_lower, flow_upper;
};

/// With B θ = P + Aᵀ φ (φ_l = baseMVA shift_l / (x_l ratio_l)) every angle and flow is linear in P; its extremes over
/// lo ≤ P ≤ hi, Σ P = 0 are a continuous knapsack. Where no P satisfies both, the balance is left out. The network has
/// one reference bus that every bus has a path to, and x ≠ 0. Widened by 1e-6 relative.
FlowBounds bound_flows(const grid::Network& network, const InjectionBounds& injections, int hours);

}  // namespace wattstein::engine
