// [[electric.gas_unit]] and [[electric.chp]]
#include <algorithm>
#include <array>

#include "engine/error/error.hpp"
#include "engine/models/devices/records.hpp"
#include "engine/models/hub/hub_reader.hpp"

namespace wattstein::engine {
namespace {

using namespace records;

constexpr std::array gas_unit{
    of(Kind::text, "name", "", "-", "gas unit"),
    of(Kind::integer, "bus", "", "-", "bus number of the feeder"),
    number("p_min_mw", "0.0", "MW", "least power", 0.0, largest_mw),
    needed("p_max_mw", "MW", "largest power", 0.0, largest_mw),
    number("ramp_mw_per_h", "inf", "MW/h", "largest change of power per hour", 0.0),
    maybe("initial_mw", "MW", "power before hour 1; absent: hour 1 has no ramp limit", -largest_mw, largest_mw),
    number("q_min_mvar", "0.0", "MVAr", "least reactive power", -largest_mw, largest_mw),
    number("q_max_mvar", "0.0", "MVAr", "largest reactive power", -largest_mw, largest_mw),
    of(Kind::text, "gas_node", "", "-", "node of the gas network; required with [gas]", true),
    maybe("gas_per_mwh", "G/MWh", "gas burnt per MWh (beta); required with [gas]", 0.0, largest_mw),
    number("cost_per_mwh", "0.0", "$/MWh", "operation and maintenance, always paid", -largest_mw, largest_mw),
    needed("fuel_price_per_mwh", "$/MWh", "paid instead of fuel without gas network", -largest_mw, largest_mw),
};

constexpr std::array chp{
    of(Kind::text, "name", "", "-", "CHP unit"),
    of(Kind::integer, "bus", "", "-", "bus number of the feeder"),
    number("ramp_mw_per_h", "inf", "MW/h", "largest change of electric power per hour", 0.0),
    maybe("initial_mw", "MW", "electric power before hour 1; absent: hour 1 has no ramp limit", -largest_mw,
          largest_mw),
    number("q_min_mvar", "0.0", "MVAr", "least reactive power", -largest_mw, largest_mw),
    number("q_max_mvar", "0.0", "MVAr", "largest reactive power", -largest_mw, largest_mw),
    of(Kind::numbers, "corners", "", "MW", "corners (P, H) of the operating region"),
    needed("cost_per_mwh", "$/MWh", "on electric power", -largest_mw, largest_mw),
    number("heat_cost_per_mwh", "0.0", "$/MWh", "on heat", -largest_mw, largest_mw),
    of(Kind::text, "heat_node", "", "-", "node of the heat network; required with [heat]", true),
    maybe("mass_flow_kg_s", "kg/s", "water through the unit; required with [heat]", 0.0, largest_mw),
};

void read_common(const files::Table& table, const grid::Network& network, Unit& unit) {
  unit.name = table.text("name");
  unit.bus = read_bus(table, "bus", network);
  unit.ramp_mw_per_h = table.number("ramp_mw_per_h");
  if (table.has("initial_mw")) unit.initial_mw = table.number("initial_mw");
  unit.q_min_mvar = table.number("q_min_mvar");
  unit.q_max_mvar = table.number("q_max_mvar");
  require_order(table, "q_min_mvar", unit.q_min_mvar, "q_max_mvar", unit.q_max_mvar);
  unit.cost_per_mwh = table.number("cost_per_mwh");
}

}  // namespace

std::span<const options::Option> gas_unit_records() {
  return gas_unit;
}
std::span<const options::Option> chp_records() {
  return chp;
}

GasUnit read_gas_unit(const files::Table& table, const grid::Network& network) {
  GasUnit gas;
  read_common(table, network, gas.unit);
  gas.unit.p_min_mw = table.number("p_min_mw");
  gas.unit.p_max_mw = table.number("p_max_mw");
  require_order(table, "p_min_mw", gas.unit.p_min_mw, "p_max_mw", gas.unit.p_max_mw);
  gas.fuel_price_per_mwh = table.number("fuel_price_per_mwh");
  if (table.has("gas_per_mwh")) gas.gas_per_mwh = table.number("gas_per_mwh");
  return gas;
}

ChpUnit read_chp(const files::Table& table, const grid::Network& network) {
  ChpUnit unit;
  read_common(table, network, unit.unit);
  for (const auto& row : table.number_rows("corners")) {
    if (row.size() != 2)
      table.refuse("corners",
                   fmt::format("corner {} has {} numbers, expected (P, H)", unit.corners.size() + 1, row.size()));
    if (!(std::abs(row[0]) <= largest_mw && std::abs(row[1]) <= largest_mw))
      table.refuse("corners", fmt::format("corner {} is not finite", unit.corners.size() + 1));
    unit.corners.push_back({row[0], row[1]});
  }
  const auto differs = [&](const PowerHeat& corner) {
    return corner.p_mw != unit.corners.front().p_mw || corner.h_mw != unit.corners.front().h_mw;
  };
  if (unit.corners.size() < 2 || std::none_of(unit.corners.begin(), unit.corners.end(), differs))
    table.refuse("corners", fmt::format("{} different corner(s) given, an operating region needs at least 2",
                                        std::min<std::size_t>(unit.corners.size(), 1)));
  const auto [least, most] = std::minmax_element(unit.corners.begin(), unit.corners.end(),
                                                 [](const auto& a, const auto& b) { return a.p_mw < b.p_mw; });
  unit.unit.p_min_mw = least->p_mw;
  unit.unit.p_max_mw = most->p_mw;
  unit.heat_cost_per_mwh = table.number("heat_cost_per_mwh");
  if (table.has("mass_flow_kg_s")) unit.mass_flow_kg_s = table.number("mass_flow_kg_s");
  return unit;
}

}  // namespace wattstein::engine
