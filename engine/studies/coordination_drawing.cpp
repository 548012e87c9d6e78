#include "engine/studies/coordination_drawing.hpp"

#include <cmath>

#include "engine/models/hub/hub_reader.hpp"
#include "engine/models/transmission/transmission_reader.hpp"
#include "engine/report/coordination_report.hpp"
#include "engine/studies/coordination_records.hpp"

namespace wattstein::engine {
namespace {

/// (H, n) row-major -> one profile a bus.
std::vector<report::SystemBus> drawn_buses(const grid::Network& network, const std::vector<double>& load_mw, int hours,
                                           double scale) {
  const auto n = static_cast<std::size_t>(network.buses());
  std::vector<report::SystemBus> out;
  for (std::size_t bus = 0; bus < n; ++bus) {
    report::SystemBus drawn;
    drawn.name = std::to_string(network.number(static_cast<int>(bus)));
    for (std::size_t h = 0; h < static_cast<std::size_t>(hours); ++h)
      drawn.load_mw.push_back(scale * load_mw[h * n + bus]);
    out.push_back(std::move(drawn));
  }
  return out;
}

report::AgentSystem drawn_transmission(const TransmissionData& data, int hours) {
  report::AgentSystem out;
  out.agent = "transmission";
  out.buses = drawn_buses(data.network, data.load_mw, hours, 1.0);
  for (std::size_t l = 0; l < data.network.lines.size(); ++l) {
    const auto& line = data.network.lines[l];
    out.lines.push_back({line_name(data.network, static_cast<int>(l)), line.from, line.to, data.limit_mw[l]});
  }
  for (const Unit& unit : data.units) out.devices.push_back({"unit", unit.name, unit.bus, unit.p_max_mw, 0.0});
  for (const Renewable& r : data.renewables) out.devices.push_back({"renewable", r.name, r.bus, r.capacity_mw, 0.0});
  for (const Storage& s : data.storages) out.devices.push_back({"storage", s.name, s.bus, s.discharge_max, s.soc_max});
  return out;
}

report::AgentSystem drawn_hub(const std::string& name, const ElectricData& data, int hours, double load_scale,
                              double renewable_scale) {
  report::AgentSystem out;
  out.agent = name;
  out.buses = drawn_buses(data.network, data.load_mw, hours, load_scale);
  for (std::size_t bus = 0; bus < out.buses.size(); ++bus) {
    out.buses[bus].v_min_pu = data.v_min_pu[bus];
    out.buses[bus].v_max_pu = data.v_max_pu[bus];
  }
  for (const int bus : data.tree.order) {
    const int parent = data.tree.parent[static_cast<std::size_t>(bus)];
    if (parent < 0) continue;
    out.lines.push_back(
        {out.buses[static_cast<std::size_t>(parent)].name + "-" + out.buses[static_cast<std::size_t>(bus)].name, parent,
         bus, data.limit_mva[static_cast<std::size_t>(bus)]});
  }
  for (const Unit& unit : data.units) out.devices.push_back({"unit", unit.name, unit.bus, unit.p_max_mw, 0.0});
  for (const GasUnit& gas : data.gas_units)
    out.devices.push_back({"gas_unit", gas.unit.name, gas.unit.bus, gas.unit.p_max_mw, 0.0});
  for (const ChpUnit& chp : data.chps)
    out.devices.push_back({"chp", chp.unit.name, chp.unit.bus, chp.unit.p_max_mw, 0.0});
  for (const Renewable& r : data.renewables)
    out.devices.push_back({"renewable", r.name, r.bus, renewable_scale * r.capacity_mw, 0.0});
  for (const Storage& s : data.storages) out.devices.push_back({"storage", s.name, s.bus, s.discharge_max, s.soc_max});
  return out;
}

double factor_of(const files::Table& table, std::string_view key, std::size_t copy) {
  const auto values = table.numbers(key);
  return copy < values.size() ? values[copy] : values.front();
}

}  // namespace

std::vector<report::AgentSystem> drawn_systems(const std::shared_ptr<files::TomlDocument>& document,
                                               const CoordinationSystem& system, std::size_t most_hubs) {
  const TransmissionData transmission = read_transmission(document, system.hours);
  std::vector<report::AgentSystem> out{drawn_transmission(transmission, system.hours)};
  std::size_t hub = 0;
  for (const auto& table : files::Table::open_array(document, "hub", hub_table_records())) {
    const HubFile file = read_hub(table.path("file"), system.hours, true);  // the electric part is what is drawn
    const auto buses = table.numbers("bus");
    for (std::size_t copy = 0; copy < buses.size() && hub < system.hubs.size(); ++copy, ++hub) {
      const std::string& name = system.hubs[hub].name;
      out.front().devices.push_back({"hub", name, transmission.network.index_of(static_cast<int>(buses[copy])),
                                     table.number("import_max_mw"), 0.0});
      if (out.size() <= most_hubs)
        out.push_back(drawn_hub(name, file.data.electric, system.hours, factor_of(table, "load_scale", copy),
                                factor_of(table, "renewable_scale", copy)));
    }
  }
  return out;
}

void add_coordination_report(StudyContext& context, const CoordinationSystem& system,
                             const CoordinationOutcome& outcome) {
  const auto data = std::make_shared<report::CoordinationReportData>();
  data->hours = system.hours;
  data->step_hours = system.step_hours;
  constexpr std::size_t most_hubs = 20;
  data->systems = drawn_systems(context.document, system, most_hubs);
  context.results.write_text("system.json", report::system_json(data->systems).dump() + "\n");
  const auto list = [&](const Agent& agent, const AgentOutcome& result) {
    if (result.x.empty()) return;
    for (const ScheduleEntry& e : agent.schedule)
      data->schedule.push_back(
          {agent.name, e.quantity, e.name, e.hour, e.scale * result.x[static_cast<std::size_t>(e.column)] + e.offset});
  };
  list(system.transmission, outcome.transmission);
  for (std::size_t d = 0; d < std::min(system.hubs.size(), outcome.hubs.size()); ++d)
    list(system.hubs[d], outcome.hubs[d]);
  const auto hours = static_cast<std::size_t>(system.hours);
  for (const IterationRecord& r : outcome.history) {
    data->convergence.push_back(
        {r.iteration, r.mismatch_mw, r.price_change, r.objective, r.lower_bound, r.seconds_slowest});
    for (std::size_t k = 0; k < r.multiplier.size() && k < system.hubs.size() * hours; ++k)
      data->boundary.push_back({r.iteration, system.hubs[k / hours].name, static_cast<int>(k % hours) + 1,
                                r.power_transmission[k], r.power_hubs[k], r.multiplier[k]});
  }
  data->config_toml = files::to_toml_text(*context.document);
  context.make_report = [data, &context](const nlohmann::json& summary) {
    data->summary = summary;
    const std::string& log = context.results.log_text();
    data->log_tail = log.size() > 8000 ? log.substr(log.find('\n', log.size() - 8000) + 1) : log;
    return report::coordination_report(*data);
  };
}

}  // namespace wattstein::engine
