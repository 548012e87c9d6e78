#include "engine/models/devices/agent_builder.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/error/error.hpp"

namespace wattstein::engine {

AgentBuilder::AgentBuilder(std::string name, StageSettings settings) : settings_(settings) {
  agent_.name = std::move(name);
}

Quantity AgentBuilder::variable(std::string name, double lower, double upper, double scale) {
  return {problem_.variable(std::move(name), lower / scale, upper / scale), scale, 0.0};
}

int AgentBuilder::row(std::string name, int hour, double lower, double upper) {
  agent_.row_hour.push_back(hour);
  agent_.row_carrier.push_back(carrier_);
  return problem_.row(std::move(name), lower, upper);
}

void AgentBuilder::entry(int row, const Quantity& quantity, double coefficient) {
  if (quantity.column >= 0) problem_.entry(row, quantity.column, coefficient * quantity.scale);
  if (quantity.offset != 0.0)
    problem_.set_sides(row, problem_.lower_side(row) - coefficient * quantity.offset,
                       problem_.upper_side(row) - coefficient * quantity.offset);
}

int AgentBuilder::cone(ConeKind kind, int size, int hour) {
  agent_.cone_hour.push_back(hour);
  return problem_.cone(kind, size);
}

void AgentBuilder::cone_entry(int cone_row, const Quantity& quantity, double coefficient) {
  if (quantity.column >= 0) problem_.cone_entry(cone_row, quantity.column, coefficient * quantity.scale);
  if (quantity.offset != 0.0) problem_.cone_offset(cone_row, coefficient * quantity.offset);
}

CostGroup& AgentBuilder::group_of(std::string_view group) {
  for (auto& known : agent_.costs)
    if (known.name == group) return known;
  agent_.costs.push_back({std::string(group), {}, 0.0});
  return agent_.costs.back();
}

void AgentBuilder::cost(std::string_view group, const Quantity& quantity, double linear, double square,
                        bool quadratic) {
  // linear (s x + o) + square (s x + o)² = (linear s + 2 square s o) x + square s² x² + constant
  CostGroup& entry = group_of(group);
  const double constant = linear * quantity.offset + square * quantity.offset * quantity.offset;
  entry.constant += constant;
  problem_.add_constant(constant);
  if (quantity.column < 0) return;
  const double first = linear * quantity.scale + 2.0 * square * quantity.scale * quantity.offset;
  const double second = square * quantity.scale * quantity.scale;
  problem_.add_cost(quantity.column, first);
  if (quadratic || square != 0.0) problem_.add_square(quantity.column, second);
  entry.terms.push_back({quantity.column, first, second});
}

void AgentBuilder::schedule(std::string_view quantity_name, const std::string& name, int hour,
                            const Quantity& quantity) {
  const bool constant = quantity.column < 0;
  agent_.schedule.push_back({std::string(quantity_name), name, hour, constant ? 0 : quantity.column,
                             constant ? 0.0 : quantity.scale, quantity.offset});
}

Agent AgentBuilder::finish() {
  agent_.first_stage = problem_.build(agent_.name);
  agent_.first_stage.objective_unit = "$";
  return std::move(agent_);
}

UnitColumns add_unit(AgentBuilder& builder, const Unit& unit, bool with_reserves, std::string_view group) {
  UnitColumns columns;
  const double step = builder.step();
  const double ramp = unit.ramp_mw_per_h * step;
  for (int h = 1; h <= builder.hours(); ++h) {
    const auto named = [&](const char* what) { return fmt::format("{} {} hour {}", what, unit.name, h); };
    const Quantity power = builder.variable(named("power"), unit.p_min_mw, unit.p_max_mw);
    builder.cost(group, power, step * unit.cost_per_mwh, step * unit.cost_per_mw2h, unit.quadratic);
    builder.schedule("unit_mw", unit.name, h, power);
    columns.power.push_back(power);
    if (with_reserves) {
      const Quantity up = builder.variable(named("reserve up"), 0.0, unit.reserve_up_max_mw);
      const Quantity down = builder.variable(named("reserve down"), 0.0, unit.reserve_down_max_mw);
      builder.cost(group, up, step * unit.reserve_cost_per_mwh);
      builder.cost(group, down, step * unit.reserve_cost_per_mwh);
      builder.schedule("reserve_up_mw", unit.name, h, up);
      builder.schedule("reserve_down_mw", unit.name, h, down);
      const int upper = builder.row(named("upper limit unit"), h, -kernels::infinity, unit.p_max_mw);
      builder.entry(upper, power, 1.0);
      builder.entry(upper, up, 1.0);
      const int lower = builder.row(named("lower limit unit"), h, unit.p_min_mw, kernels::infinity);
      builder.entry(lower, power, 1.0);
      builder.entry(lower, down, -1.0);
      columns.reserve_up.push_back(up);
      columns.reserve_down.push_back(down);
    }
    if (h == 1 && unit.initial_mw && std::isfinite(ramp)) {
      const int row = builder.row(named("ramp unit"), h, *unit.initial_mw - ramp, *unit.initial_mw + ramp);
      builder.entry(row, power, 1.0);
    } else if (h > 1 && ramp < unit.p_max_mw - unit.p_min_mw) {
      const int row = builder.row(named("ramp unit"), h, -ramp, ramp);
      builder.entry(row, power, 1.0);
      builder.entry(row, columns.power[static_cast<std::size_t>(h - 2)], -1.0);
    }
  }
  return columns;
}

void add_reserve_requirements(AgentBuilder& builder, const std::vector<UnitColumns>& units,
                              const std::vector<double>& up, const std::vector<double>& down) {
  const auto add = [&](const char* name, const std::vector<double>& required, auto member) {
    if (std::all_of(required.begin(), required.end(), [](double value) { return value <= 0.0; })) return;
    for (int h = 1; h <= builder.hours(); ++h) {
      const auto i = static_cast<std::size_t>(h - 1);
      const int row = builder.row(fmt::format("{} hour {}", name, h), h, required[i], kernels::infinity);
      for (const auto& unit : units) builder.entry(row, (unit.*member)[i], 1.0);
    }
  };
  add("reserve up requirement", up, &UnitColumns::reserve_up);
  add("reserve down requirement", down, &UnitColumns::reserve_down);
}

StorageColumns add_storage(AgentBuilder& builder, const Storage& storage, std::string_view group, bool gas) {
  StorageColumns columns;
  const double step = builder.step();
  const char* kind = gas ? "gas " : "";
  for (int h = 1; h <= builder.hours(); ++h) {
    const auto named = [&](const char* what) { return fmt::format("{}{} {} hour {}", kind, what, storage.name, h); };
    const Quantity charge = builder.variable(named("charge"), 0.0, storage.charge_max);
    const Quantity discharge = builder.variable(named("discharge"), 0.0, storage.discharge_max);
    const Quantity soc = h == builder.hours()
                             ? Quantity::constant(storage.soc_initial)
                             : builder.variable(named("state of charge"), storage.soc_min, storage.soc_max);
    builder.cost(group, charge, step * storage.cost);
    builder.cost(group, discharge, step * storage.cost);
    builder.schedule(gas ? "gas_charge_per_h" : "charge_mw", storage.name, h, charge);
    builder.schedule(gas ? "gas_discharge_per_h" : "discharge_mw", storage.name, h, discharge);
    builder.schedule(gas ? "gas_soc" : "soc_mwh", storage.name, h, soc);
    // soc_h − (1 − LR) soc_{h−1} − Δt η c + Δt d/η = 0
    const int row = builder.row(named("storage balance"), h, 0.0, 0.0);
    builder.entry(row, soc, 1.0);
    builder.entry(row, h == 1 ? Quantity::constant(storage.soc_initial) : columns.soc.back(),
                  -(1.0 - storage.loss_rate));
    builder.entry(row, charge, -step * storage.efficiency);
    builder.entry(row, discharge, step / storage.efficiency);
    columns.charge.push_back(charge);
    columns.discharge.push_back(discharge);
    columns.soc.push_back(soc);
  }
  return columns;
}

std::vector<Quantity> add_renewable(AgentBuilder& builder, const Renewable& renewable, int index,
                                    const AgentSamples& samples) {
  std::vector<Quantity> columns;
  for (int h = 1; h <= builder.hours(); ++h) {
    const double mean = samples.mean[static_cast<std::size_t>((h - 1) * samples.resources() + index)];
    columns.push_back(builder.variable(fmt::format("renewable {} hour {}", renewable.name, h), 0.0, mean));
    builder.schedule("renewable_mw", renewable.name, h, columns.back());
  }
  return columns;
}

double simultaneous_mwh(const std::vector<StorageColumns>& storages, double step_hours, std::span<const double> x) {
  double sum = 0.0;
  for (const auto& storage : storages)
    for (std::size_t h = 0; h < storage.charge.size(); ++h)
      sum += step_hours * std::max(0.0, std::min(storage.charge[h].at(x), storage.discharge[h].at(x)));
  return sum;
}

std::string pattern_digest(const Agent& agent) {
  std::uint64_t digest = 1469598103934665603ULL;  // FNV-1a
  const auto add = [&](std::uint64_t value) {
    for (int byte = 0; byte < 8; ++byte) digest = (digest ^ ((value >> (8 * byte)) & 255U)) * 1099511628211ULL;
  };
  const auto add_pattern = [&](const kernels::CsrPattern& pattern) {
    add(static_cast<std::uint64_t>(pattern.rows));
    add(static_cast<std::uint64_t>(pattern.columns));
    for (const int start : pattern.indptr) add(static_cast<std::uint64_t>(start));
    for (const int column : pattern.indices) add(static_cast<std::uint64_t>(column));
  };
  const kernels::Batch& first = agent.first_stage;
  add_pattern(first.A.pattern);
  add_pattern(first.P.pattern);
  add_pattern(first.G.pattern);
  for (const auto& cone : first.cones) {
    add(static_cast<std::uint64_t>(cone.kind));
    add(static_cast<std::uint64_t>(cone.size));
  }
  add_pattern(agent.recourse.lp.A.pattern);
  return fmt::format("{}x{}+{}x{}:{:016x}", first.rows, first.variables, agent.recourse.lp.rows,
                     agent.recourse.lp.variables, digest);
}

}  // namespace wattstein::engine
