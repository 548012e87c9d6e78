#pragma once
// Electric part of a hub's first stage: branch flow on a tree, relaxed to second-order cones.

#include <vector>

#include "engine/models/hub/hub.hpp"

namespace wattstein::engine {

/// Sums of what can be injected at a bus in one hour, in MW or MVAr.
struct Interval {
  double lower = 0.0, upper = 0.0;
};

/// Bounds of a line's flows that every feasible point respects; index = the line's lower bus.
struct LineBounds {
  std::vector<Interval> p_mw, q_mvar;  // at the sending end
  std::vector<double> current;         // squared current × baseMVA², MW²/p.u.
};

/// `p`, `q`: (n) injections at every bus without losses (root: the exchange included). Losses are not negative, so
///     −Σ_below p_max ≤ P_ij ≤ Σ_elsewhere p_max,   r ℓ ≤ P_max − P_min,   (r² + x²) ℓ ≤ v_max,j² − v_min,i² + 2 (r P +
///     x Q)
/// (the same in Q where no reactance is negative), cut to the line's limit unless that leaves nothing.
LineBounds bound_lines(const ElectricData& data, const std::vector<Interval>& p, const std::vector<Interval>& q);

/// A typical flow of each line in MVA (what hangs below it), index = the line's lower bus: the unit of its variables.
/// Depends on the file alone, so that copies share their matrices.
std::vector<double> line_units(const ElectricData& data);

/// First-stage columns of a hub, per device and hour.
struct HubColumns {
  std::vector<UnitColumns> units, gas_units, chps;
  std::vector<std::vector<Quantity>> renewables;
  std::vector<StorageColumns> storages;
  std::vector<Quantity> boundary;                   // (H) MW
  std::vector<std::vector<Quantity>> voltage;       // [h][bus] squared, p.u.
  std::vector<std::vector<Quantity>> p_mw, q_mvar;  // [h][lower bus] at the sending end
  std::vector<std::vector<Quantity>> current;       // [h][lower bus] squared current × baseMVA²
};

/// Adds devices, boundary and network; gas units and CHP with their costs as electric devices (`fuel_paid`: gas units
/// pay their fuel price; `chp_group`: the cost row of the CHP units).
HubColumns add_feeder(AgentBuilder& builder, const HubData& data, const HubCopy& copy, bool fuel_paid,
                      std::string_view chp_group);

/// Susceptance that stands at each bus, p.u.: its shunt, and half the charging of its lines. (n)
std::vector<double> shunt_susceptance(const grid::Network& network);

/// Σ r ℓ base Δt, MWh
double feeder_loss_mwh(const ElectricData& data, const HubColumns& columns, double step_hours,
                       std::span<const double> x);
/// Largest ℓ v_i − P² − Q² in p.u., and where: "line 632-645 hour 3".
struct FeederConeGap {
  double per_unit = 0.0;
  std::string where;
};
FeederConeGap feeder_cone_gap(const ElectricData& data, const HubColumns& columns, std::span<const double> x);

}  // namespace wattstein::engine
