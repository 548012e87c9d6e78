// [gas] of a hub file
#include <algorithm>
#include <array>

#include "engine/error/error.hpp"
#include "engine/models/devices/records.hpp"
#include "engine/models/hub/gas_checks.hpp"
#include "engine/models/hub/hub_reader.hpp"

namespace wattstein::engine {
namespace {

using namespace records;

constexpr std::array table_records{
    number("shedding_cost_per_unit", "100.0", "$/G", "gas demand shed", 0.0, largest_mw),
    profile("load_profile", "1.0", "-", "multiplies every demand", 0.0, largest_mw),
};
constexpr std::array node_records{
    of(Kind::text, "node", "", "-", "node"),
    needed("pressure_min_bar", "bar", "least pressure", 0.0, 1e6),
    needed("pressure_max_bar", "bar", "largest pressure", 0.0, 1e6),
    number("demand_per_h", "0.0", "G/h", "demand", 0.0, largest_mw),
};
constexpr std::array pipe_records{
    of(Kind::text, "from", "", "-", "node the gas leaves"),
    of(Kind::text, "to", "", "-", "node the gas enters"),
    needed("weymouth", "(G/h)2/bar2", "Weymouth factor theta", 0.0, 1e12),
    needed("flow_max_per_h", "G/h", "largest flow", 0.0, largest_mw),
};
constexpr std::array compressor_records{
    of(Kind::text, "from", "", "-", "node the gas leaves"),
    of(Kind::text, "to", "", "-", "node the gas enters"),
    needed("ratio_max", "-", "largest pressure ratio gamma", 0.0, 1e3),
    number("loss", "0.0", "-", "outflow = (1 - loss) inflow", 0.0, 1.0),
    needed("flow_max_per_h", "G/h", "largest inflow", 0.0, largest_mw),
};
constexpr std::array well_records{
    of(Kind::text, "name", "", "-", "well"),
    of(Kind::text, "node", "", "-", "node"),
    needed("max_per_h", "G/h", "largest flow", 0.0, largest_mw),
    profile("price_per_unit", "", "$/G", "price", -largest_mw, largest_mw),
};
constexpr std::array storage_table{
    of(Kind::text, "name", "", "-", "gas storage"),
    of(Kind::text, "node", "", "-", "node"),
    needed("charge_max_per_h", "G/h", "largest inflow", 0.0, largest_mw),
    needed("discharge_max_per_h", "G/h", "largest outflow", 0.0, largest_mw),
    number("soc_min", "0.0", "G", "least content", 0.0, largest_mw),
    needed("soc_max", "G", "largest content", 0.0, largest_mw),
    needed("soc_initial", "G", "content before hour 1 and after the last", 0.0, largest_mw),
    number("efficiency", "0.95", "-", "of filling and of emptying, each", 0.0, 1.0),
    number("loss_rate", "0.0", "-", "share of the content lost per step", 0.0, 1.0),
    number("cost_per_unit", "1.0", "$/G", "on what flows in and out", 0.0, largest_mw),
};
const std::array sections{
    options::Section{"hub file: gas", "gas network (optional)", table_records},
    options::Section{"hub file: gas.node", "nodes", node_records},
    options::Section{"hub file: gas.pipe", "pipes, flow from -> to only", pipe_records},
    options::Section{"hub file: gas.compressor", "compressors", compressor_records},
    options::Section{"hub file: gas.well", "wells", well_records},
    options::Section{"hub file: gas.storage", "gas storages", storage_table},
};

int find_node(const files::Table& table, std::string_view key, const GasData& gas) {
  const std::string name = table.text(key);
  const auto found = std::find(gas.nodes.begin(), gas.nodes.end(), name);
  if (found == gas.nodes.end()) table.refuse(key, fmt::format("'{}' is no node of the gas network", name));
  return static_cast<int>(found - gas.nodes.begin());
}

Storage read_gas_storage(const files::Table& table, const GasData& gas) {
  Storage storage;
  storage.name = table.text("name");
  storage.bus = find_node(table, "node", gas);
  storage.charge_max = table.number("charge_max_per_h");
  storage.discharge_max = table.number("discharge_max_per_h");
  storage.soc_min = table.number("soc_min");
  storage.soc_max = table.number("soc_max");
  storage.soc_initial = table.number("soc_initial");
  require_order(table, "soc_min", storage.soc_min, "soc_max", storage.soc_max);
  require_order(table, "soc_min", storage.soc_min, "soc_initial", storage.soc_initial);
  require_order(table, "soc_initial", storage.soc_initial, "soc_max", storage.soc_max);
  storage.efficiency = table.number("efficiency");
  if (!(storage.efficiency > 0.0)) table.refuse("efficiency", "0 is outside (0, 1]");
  storage.loss_rate = table.number("loss_rate");
  storage.cost = table.number("cost_per_unit");
  return storage;
}

}  // namespace

std::span<const options::Section> gas_sections() {
  return sections;
}

void read_gas(const std::shared_ptr<files::TomlDocument>& document, int hours, HubData& hub, NameRegister& names) {
  const auto table =
      files::Table::open(document, "gas", table_records, {"node", "pipe", "compressor", "well", "storage"});
  if (!table.given()) return;
  GasData& gas = hub.gas;
  gas.given = true;
  gas.shedding_cost_per_unit = table.number("shedding_cost_per_unit");
  std::vector<double> demand;
  for (const auto& entry : files::Table::open_array(document, "gas.node", node_records)) {
    const std::string name = entry.text("node");
    if (std::find(gas.nodes.begin(), gas.nodes.end(), name) != gas.nodes.end())
      entry.refuse("node", fmt::format("the node '{}' is given twice", name));
    gas.nodes.push_back(name);
    gas.pressure_min_bar.push_back(entry.number("pressure_min_bar"));
    gas.pressure_max_bar.push_back(entry.number("pressure_max_bar"));
    require_order(entry, "pressure_min_bar", gas.pressure_min_bar.back(), "pressure_max_bar",
                  gas.pressure_max_bar.back());
    demand.push_back(entry.number("demand_per_h"));
  }
  if (gas.nodes.empty()) table.refuse("", "the gas network has no node");
  for (const double factor : table.profile("load_profile", hours))
    for (const double value : demand) gas.demand_per_h.push_back(factor * value);
  for (const auto& entry : files::Table::open_array(document, "gas.pipe", pipe_records)) {
    GasPipe pipe{find_node(entry, "from", gas), find_node(entry, "to", gas), entry.number("weymouth"),
                 entry.number("flow_max_per_h")};
    if (pipe.from == pipe.to) entry.refuse("to", "a pipe leads from a node to itself");
    gas.pipes.push_back(pipe);
  }
  for (const auto& entry : files::Table::open_array(document, "gas.compressor", compressor_records)) {
    GasCompressor compressor{find_node(entry, "from", gas), find_node(entry, "to", gas), entry.number("ratio_max"),
                             entry.number("loss"), entry.number("flow_max_per_h")};
    if (compressor.from == compressor.to) entry.refuse("to", "a compressor leads from a node to itself");
    gas.compressors.push_back(compressor);
  }
  check_gas(table.where(), gas);
  for (const auto& entry : files::Table::open_array(document, "gas.well", well_records)) {
    gas.wells.push_back({entry.text("name"), find_node(entry, "node", gas), entry.number("max_per_h"),
                         entry.profile("price_per_unit", hours)});
    names.add(entry, gas.wells.back().name);
  }
  for (const auto& entry : files::Table::open_array(document, "gas.storage", storage_table)) {
    gas.storages.push_back(read_gas_storage(entry, gas));
    names.add(entry, gas.storages.back().name);
  }
  std::size_t k = 0;
  for (const auto& entry : files::Table::open_array(document, "electric.gas_unit", gas_unit_records())) {
    GasUnit& unit = hub.electric.gas_units[k++];
    for (const char* key : {"gas_node", "gas_per_mwh"})
      if (!entry.has(key)) entry.refuse(key, "is required, the hub has a gas network ([gas])");
    unit.gas_node = find_node(entry, "gas_node", gas);
    unit.gas_per_mwh = entry.number("gas_per_mwh");
  }
}

}  // namespace wattstein::engine
