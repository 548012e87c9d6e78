#include "engine/models/dso/read_dso.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/grid/matpower.hpp"
#include "engine/grid/network.hpp"

namespace wattstein::engine {
namespace {

using options::Kind;
using options::Option;

constexpr Option network_options[] = {
    {.key = "file", .kind = Kind::path, .fallback = "", .unit = "-", .meaning = "MATPOWER case of a radial feeder"},
    {.key = "v_min_pu",
     .fallback = "0.95",
     .unit = "p.u.",
     .meaning = "Lowest voltage, all buses but the root",
     .minimum = 0.0},
    {.key = "v_max_pu",
     .fallback = "1.05",
     .unit = "p.u.",
     .meaning = "Highest voltage, all buses but the root",
     .minimum = 0.0},
    {.key = "upper_voltage",
     .kind = Kind::choice,
     .fallback = "\"lossless\"",
     .unit = "-",
     .meaning = "How the upper voltage limit is kept: lossless keeps the cones tight",
     .choices = "lossless|lossy"},
    {.key = "shed_max_fraction",
     .fallback = "1.0",
     .unit = "-",
     .meaning = "Largest share of a load that may be shed",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "line_limit_mva",
     .fallback = "",
     .unit = "MVA",
     .meaning = "Limit of lines whose rateA is 0 (default: three times the case's apparent load)",
     .minimum = 0.0,
     .optional = true},
    {.key = "load_profile",
     .kind = Kind::profile,
     .fallback = "1.0",
     .unit = "-",
     .meaning = "Factor on the case's load, hour by hour (market)",
     .minimum = 0.0},
};

constexpr Option substation_options[] = {
    {.key = "bus",
     .kind = Kind::integer,
     .fallback = "",
     .unit = "-",
     .meaning = "Root of the feeder (default: the type-3 bus)",
     .optional = true},
    {.key = "voltage_pu",
     .fallback = "1.0",
     .unit = "p.u.",
     .meaning = "Voltage of the root",
     .minimum = 0.1,
     .maximum = 10.0},
    {.key = "p_min_mw",
     .fallback = "",
     .unit = "MW",
     .meaning = "Least import (default: the case's first generator at the bus)",
     .optional = true},
    {.key = "p_max_mw", .fallback = "", .unit = "MW", .meaning = "Largest import", .optional = true},
    {.key = "q_min_mvar", .fallback = "", .unit = "MVAr", .meaning = "Least reactive import", .optional = true},
    {.key = "q_max_mvar", .fallback = "", .unit = "MVAr", .meaning = "Largest reactive import", .optional = true},
    {.key = "cost_a_per_mw2h",
     .fallback = "",
     .unit = "$/MW²h",
     .meaning = "Quadratic cost",
     .minimum = 0.0,
     .optional = true},
    {.key = "cost_b_per_mwh", .fallback = "", .unit = "$/MWh", .meaning = "Linear cost", .optional = true},
};

constexpr Option unit_options[] = {
    {.key = "name", .kind = Kind::text, .fallback = "", .unit = "-", .meaning = "Name"},
    {.key = "bus", .kind = Kind::integer, .fallback = "", .unit = "-", .meaning = "The case's bus number"},
    {.key = "p_max_mw", .fallback = "", .unit = "MW", .meaning = "Largest active power"},
    {.key = "cost_b_per_mwh", .fallback = "", .unit = "$/MWh", .meaning = "Linear cost"},
    {.key = "p_min_mw", .fallback = "0.0", .unit = "MW", .meaning = "Least active power"},
    {.key = "q_min_mvar", .fallback = "0.0", .unit = "MVAr", .meaning = "Least reactive power"},
    {.key = "q_max_mvar", .fallback = "0.0", .unit = "MVAr", .meaning = "Largest reactive power"},
    {.key = "cost_a_per_mw2h", .fallback = "0.0", .unit = "$/MW²h", .meaning = "Quadratic cost", .minimum = 0.0},
};

constexpr Option microgrid_options[] = {
    {.key = "name", .kind = Kind::text, .fallback = "", .unit = "-", .meaning = "Name, the column of proposals.csv"},
    {.key = "bus", .kind = Kind::integer, .fallback = "", .unit = "-", .meaning = "The case's bus number"},
    {.key = "p_min_mw", .fallback = "", .unit = "MW", .meaning = "Least net injection"},
    {.key = "p_max_mw", .fallback = "", .unit = "MW", .meaning = "Largest net injection"},
};

constexpr Option line_limit_options[] = {
    {.key = "from", .kind = Kind::integer, .fallback = "", .unit = "-", .meaning = "One end of the line"},
    {.key = "to", .kind = Kind::integer, .fallback = "", .unit = "-", .meaning = "The other end"},
    {.key = "mva", .fallback = "", .unit = "MVA", .meaning = "Its limit", .minimum = 0.0},
};

constexpr Option accept_options[] = {
    {.key = "relative",
     .fallback = "0.01",
     .unit = "-",
     .meaning = "Accepted correction relative to the proposal",
     .minimum = 0.0},
    {.key = "absolute_mw",
     .fallback = "0.001",
     .unit = "MW",
     .meaning = "Accepted correction at least",
     .minimum = 0.0},
};

int bus_of(const files::Table& table, std::string_view key, const Feeder& feeder) {
  const auto number = table.integer(key);
  const int position = feeder.find(static_cast<int>(number));
  if (position < 0) table.refuse(key, fmt::format("bus {} is not in the network", number));
  return position;
}

void ordered(const files::Table& table, std::string_view low_key, double low, std::string_view high_key, double high) {
  if (!std::isfinite(low) || !std::isfinite(high))
    table.refuse(std::isfinite(low) ? high_key : low_key, "the limit is not finite; give a finite one");
  if (!(low <= high)) table.refuse(low_key, fmt::format("{} = {} is above {} = {}", low_key, low, high_key, high));
}

/// The root: limits and cost of the case's first unit there unless the table says otherwise.
DsoUnit read_substation(const files::Table& table, const grid::Network& network, const Feeder& feeder) {
  DsoUnit unit;
  unit.name = "substation";
  unit.bus = feeder.root;
  const int number = feeder.bus_number[static_cast<std::size_t>(feeder.root)];
  const auto& data = network.data;
  const grid::MatpowerUnit* row = nullptr;
  const grid::MatpowerCost* cost = nullptr;
  for (std::size_t u = 0; u < data.units.size() && row == nullptr; ++u)
    if (data.units[u].bus == number) {
      row = &data.units[u];
      if (u < data.costs.size()) cost = &data.costs[u];
    }
  const auto take = [&](std::string_view key, bool known, double value) {
    if (table.has(key)) return table.number(key);
    if (!known)
      table.refuse(key, fmt::format("is needed: {} has nothing to take it from at bus {}",
                                    data.file.filename().string(), number));
    return value;
  };
  const bool has_row = row != nullptr;
  unit.p_min_mw = take("p_min_mw", has_row, has_row ? row->p_min_mw : 0.0);
  unit.p_max_mw = take("p_max_mw", has_row, has_row ? row->p_max_mw : 0.0);
  unit.q_min_mvar = take("q_min_mvar", has_row, has_row ? row->q_min_mvar : 0.0);
  unit.q_max_mvar = take("q_max_mvar", has_row, has_row ? row->q_max_mvar : 0.0);
  // polynomial, highest power first: c_k p^k + ... + c_1 p + c_0; the constant is dropped
  double a = 0.0, b = 0.0;
  bool polynomial = cost != nullptr && cost->model == 2;
  if (polynomial) {
    const auto& c = cost->coefficients;
    const std::size_t n = c.size();
    b = n >= 2 ? c[n - 2] : 0.0;
    a = n >= 3 ? c[n - 3] : 0.0;
    for (std::size_t k = 0; k + 3 < n; ++k) polynomial = polynomial && c[k] == 0.0;
  }
  unit.cost_a_per_mw2h = take("cost_a_per_mw2h", polynomial, a);
  unit.cost_b_per_mwh = take("cost_b_per_mwh", polynomial, b);
  if (!(unit.cost_a_per_mw2h >= 0.0))
    table.refuse("cost_a_per_mw2h", fmt::format("is {}, expected at least 0", unit.cost_a_per_mw2h));
  ordered(table, "p_min_mw", unit.p_min_mw, "p_max_mw", unit.p_max_mw);
  ordered(table, "q_min_mvar", unit.q_min_mvar, "q_max_mvar", unit.q_max_mvar);
  return unit;
}

int root_number(const files::Table& table, const grid::Network& network) {
  if (table.has("bus")) {
    const int number = static_cast<int>(table.integer("bus"));
    if (!network.has_bus(number)) table.refuse("bus", fmt::format("bus {} is not in the network", number));
    return number;
  }
  if (network.references.size() != 1)
    table.refuse("bus",
                 fmt::format("is needed: the case has {} type-3 buses, expected one", network.references.size()));
  return network.number(network.references.front());
}

void read_line_limits(const std::shared_ptr<files::TomlDocument>& document, const files::Table& network_table,
                      Feeder& feeder) {
  double p = 0.0, q = 0.0;
  for (const double load : feeder.load_mw) p += load;
  for (const double load : feeder.load_mvar) q += load;
  const double fallback =
      network_table.has("line_limit_mva") ? network_table.number("line_limit_mva") : 3.0 * std::hypot(p, q);
  for (auto& line : feeder.lines)
    if (line.limit_mva == 0.0) line.limit_mva = fallback;
  for (const auto& table : files::Table::open_array(document, "line_limit", line_limit_options)) {
    const int from = bus_of(table, "from", feeder), to = bus_of(table, "to", feeder);
    bool found = false;
    for (auto& line : feeder.lines)
      if ((line.from == from && line.to == to) || (line.from == to && line.to == from)) {
        line.limit_mva = table.number("mva");
        found = true;
      }
    if (!found)
      table.refuse("from", fmt::format("no line in service between buses {} and {}", table.integer("from"),
                                       table.integer("to")));
  }
  for (const auto& line : feeder.lines)
    if (!(line.limit_mva > 0.0)) network_table.refuse("line_limit_mva", "the limit of a line must be above 0 MVA");
}

void refuse_equal_names(const std::vector<files::Table>& tables) {
  for (std::size_t i = 0; i < tables.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (tables[i].text("name") == tables[k].text("name"))
        tables[i].refuse("name", fmt::format("'{}' is there twice", tables[i].text("name")));
}

}  // namespace

std::span<const Option> dso_network_records(bool with_profile) {
  const std::span<const Option> all = network_options;
  return with_profile ? all : all.first(all.size() - 1);  // load_profile stands last
}
std::span<const Option> dso_substation_records() {
  return substation_options;
}
std::span<const Option> dso_unit_records() {
  return unit_options;
}
std::span<const Option> dso_microgrid_records() {
  return microgrid_options;
}
std::span<const Option> dso_line_limit_records() {
  return line_limit_options;
}
std::span<const Option> dso_accept_records() {
  return accept_options;
}

std::vector<options::Section> dso_sections(bool with_profile) {
  return {{"network", "The feeder of the DSO problem", dso_network_records(with_profile)},
          {"substation", "The root of the feeder", substation_options},
          {"generator", "Units of the operator (array of tables)", unit_options},
          {"line_limit", "Limits of single lines (array of tables)", line_limit_options},
          {"accept", "When a correction counts as accepted", accept_options}};
}

DsoData read_dso(const std::shared_ptr<files::TomlDocument>& document, bool with_profile) {
  const auto table = files::Table::open(document, "network", dso_network_records(with_profile));
  const auto substation = files::Table::open(document, "substation", substation_options);
  const auto accept = files::Table::open(document, "accept", accept_options);
  const grid::Network network = grid::make_network(grid::read_matpower(table.path("file")));
  DsoData data;
  data.feeder = make_feeder(network, root_number(substation, network));
  Feeder& feeder = data.feeder;
  feeder.root_voltage_pu = substation.number("voltage_pu");
  const double v_min = table.number("v_min_pu"), v_max = table.number("v_max_pu");
  if (!(v_min <= v_max)) table.refuse("v_min_pu", fmt::format("v_min_pu = {} is above v_max_pu = {}", v_min, v_max));
  feeder.v_min_pu.assign(feeder.bus_number.size(), v_min);
  feeder.v_max_pu.assign(feeder.bus_number.size(), v_max);
  read_line_limits(document, table, feeder);
  data.upper_voltage = table.text("upper_voltage") == "lossless" ? UpperVoltage::lossless : UpperVoltage::lossy;
  data.shed_max_fraction = table.number("shed_max_fraction");
  data.accept_relative = accept.number("relative");
  data.accept_absolute_mw = accept.number("absolute_mw");
  data.units.push_back(read_substation(substation, network, feeder));
  const auto tables = files::Table::open_array(document, "generator", unit_options);
  refuse_equal_names(tables);
  for (const auto& row : tables) {
    DsoUnit unit{row.text("name"),
                 bus_of(row, "bus", feeder),
                 row.number("p_min_mw"),
                 row.number("p_max_mw"),
                 row.number("q_min_mvar"),
                 row.number("q_max_mvar"),
                 row.number("cost_a_per_mw2h"),
                 row.number("cost_b_per_mwh")};
    ordered(row, "p_min_mw", unit.p_min_mw, "p_max_mw", unit.p_max_mw);
    ordered(row, "q_min_mvar", unit.q_min_mvar, "q_max_mvar", unit.q_max_mvar);
    data.units.push_back(std::move(unit));
  }
  return data;
}

std::vector<DsoMicrogrid> read_microgrids(const std::shared_ptr<files::TomlDocument>& document, const std::string& path,
                                          const Feeder& feeder) {
  const auto tables = files::Table::open_array(document, path, microgrid_options);
  refuse_equal_names(tables);
  std::vector<DsoMicrogrid> microgrids;
  for (const auto& table : tables) {
    DsoMicrogrid microgrid{table.text("name"), bus_of(table, "bus", feeder), table.number("p_min_mw"),
                           table.number("p_max_mw")};
    ordered(table, "p_min_mw", microgrid.p_min_mw, "p_max_mw", microgrid.p_max_mw);
    microgrids.push_back(std::move(microgrid));
  }
  return microgrids;
}

}  // namespace wattstein::engine
