#pragma once
// Builds an Agent's first stage: ProblemBuilder plus what Agent keeps beside the problem (hours of rows and cones,
// schedule entries, cost groups), so that each of them is written where its variable is made.

#include <string>
#include <string_view>
#include <vector>

#include "engine/models/agent.hpp"
#include "engine/models/devices/devices.hpp"
#include "engine/problem/builder.hpp"

namespace wattstein::engine {

/// A quantity in its physical unit as an affine function of one column: scale · x[column] + offset.
/// Column −1: a constant (the reference angle, the root's voltage, the last state of charge).
struct Quantity {
  int column = -1;
  double scale = 1.0;
  double offset = 0.0;

  static Quantity constant(double value) { return {-1, 0.0, value}; }
  double at(std::span<const double> x) const {
    return offset + (column < 0 ? 0.0 : scale * x[static_cast<std::size_t>(column)]);
  }
};

/// Settings that every model needs.
struct StageSettings {
  int hours = 24;
  double step_hours = 1.0;  // Δt
  bool deploy_reserves = true;
  double deployment_markup = 0.1;    // m
  double loss_price_per_mwh = 0.0;   // on losses of feeders, against loose cones
  double pressure_drop_price = 0.0;  // $/h on θ(π_i − π_j)/u_max² of every gas pipe, likewise
};

class AgentBuilder {
 public:
  AgentBuilder(std::string name, StageSettings settings);

  const StageSettings& settings() const { return settings_; }
  int hours() const { return settings_.hours; }
  double step() const { return settings_.step_hours; }

  /// A variable with physical bounds; the column holds value / scale.
  Quantity variable(std::string name, double lower, double upper, double scale = 1.0);
  /// The carrier of the rows that follow ("electric", "gas", "heat").
  void carrier(std::string_view name) { carrier_ = name; }
  /// A row of the given hour (from 1).
  int row(std::string name, int hour, double lower, double upper);
  /// Adds coefficient · quantity to the row's left side; a constant part moves the sides.
  void entry(int row, const Quantity& quantity, double coefficient);
  /// A cone of the given hour; returns its first cone row.
  int cone(ConeKind kind, int size, int hour);
  void cone_entry(int cone_row, const Quantity& quantity, double coefficient);
  void cone_offset(int cone_row, double offset) { problem_.cone_offset(cone_row, offset); }

  /// Adds linear · v + square · v² (v: the physical value; $ already times Δt) to the objective and to the group's row
  /// of the cost table. `quadratic` keeps the square in the pattern although it may be 0.
  void cost(std::string_view group, const Quantity& quantity, double linear, double square = 0.0,
            bool quadratic = false);
  /// A row of the cost table that may stay empty.
  void cost_group(std::string_view group) { group_of(group); }
  /// A line of schedule.csv, in the quantity's physical unit.
  void schedule(std::string_view quantity_name, const std::string& name, int hour, const Quantity& quantity);

  /// The agent with its first stage; recourse, samples, boundary and figures are the caller's.
  Agent finish();

 private:
  CostGroup& group_of(std::string_view group);
  StageSettings settings_;
  std::string carrier_;
  Agent agent_;
  ProblemBuilder problem_;
};

/// Columns of a unit: (H) each. Reserves are empty for a unit that gives none.
struct UnitColumns {
  std::vector<Quantity> power, reserve_up, reserve_down;
};
struct StorageColumns {
  std::vector<Quantity> charge, discharge, soc;
};

/// Unit with its cost (group), limits and ramps:
///     p + b↑ ≤ P_max,  p − b↓ ≥ P_min,  0 ≤ b ≤ its maximum,  |p_h − p_{h−1}| ≤ R Δt
/// A ramp that P_max − P_min cannot reach is left out.
UnitColumns add_unit(AgentBuilder& builder, const Unit& unit, bool with_reserves, std::string_view group);

/// Σ b↑ ≥ B↑_h, Σ b↓ ≥ B↓_h. `up`, `down`: (H) MW; a requirement that is 0 in every hour adds no row.
void add_reserve_requirements(AgentBuilder& builder, const std::vector<UnitColumns>& units,
                              const std::vector<double>& up, const std::vector<double>& down);

/// soc_h = (1 − LR) soc_{h−1} + Δt (η c − d/η),  soc_0 = soc_H = soc_initial.
/// `prefix` of the schedule's quantities: "" (charge_mw, discharge_mw, soc_mwh) or "gas_" (per hour, gas volume).
StorageColumns add_storage(AgentBuilder& builder, const Storage& storage, std::string_view group, bool gas);

/// (H) scheduled power of a renewable, 0 ≤ p_r ≤ mean of the samples.
std::vector<Quantity> add_renewable(AgentBuilder& builder, const Renewable& renewable, int index,
                                    const AgentSamples& samples);

/// Δt Σ_h Σ_e min(c, d)
double simultaneous_mwh(const std::vector<StorageColumns>& storages, double step_hours, std::span<const double> x);

/// Equal exactly when the patterns (first stage and recourse) are equal: sizes and a digest of indices and cones.
std::string pattern_digest(const Agent& agent);

}  // namespace wattstein::engine
