#pragma once
// A multi-energy hub: feeder (second-order cone branch flow), gas and heat network, units between them.
// Model: "Hub, first stage (SOCP)" and "Hub, second stage" of the coordination page.

#include "engine/models/devices/agent_builder.hpp"
#include "engine/models/hub/hub_data.hpp"

namespace wattstein::engine {

/// First stage, recourse, names and figures (loss_mwh, socp_gap.electric, socp_gap.gas, simultaneous_mwh) of one copy.
/// `largest_mw`: (n_r) the largest realisation that the recourse may meet besides the capacity; empty: none.
/// Copies of one file have equal patterns and equal matrices, whatever their factors.
Agent make_hub(const HubData& data, const HubCopy& copy, const StageSettings& settings,
               const std::vector<double>& largest_mw = {});

}  // namespace wattstein::engine
