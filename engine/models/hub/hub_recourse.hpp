#pragma once
// Second stage of a hub: deviations from the first stage, lossless and linear around it.

#include "engine/models/hub/feeder.hpp"

namespace wattstein::engine {

/// One LP for each hour and realisation, written along the tree instead of with the dense matrix R:
///     f_ij = Σ_{m at or below j} Δ_m,   Σ Δ = 0,   w_j − w_i = (2/base) r_ij f_ij      (w_n = (2/base) Σ_m R_nm Δ_m)
///     v_min² ≤ v_n + w_n + σ⁻ − σ⁺ ≤ v_max²,   −F ≤ base P_ij − f_ij + σ⁻ − σ⁺ ≤ F
/// Two slacks for each limit cost what one does: at most one of them is used. w is held in 0.01 p.u.
Recourse hub_recourse(const HubData& data, const HubCopy& copy, const StageSettings& settings,
                      const HubColumns& columns, const std::vector<double>& largest_mw);

}  // namespace wattstein::engine
