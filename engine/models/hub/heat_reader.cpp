// [heat] of a hub file
#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/models/devices/records.hpp"
#include "engine/models/hub/heat_checks.hpp"
#include "engine/models/hub/hub_reader.hpp"

namespace wattstein::engine {
namespace {

using namespace records;

constexpr double coldest_c = -273.15;

constexpr std::array table_records{
    number("shedding_cost_per_mwh", "500.0", "$/MWh", "heat demand shed", 0.0, largest_mw),
    profile("load_profile", "1.0", "-", "multiplies every heat load", 0.0, largest_mw),
    profile("ambient_c", "10.0", "C", "temperature around the pipes", coldest_c, 1e4),
    number("specific_heat_j_per_kg_k", "4182.0", "J/kgK", "of the water", 1e-3, 1e6),
};
constexpr std::array node_records{
    of(Kind::text, "node", "", "-", "node"),
    needed("supply_min_c", "C", "least supply temperature", coldest_c, 1e4),
    needed("supply_max_c", "C", "largest supply temperature", coldest_c, 1e4),
    needed("return_min_c", "C", "least return temperature", coldest_c, 1e4),
    needed("return_max_c", "C", "largest return temperature", coldest_c, 1e4),
};
constexpr std::array pipe_records{
    of(Kind::text, "from", "", "-", "node the supply water leaves"),
    of(Kind::text, "to", "", "-", "node the supply water enters"),
    needed("length_m", "m", "length", 0.0, 1e9),
    needed("loss_w_per_m_k", "W/mK", "heat loss lambda", 0.0, 1e6),
    needed("mass_flow_kg_s", "kg/s", "water, supply and return alike", 1e-9, largest_mw),
};
constexpr std::array load_records{
    of(Kind::text, "name", "", "-", "heat load"),
    of(Kind::text, "node", "", "-", "node"),
    needed("load_mw", "MW", "load, times load_profile", 0.0, largest_mw),
    needed("mass_flow_kg_s", "kg/s", "water", 0.0, largest_mw),
};
constexpr std::array source_records{
    of(Kind::text, "name", "", "-", "boiler"),
    of(Kind::text, "node", "", "-", "node"),
    number("h_min_mw", "0.0", "MW", "least heat", 0.0, largest_mw),
    needed("h_max_mw", "MW", "largest heat", 0.0, largest_mw),
    needed("cost_per_mwh", "$/MWh", "on heat", -largest_mw, largest_mw),
    needed("mass_flow_kg_s", "kg/s", "water", 0.0, largest_mw),
};
const std::array sections{
    options::Section{"hub file: heat", "heat network (optional)", table_records},
    options::Section{"hub file: heat.node", "nodes", node_records},
    options::Section{"hub file: heat.pipe", "pipes: supply from -> to, return back", pipe_records},
    options::Section{"hub file: heat.load", "heat loads", load_records},
    options::Section{"hub file: heat.source", "boilers besides the CHP units", source_records},
};

int find_node(const files::Table& table, std::string_view key, const HeatData& heat) {
  const std::string name = table.text(key);
  const auto found = std::find(heat.nodes.begin(), heat.nodes.end(), name);
  if (found == heat.nodes.end()) table.refuse(key, fmt::format("'{}' is no node of the heat network", name));
  return static_cast<int>(found - heat.nodes.begin());
}

}  // namespace

std::span<const options::Section> heat_sections() {
  return sections;
}

void read_heat(const std::shared_ptr<files::TomlDocument>& document, int hours, HubData& hub, NameRegister& names) {
  const auto table = files::Table::open(document, "heat", table_records, {"node", "pipe", "load", "source"});
  if (!table.given()) return;
  HeatData& heat = hub.heat;
  heat.given = true;
  heat.shedding_cost_per_mwh = table.number("shedding_cost_per_mwh");
  heat.specific_heat_j_per_kg_k = table.number("specific_heat_j_per_kg_k");
  heat.ambient_c = table.profile("ambient_c", hours);
  const auto load_profile = table.profile("load_profile", hours);
  for (const auto& entry : files::Table::open_array(document, "heat.node", node_records)) {
    const std::string name = entry.text("node");
    if (std::find(heat.nodes.begin(), heat.nodes.end(), name) != heat.nodes.end())
      entry.refuse("node", fmt::format("the node '{}' is given twice", name));
    heat.nodes.push_back(name);
    heat.supply_min_c.push_back(entry.number("supply_min_c"));
    heat.supply_max_c.push_back(entry.number("supply_max_c"));
    heat.return_min_c.push_back(entry.number("return_min_c"));
    heat.return_max_c.push_back(entry.number("return_max_c"));
    require_order(entry, "supply_min_c", heat.supply_min_c.back(), "supply_max_c", heat.supply_max_c.back());
    require_order(entry, "return_min_c", heat.return_min_c.back(), "return_max_c", heat.return_max_c.back());
  }
  if (heat.nodes.empty()) table.refuse("", "the heat network has no node");
  for (const auto& entry : files::Table::open_array(document, "heat.pipe", pipe_records)) {
    HeatPipe pipe{find_node(entry, "from", heat), find_node(entry, "to", heat), entry.number("length_m"),
                  entry.number("loss_w_per_m_k"), entry.number("mass_flow_kg_s")};
    if (pipe.from == pipe.to) entry.refuse("to", "a pipe leads from a node to itself");
    heat.pipes.push_back(pipe);
  }
  for (const auto& entry : files::Table::open_array(document, "heat.load", load_records)) {
    HeatLoad load{entry.text("name"), find_node(entry, "node", heat), {}, entry.number("mass_flow_kg_s")};
    for (const double factor : load_profile) load.load_mw.push_back(factor * entry.number("load_mw"));
    names.add(entry, load.name);
    heat.loads.push_back(std::move(load));
  }
  for (const auto& entry : files::Table::open_array(document, "heat.source", source_records)) {
    HeatSource source{entry.text("name"),       find_node(entry, "node", heat), entry.number("h_min_mw"),
                      entry.number("h_max_mw"), entry.number("cost_per_mwh"),   entry.number("mass_flow_kg_s")};
    require_order(entry, "h_min_mw", source.h_min_mw, "h_max_mw", source.h_max_mw);
    names.add(entry, source.name);
    heat.sources.push_back(std::move(source));
  }
  std::size_t k = 0;
  for (const auto& entry : files::Table::open_array(document, "electric.chp", chp_records())) {
    ChpUnit& unit = hub.electric.chps[k++];
    for (const char* key : {"heat_node", "mass_flow_kg_s"})
      if (!entry.has(key)) entry.refuse(key, "is required, the hub has a heat network ([heat])");
    unit.heat_node = find_node(entry, "heat_node", heat);
    unit.mass_flow_kg_s = entry.number("mass_flow_kg_s");
  }
  check_heat(table.where(), hub);
}

}  // namespace wattstein::engine
