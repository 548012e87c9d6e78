#include "engine/models/devices/devices.hpp"

#include <algorithm>
#include <array>

#include "engine/error/error.hpp"
#include "engine/models/devices/records.hpp"

namespace wattstein::engine {
namespace {

using namespace records;

constexpr std::array transmission_unit{
    of(Kind::text, "name", "", "-", "unit"),
    of(Kind::integer, "bus", "", "-", "bus number of the case"),
    number("p_min_mw", "0.0", "MW", "least power", -largest_mw, largest_mw),
    needed("p_max_mw", "MW", "largest power", -largest_mw, largest_mw),
    needed("cost_per_mwh", "$/MWh", "energy cost C", -largest_mw, largest_mw),
    number("cost_per_mw2h", "0.0", "$/MW2h", "quadratic cost Q of Q p^2", 0.0, largest_mw),
    maybe("deployment_up_cost_per_mwh", "$/MWh", "upward deployment; default: the largest marginal cost C + 2 Q p_max",
          -largest_mw, largest_mw),
    maybe("deployment_down_cost_per_mwh", "$/MWh", "saved by downward deployment; default: the smallest marginal cost",
          -largest_mw, largest_mw),
    number("ramp_mw_per_h", "inf", "MW/h", "largest change of power per hour", 0.0),
    maybe("initial_mw", "MW", "power before hour 1; absent: hour 1 has no ramp limit", -largest_mw, largest_mw),
    number("reserve_up_max_mw", "inf", "MW", "largest upward reserve", 0.0),
    number("reserve_down_max_mw", "inf", "MW", "largest downward reserve", 0.0),
    number("reserve_cost_per_mwh", "0.0", "$/MWh", "paid on both reserves", 0.0, largest_mw),
};

constexpr auto hub_unit = [] {
  std::array<Option, transmission_unit.size() + 2> all{};
  std::copy(transmission_unit.begin(), transmission_unit.end(), all.begin());
  all[transmission_unit.size()] = number("q_min_mvar", "0.0", "MVAr", "least reactive power", -largest_mw, largest_mw);
  all[transmission_unit.size() + 1] =
      number("q_max_mvar", "0.0", "MVAr", "largest reactive power", -largest_mw, largest_mw);
  return all;
}();

constexpr std::array renewable{
    of(Kind::text, "name", "", "-", "renewable; the column of the samples"),
    of(Kind::integer, "bus", "", "-", "bus number of the case"),
    needed("capacity_mw", "MW", "installed power", 0.0, largest_mw),
    number("curtailment_cost_per_mwh", "50.0", "$/MWh", "paid on power available and not used", -largest_mw,
           largest_mw),
};

constexpr std::array storage{
    of(Kind::text, "name", "", "-", "storage"),
    of(Kind::integer, "bus", "", "-", "bus number of the case"),
    needed("charge_max_mw", "MW", "largest charging power", 0.0, largest_mw),
    needed("discharge_max_mw", "MW", "largest discharging power", 0.0, largest_mw),
    number("soc_min_mwh", "0.0", "MWh", "least stored energy", 0.0, largest_mw),
    needed("soc_max_mwh", "MWh", "largest stored energy", 0.0, largest_mw),
    needed("soc_initial_mwh", "MWh", "stored energy before hour 1 and after the last", 0.0, largest_mw),
    number("efficiency", "0.95", "-", "of charging and of discharging, each", 0.0, 1.0),
    number("loss_rate", "0.0", "-", "share of the stored energy lost per step", 0.0, 1.0),
    number("cost_per_mwh", "1.0", "$/MWh", "on charging plus discharging", 0.0, largest_mw),
};

}  // namespace

std::span<const options::Option> transmission_unit_records() {
  return transmission_unit;
}
std::span<const options::Option> hub_unit_records() {
  return hub_unit;
}
std::span<const options::Option> renewable_records() {
  return renewable;
}
std::span<const options::Option> storage_records() {
  return storage;
}

int read_bus(const files::Table& table, std::string_view key, const grid::Network& network) {
  const auto number = table.integer(key);
  if (number < 0 || number > std::numeric_limits<int>::max() || !network.has_bus(static_cast<int>(number)))
    table.refuse(key, fmt::format("bus {} does not exist in {} (or is of type 4)", number, network.data.file.string()));
  return network.index_of(static_cast<int>(number));
}

void require_order(const files::Table& table, std::string_view lower_key, double lower, std::string_view upper_key,
                   double upper) {
  if (!(lower <= upper)) table.refuse(lower_key, fmt::format("{} is above '{}' = {}", lower, upper_key, upper));
}

void NameRegister::add(const files::Table& table, const std::string& name) {
  if (name.empty()) table.refuse("name", "is empty");
  if (std::find(names_.begin(), names_.end(), name) != names_.end())
    table.refuse("name", fmt::format("the name '{}' is used twice within this agent", name));
  names_.push_back(name);
}

Unit read_unit(const files::Table& table, const grid::Network& network, bool reactive) {
  Unit unit;
  unit.name = table.text("name");
  unit.bus = read_bus(table, "bus", network);
  unit.p_min_mw = table.number("p_min_mw");
  unit.p_max_mw = table.number("p_max_mw");
  require_order(table, "p_min_mw", unit.p_min_mw, "p_max_mw", unit.p_max_mw);
  unit.cost_per_mwh = table.number("cost_per_mwh");
  unit.cost_per_mw2h = table.number("cost_per_mw2h");
  unit.quadratic = unit.cost_per_mw2h != 0.0;
  unit.deployment_up_cost_per_mwh = table.has("deployment_up_cost_per_mwh")
                                        ? table.number("deployment_up_cost_per_mwh")
                                        : unit.cost_per_mwh + 2.0 * unit.cost_per_mw2h * unit.p_max_mw;
  unit.deployment_down_cost_per_mwh = table.has("deployment_down_cost_per_mwh")
                                          ? table.number("deployment_down_cost_per_mwh")
                                          : unit.cost_per_mwh + 2.0 * unit.cost_per_mw2h * unit.p_min_mw;
  unit.ramp_mw_per_h = table.number("ramp_mw_per_h");
  if (table.has("initial_mw")) unit.initial_mw = table.number("initial_mw");
  const double range = unit.p_max_mw - unit.p_min_mw;
  unit.reserve_up_max_mw = std::min(table.number("reserve_up_max_mw"), range);
  unit.reserve_down_max_mw = std::min(table.number("reserve_down_max_mw"), range);
  unit.reserve_cost_per_mwh = table.number("reserve_cost_per_mwh");
  if (reactive) {
    unit.q_min_mvar = table.number("q_min_mvar");
    unit.q_max_mvar = table.number("q_max_mvar");
    require_order(table, "q_min_mvar", unit.q_min_mvar, "q_max_mvar", unit.q_max_mvar);
  }
  return unit;
}

Renewable read_renewable(const files::Table& table, const grid::Network& network) {
  return {.name = table.text("name"),
          .bus = read_bus(table, "bus", network),
          .capacity_mw = table.number("capacity_mw"),
          .curtailment_cost_per_mwh = table.number("curtailment_cost_per_mwh")};
}

Storage read_storage(const files::Table& table, const grid::Network& network) {
  Storage storage;
  storage.name = table.text("name");
  storage.bus = read_bus(table, "bus", network);
  storage.charge_max = table.number("charge_max_mw");
  storage.discharge_max = table.number("discharge_max_mw");
  storage.soc_min = table.number("soc_min_mwh");
  storage.soc_max = table.number("soc_max_mwh");
  storage.soc_initial = table.number("soc_initial_mwh");
  require_order(table, "soc_min_mwh", storage.soc_min, "soc_max_mwh", storage.soc_max);
  require_order(table, "soc_min_mwh", storage.soc_min, "soc_initial_mwh", storage.soc_initial);
  require_order(table, "soc_initial_mwh", storage.soc_initial, "soc_max_mwh", storage.soc_max);
  storage.efficiency = table.number("efficiency");
  if (!(storage.efficiency > 0.0)) table.refuse("efficiency", "0 is outside (0, 1]");
  storage.loss_rate = table.number("loss_rate");
  storage.cost = table.number("cost_per_mwh");
  return storage;
}

}  // namespace wattstein::engine
