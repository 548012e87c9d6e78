#pragma once
// A hub's schedule under the full AC equations.

#include <span>

#include "engine/models/hub/feeder.hpp"
#include "engine/powerflow/verify_ac.hpp"

namespace wattstein::engine {

/// AC power flow of every hour at the injections that the feeder's flows at x add up to, with the root's voltage;
/// judged by the hub's limits of voltages and lines. Where the relaxation is loose, part of the losses are not real and
/// the voltages found here differ from the schedule's.
AcVerdict verify_feeder(const ElectricData& data, const HubColumns& columns, std::span<const double> x);

}  // namespace wattstein::engine
