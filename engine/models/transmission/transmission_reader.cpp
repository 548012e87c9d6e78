#include "engine/models/transmission/transmission_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/models/devices/records.hpp"

namespace wattstein::engine {
namespace {

using namespace records;

constexpr std::array table_records{
    of(Kind::path, "network", "", "-", "MATPOWER case; rate_a = 0 means no limit"),
    profile("load_profile", "1.0", "-", "multiplies every bus load of the case"),
    number("load_scale", "1.0", "-", "multiplies every bus load of the case", 0.0),
    of(Kind::path, "loads", "\"\"", "-",
       "CSV hour,<bus number>,... in MW instead of the case's loads and both keys above"),
    number("line_limit_scale", "1.0", "-", "multiplies every line limit", 0.0, largest_mw),
    profile("reserve_up_mw", "0.0", "MW", "upward reserve required", 0.0, largest_mw),
    profile("reserve_down_mw", "0.0", "MW", "downward reserve required", 0.0, largest_mw),
    number("shedding_cost_per_mwh", "1000.0", "$/MWh", "load shed in the second stage", 0.0, largest_mw),
    number("overgeneration_cost_per_mwh", "500.0", "$/MWh", "surplus in the second stage", 0.0, largest_mw),
    of(Kind::path, "samples", "\"\"", "-", "samples of the renewables; required when there are some"),
    integer("sample_first", "1", "-", "first sample used", 1),
    integer("sample_count", "0", "-", "how many samples; 0: all that follow", 0),
    of(Kind::path, "test_samples", "\"\"", "-", "held-out samples for the out-of-sample figures"),
    Option{.key = "radius_mw",
           .kind = Kind::number,
           .fallback = "",
           .unit = "MW",
           .meaning = "radius; overrides [ambiguity]",
           .minimum = 0.0,
           .choices = "auto",
           .optional = true},
    of(Kind::text, "support", "", "-", "overrides [ambiguity]: samples, capacity or a file", true),
    maybe("support_margin", "-", "overrides [ambiguity]", 0.0),
    of(Kind::text, "unit", "\"network\"", "-",
       "\"network\": the case's generators with their gencost; or a CSV; or [[transmission.unit]]"),
    number("reserve_share", "0.1", "-", "\"network\" units: largest reserves as a fraction of Pmax", 0.0),
};

constexpr std::array limit_records{
    of(Kind::integer, "from", "", "-", "bus number"),
    of(Kind::integer, "to", "", "-", "bus number"),
    integer("circuit", "1", "-", "the k-th line between the two, either direction, any status, in the file's order", 1),
    needed("limit_mw", "MW", "limit before line_limit_scale; 0: none", 0.0),
};

const std::array sections{
    options::Section{"transmission", "the transmission system", table_records},
    options::Section{"transmission.unit", "units (array of tables or CSV)", transmission_unit_records()},
    options::Section{"transmission.renewable", "renewables", renewable_records()},
    options::Section{"transmission.storage", "storages", storage_records()},
    options::Section{"transmission.line_limit", "line limits instead of rate_a", limit_records},
};

// The case's generators in service: linear and quadratic coefficient of gencost, no ramp limit.
std::vector<Unit> network_units(const files::Table& table, const grid::Network& network) {
  const auto& data = network.data;
  const double share = table.number("reserve_share");
  std::vector<Unit> units;
  for (std::size_t k = 0; k < network.unit_rows.size(); ++k) {
    const auto row = static_cast<std::size_t>(network.unit_rows[k]);
    const auto& source = data.units[row];
    const std::string name = fmt::format("gen{}", row + 1);
    if (data.costs.size() <= row)
      throw Error("{}: mpc.gencost has no row for {}, which unit = \"network\" of {} needs", data.file.string(), name,
                  table.where("unit"));
    const auto& cost = data.costs[row];
    auto coefficients = cost.coefficients;
    while (coefficients.size() > 3 && coefficients.front() == 0.0) coefficients.erase(coefficients.begin());
    if (cost.model != 2 || coefficients.size() > 3)
      throw Error("{}: the cost of {} is no polynomial of degree 2 or less, which unit = \"network\" needs",
                  data.where(cost.line), name);
    if (!std::isfinite(source.p_max_mw) || !std::isfinite(source.p_min_mw) || !(source.p_min_mw <= source.p_max_mw))
      throw Error("{}: {} needs finite limits with Pmin at most Pmax (they are {} and {})", data.where(source.line),
                  name, source.p_min_mw, source.p_max_mw);
    const auto coefficient = [&](std::size_t power) {
      return coefficients.size() > power ? coefficients[coefficients.size() - 1 - power] : 0.0;
    };
    Unit unit;
    unit.name = name;
    unit.bus = network.unit_buses[k];
    unit.p_min_mw = source.p_min_mw;
    unit.p_max_mw = source.p_max_mw;
    unit.cost_per_mwh = coefficient(1);
    unit.cost_per_mw2h = coefficient(2);
    if (unit.cost_per_mw2h < 0.0)
      throw Error("{}: the quadratic cost of {} is negative (not convex)", data.where(cost.line), name);
    unit.quadratic = unit.cost_per_mw2h != 0.0;
    unit.deployment_up_cost_per_mwh = unit.cost_per_mwh + 2.0 * unit.cost_per_mw2h * unit.p_max_mw;
    unit.deployment_down_cost_per_mwh = unit.cost_per_mwh + 2.0 * unit.cost_per_mw2h * unit.p_min_mw;
    const double reserve = std::clamp(share * source.p_max_mw, 0.0, source.p_max_mw - source.p_min_mw);
    unit.reserve_up_max_mw = unit.reserve_down_max_mw = reserve;
    units.push_back(std::move(unit));
  }
  return units;
}

// Loads by hour and bus from `loads`: buses not named have no load.
std::vector<double> read_loads(const files::Table& table, const grid::Network& network, int hours) {
  const auto file = table.path("loads");
  const auto csv = files::read_csv(file);
  const auto hour_column = csv.column("hour");
  std::vector<double> load(static_cast<std::size_t>(hours * network.buses()), 0.0);
  std::vector<int> bus_of(csv.columns.size(), -1);
  for (std::size_t c = 0; c < csv.columns.size(); ++c) {
    if (c == hour_column) continue;
    int number = 0;
    const auto& text = csv.columns[c];
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || !network.has_bus(number))
      throw Error("{}, line 1: '{}' is no bus of {}", file.string(), text, network.data.file.string());
    bus_of[c] = network.index_of(number);
  }
  if (csv.rows.size() != static_cast<std::size_t>(hours))
    throw Error("{}: has {} rows, expected {} (one per hour of the study)", file.string(), csv.rows.size(), hours);
  std::vector<char> seen(static_cast<std::size_t>(hours), 0);
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const long hour = csv.integer(i, hour_column);
    if (hour < 1 || hour > hours || seen[static_cast<std::size_t>(hour - 1)])
      throw Error("{}, line {}: hour {} is repeated or outside 1 .. {}", file.string(), csv.lines[i], hour, hours);
    seen[static_cast<std::size_t>(hour - 1)] = 1;
    for (std::size_t c = 0; c < csv.columns.size(); ++c)
      if (bus_of[c] >= 0) load[static_cast<std::size_t>((hour - 1) * network.buses() + bus_of[c])] = csv.number(i, c);
  }
  return load;
}

// rate_a or the table's limit, times line_limit_scale, per line in service.
std::vector<double> read_limits(const std::shared_ptr<files::TomlDocument>& document, const files::Table& table,
                                const grid::Network& network) {
  const auto& branches = network.data.branches;
  std::vector<double> rate(branches.size());
  for (std::size_t k = 0; k < branches.size(); ++k) rate[k] = branches[k].rate_a_mva;
  for (const auto& entry : files::Table::open_array(document, "transmission.line_limit", limit_records)) {
    const auto from = entry.integer("from"), to = entry.integer("to"), circuit = entry.integer("circuit");
    std::int64_t found = 0;
    for (std::size_t k = 0; k < branches.size() && found < circuit; ++k) {
      const bool between =
          (branches[k].from == from && branches[k].to == to) || (branches[k].from == to && branches[k].to == from);
      if (between && ++found == circuit) rate[k] = entry.number("limit_mw");
    }
    if (found < circuit)
      entry.refuse(found == 0 ? "from" : "circuit",
                   fmt::format("{} has {} line(s) between bus {} and bus {}, circuit {} is asked for",
                               network.data.file.string(), found, from, to, circuit));
  }
  const double scale = table.number("line_limit_scale");
  std::vector<double> limit;
  for (const auto& line : network.lines) {
    const double value = rate[static_cast<std::size_t>(line.row)];
    if (!(value >= 0.0))
      throw Error("{}: the line limit {} is negative",
                  network.data.where(branches[static_cast<std::size_t>(line.row)].line), value);
    limit.push_back(std::isfinite(value) ? scale * value : 0.0);
    if (value > 0.0 && scale == 0.0)
      table.refuse("line_limit_scale", "0 would turn every limit off; leave the limits out instead");
  }
  return limit;
}

}  // namespace

std::span<const options::Section> transmission_sections() {
  return sections;
}

TransmissionData read_transmission(const std::shared_ptr<files::TomlDocument>& document, int hours) {
  const auto table =
      files::Table::open(document, "transmission", table_records, {"unit", "renewable", "storage", "line_limit"});
  TransmissionData data;
  data.network = grid::make_network(grid::read_matpower(table.path("network")));
  const auto& network = data.network;
  if (network.references.size() != 1)
    throw Error("{}: has {} reference buses (type 3), the transmission needs exactly one", network.data.file.string(),
                network.references.size());
  grid::require_reference_everywhere(network);
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l)
    if (network.branch(l).x_pu == 0.0)
      throw Error("{}: the line {}-{} has x = 0, the DC power flow needs a reactance",
                  network.data.where(network.branch(l).line), network.branch(l).from, network.branch(l).to);
  data.limit_mw = read_limits(document, table, network);

  if (!table.path("loads").empty()) {
    data.load_mw = read_loads(table, network, hours);
  } else {
    const auto load_profile = table.profile("load_profile", hours);
    const double scale = table.number("load_scale");
    for (int h = 0; h < hours; ++h)
      for (int n = 0; n < network.buses(); ++n)
        data.load_mw.push_back(network.bus(n).p_mw * load_profile[static_cast<std::size_t>(h)] * scale);
  }

  NameRegister names;
  if (table.is_text("unit") && table.text("unit") == "network") {
    data.units = network_units(table, network);
    for (const auto& unit : data.units) names.add(table, unit.name);
  } else {
    for (const auto& entry : files::Table::open_array(document, "transmission.unit", transmission_unit_records())) {
      data.units.push_back(read_unit(entry, network, false));
      names.add(entry, data.units.back().name);
    }
  }
  for (const auto& entry : files::Table::open_array(document, "transmission.renewable", renewable_records())) {
    data.renewables.push_back(read_renewable(entry, network));
    names.add(entry, data.renewables.back().name);
  }
  for (const auto& entry : files::Table::open_array(document, "transmission.storage", storage_records())) {
    data.storages.push_back(read_storage(entry, network));
    names.add(entry, data.storages.back().name);
  }
  data.reserve_up_mw = table.profile("reserve_up_mw", hours);
  data.reserve_down_mw = table.profile("reserve_down_mw", hours);
  data.shedding_cost_per_mwh = table.number("shedding_cost_per_mwh");
  data.overgeneration_cost_per_mwh = table.number("overgeneration_cost_per_mwh");
  return data;
}

}  // namespace wattstein::engine
