#pragma once
// Second stage of the transmission: one LP per hour and realisation.

#include <vector>

#include "engine/models/transmission/transmission.hpp"

namespace wattstein::engine {

/// First-stage columns that the recourse looks at, per device and hour.
struct TransmissionColumns {
  std::vector<UnitColumns> units;
  std::vector<std::vector<Quantity>> renewables;
  std::vector<StorageColumns> storages;
  std::vector<std::vector<Quantity>> boundary;
};

/// Median of |x ratio| in p.u.: the unit x_ref in which angles are held.
double angle_unit(const grid::Network& network);

/// The recourse of coordination.md; `x_ref` and `largest_mw` as in make_transmission.
Recourse transmission_recourse(const TransmissionData& data, const StageSettings& settings,
                               const TransmissionColumns& columns, double x_ref, const std::vector<double>& largest_mw);

}  // namespace wattstein::engine
