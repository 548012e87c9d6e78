#include "engine/models/hub/hub.hpp"

#include <algorithm>
#include <memory>

#include "engine/error/error.hpp"
#include "engine/models/hub/feeder.hpp"
#include "engine/models/hub/feeder_ac.hpp"
#include "engine/models/hub/gas.hpp"
#include "engine/models/hub/heat.hpp"
#include "engine/models/hub/hub_recourse.hpp"

namespace wattstein::engine {

Agent make_hub(const HubData& data, const HubCopy& copy, const StageSettings& settings,
               const std::vector<double>& largest_mw) {
  AgentBuilder builder(copy.name, settings);
  builder.cost_group("generation");
  builder.cost_group("storage");
  const HubColumns columns =
      add_feeder(builder, data, copy, !data.gas.given, data.heat.given ? "heat_generation" : "generation");
  const GasColumns gas = add_gas(builder, data, copy, columns);
  add_heat(builder, data, copy, columns);

  Agent agent = builder.finish();
  agent.boundary.emplace_back();
  for (const auto& power : columns.boundary) agent.boundary.back().push_back(power.column);
  agent.samples = copy.samples;
  agent.recourse = hub_recourse(data, copy, settings, columns, largest_mw);
  agent.pattern_key = fmt::format("{} {}{} {}", data.file, data.gas.given ? "gas " : "",
                                  data.heat.given ? "heat" : "electric", pattern_digest(agent));
  // Shared by all calls: the figures outlive the study's data.
  struct Kept {
    ElectricData electric;
    GasData gas;
    HubColumns columns;
    GasColumns gas_columns;
  };
  const auto kept = std::make_shared<const Kept>(Kept{data.electric, data.gas, columns, gas});
  agent.figures = [kept, step = settings.step_hours](std::span<const double> x) {
    std::vector<std::pair<std::string, double>> figures{
        {"loss_mwh", feeder_loss_mwh(kept->electric, kept->columns, step, x)},
        {"socp_gap.electric", feeder_cone_gap(kept->electric, kept->columns, x).per_unit},
        {"simultaneous_mwh", simultaneous_mwh(kept->columns.storages, step, x)}};
    const AcVerdict ac = verify_feeder(kept->electric, kept->columns, x);
    figures.emplace_back("ac.feasible", ac.feasible ? 1.0 : 0.0);
    figures.emplace_back("ac.hours_converged", ac.converged);
    figures.emplace_back("ac.voltage_min_pu", ac.v_min_pu);
    figures.emplace_back("ac.voltage_max_pu", ac.v_max_pu);
    figures.emplace_back("ac.violation_pu", std::max(ac.v_low_pu, ac.v_high_pu));
    figures.emplace_back("ac.overload_mva", ac.overload_mva);
    if (kept->gas.given) {
      const GasConeGap gap = gas_cone_gap(kept->gas, kept->gas_columns, x);
      figures.emplace_back("socp_gap.gas", gap.absolute);
      figures.emplace_back("socp_gap.gas_pu", gap.per_unit);
    }
    return figures;
  };
  agent.relaxations = [kept](std::span<const double> x) {
    const FeederConeGap electric = feeder_cone_gap(kept->electric, kept->columns, x);
    std::vector<Agent::Relaxation> out{{"electric", electric.per_unit, electric.where}};
    if (kept->gas.given) {
      const GasConeGap gas = gas_cone_gap(kept->gas, kept->gas_columns, x);
      out.push_back({"gas", gas.per_unit, gas.where});
    }
    return out;
  };
  return agent;
}

}  // namespace wattstein::engine
