// [electric] of a hub file
#include <array>

#include "engine/error/error.hpp"
#include "engine/models/devices/records.hpp"
#include "engine/models/hub/hub_reader.hpp"

namespace wattstein::engine {
namespace {

using namespace records;

constexpr std::array table_records{
    of(Kind::path, "network", "", "-", "MATPOWER case: radial, root = the reference bus, no taps"),
    number("root_voltage_pu", "1.0", "p.u.", "voltage of the root", 1e-3, 1e3),
    maybe("v_min_pu", "p.u.", "least voltage; default: the case's, per bus", 0.0, 1e3),
    maybe("v_max_pu", "p.u.", "largest voltage; default: the case's, per bus", 0.0, 1e3),
    needed("q_exchange_max_mvar", "MVAr", "largest reactive exchange at the root, either way", 0.0, largest_mw),
    number("line_limit_mva", "0.0", "MVA", "limit of lines whose rate_a is 0; 0: none", 0.0),
    profile("load_profile", "1.0", "-", "multiplies Pd"),
    Option{.key = "reactive_load_profile",
           .kind = Kind::profile,
           .fallback = "",
           .unit = "-",
           .meaning = "multiplies Qd; default: load_profile",
           .optional = true},
    number("load_scale", "1.0", "-", "multiplies Pd and Qd", 0.0),
    profile("reserve_up_mw", "0.0", "MW", "upward reserve required from [[electric.unit]]", 0.0, largest_mw),
    profile("reserve_down_mw", "0.0", "MW", "downward reserve required from [[electric.unit]]", 0.0, largest_mw),
    number("shedding_cost_per_mwh", "1000.0", "$/MWh", "load shed in the second stage", 0.0, largest_mw),
    number("overgeneration_cost_per_mwh", "500.0", "$/MWh", "surplus in the second stage", 0.0, largest_mw),
    number("voltage_violation_cost_per_pu", "10000.0", "$/h per p.u.", "squared voltage outside its limits", 0.0, 1e12),
    number("line_violation_cost_per_mwh", "1000.0", "$/MWh", "flow above a line's limit", 0.0, 1e12),
    of(Kind::path, "samples", "\"\"", "-", "samples of the renewables, unless [[hub]] gives them"),
    of(Kind::text, "support", "", "-", "overrides [ambiguity]: samples, capacity or a file", true),
    maybe("support_margin", "-", "overrides [ambiguity]", 0.0),
};

const std::array sections{
    options::Section{"hub file: electric", "the feeder", table_records},
    options::Section{"hub file: electric.unit", "units", hub_unit_records()},
    options::Section{"hub file: electric.gas_unit", "units that burn gas", gas_unit_records()},
    options::Section{"hub file: electric.chp", "units that make power and heat", chp_records()},
    options::Section{"hub file: electric.renewable", "renewables", renewable_records()},
    options::Section{"hub file: electric.storage", "storages", storage_records()},
};

}  // namespace

std::span<const options::Section> electric_sections() {
  return sections;
}

void read_support(const files::Table& table, std::string& kind, std::filesystem::path& file) {
  const std::string text = table.text("support");
  if (text == "samples" || text == "capacity") {
    kind = text;
    return;
  }
  kind = "file";
  file = (table.folder() / text).lexically_normal();
  if (!std::filesystem::exists(file))
    table.refuse("support",
                 fmt::format("'{}' is neither samples nor capacity nor a file that exists ({})", text, file.string()));
}

void read_electric(const std::shared_ptr<files::TomlDocument>& document, int hours, HubFile& hub, NameRegister& names) {
  const auto table =
      files::Table::open(document, "electric", table_records, {"unit", "gas_unit", "chp", "renewable", "storage"});
  ElectricData& data = hub.data.electric;
  data.network = grid::make_network(grid::read_matpower(table.path("network")));
  const auto& network = data.network;
  const auto& file = network.data.file;
  if (network.references.size() != 1)
    throw Error("{}: has {} reference buses (type 3), a hub's feeder needs exactly one as its root", file.string(),
                network.references.size());
  data.tree = grid::orient_tree(network);
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l) {
    const auto& branch = network.branch(l);
    const auto refuse = [&](std::string_view what) {
      throw Error("{}: the line {}-{} {}", network.data.where(branch.line), branch.from, branch.to, what);
    };
    if (branch.ratio != 0.0 && branch.ratio != 1.0)
      refuse(fmt::format("has the tap ratio {}, a hub's feeder takes only 0 or 1", branch.ratio));
    // A phase shift moves every angle below it alike and no power: nothing to refuse, nothing to model.
    if (branch.r_pu < 0.0) refuse(fmt::format("has the negative resistance {}", branch.r_pu));
    if (branch.r_pu == 0.0 && branch.x_pu <= 0.0) refuse("has no resistance and no positive reactance");
    if (!(branch.rate_a_mva >= 0.0)) refuse(fmt::format("has the negative limit {}", branch.rate_a_mva));
  }
  data.root_voltage_pu = table.number("root_voltage_pu");
  data.q_exchange_max_mvar = table.number("q_exchange_max_mvar");
  const double default_limit = table.number("line_limit_mva");
  data.limit_mva.assign(static_cast<std::size_t>(network.buses()), 0.0);
  for (int n = 0; n < network.buses(); ++n) {
    const auto& bus = network.bus(n);
    data.v_min_pu.push_back(table.has("v_min_pu") ? table.number("v_min_pu") : bus.v_min_pu);
    data.v_max_pu.push_back(table.has("v_max_pu") ? table.number("v_max_pu") : bus.v_max_pu);
    if (n == data.tree.root) continue;
    if (!(data.v_min_pu.back() >= 0.0 && data.v_min_pu.back() <= data.v_max_pu.back() &&
          std::isfinite(data.v_max_pu.back())))
      throw Error(
          "{}: bus {} has the voltage limits {} .. {} p.u.; the lower has to be at least 0 and at most the upper one",
          table.has("v_min_pu") || table.has("v_max_pu") ? table.where() : network.data.where(bus.line), bus.number,
          data.v_min_pu.back(), data.v_max_pu.back());
    const double rate = network.branch(data.tree.parent_line[static_cast<std::size_t>(n)]).rate_a_mva;
    const double limit = rate > 0.0 ? rate : default_limit;
    data.limit_mva[static_cast<std::size_t>(n)] = std::isfinite(limit) ? limit : 0.0;
  }
  const auto active = table.profile("load_profile", hours);
  const auto reactive = table.has("reactive_load_profile") ? table.profile("reactive_load_profile", hours) : active;
  const double scale = table.number("load_scale");
  for (int h = 0; h < hours; ++h)
    for (int n = 0; n < network.buses(); ++n) {
      data.load_mw.push_back(network.bus(n).p_mw * active[static_cast<std::size_t>(h)] * scale);
      data.load_mvar.push_back(network.bus(n).q_mvar * reactive[static_cast<std::size_t>(h)] * scale);
    }
  data.reserve_up_mw = table.profile("reserve_up_mw", hours);
  data.reserve_down_mw = table.profile("reserve_down_mw", hours);
  data.shedding_cost_per_mwh = table.number("shedding_cost_per_mwh");
  data.overgeneration_cost_per_mwh = table.number("overgeneration_cost_per_mwh");
  data.voltage_violation_cost_per_pu = table.number("voltage_violation_cost_per_pu");
  data.line_violation_cost_per_mwh = table.number("line_violation_cost_per_mwh");

  const auto each = [&](const char* path, std::span<const options::Option> records, auto read) {
    for (const auto& entry : files::Table::open_array(document, path, records)) names.add(entry, read(entry));
  };
  each("electric.unit", hub_unit_records(),
       [&](const auto& t) { return data.units.emplace_back(read_unit(t, network, true)).name; });
  each("electric.gas_unit", gas_unit_records(),
       [&](const auto& t) { return data.gas_units.emplace_back(read_gas_unit(t, network)).unit.name; });
  each("electric.chp", chp_records(),
       [&](const auto& t) { return data.chps.emplace_back(read_chp(t, network)).unit.name; });
  each("electric.renewable", renewable_records(),
       [&](const auto& t) { return data.renewables.emplace_back(read_renewable(t, network)).name; });
  each("electric.storage", storage_records(),
       [&](const auto& t) { return data.storages.emplace_back(read_storage(t, network)).name; });

  hub.samples.samples = table.path("samples");
  if (table.has("support")) read_support(table, hub.samples.support.emplace(), hub.samples.support_file);
  if (table.has("support_margin")) hub.samples.support_margin = table.number("support_margin");
}

std::vector<options::Section> hub_sections() {
  std::vector<options::Section> all;
  for (const auto part : {electric_sections(), gas_sections(), heat_sections()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

HubFile read_hub(const std::filesystem::path& file, int hours, bool electric_only) {
  const auto document = files::read_toml(file);
  files::Table::open(document, "", {}, {"electric", "gas", "heat"});
  HubFile hub;
  hub.data.file = file.string();
  NameRegister names;
  read_electric(document, hours, hub, names);
  if (!electric_only) {
    read_gas(document, hours, hub.data, names);
    read_heat(document, hours, hub.data, names);
  }
  return hub;
}

}  // namespace wattstein::engine
