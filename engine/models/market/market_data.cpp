#include "engine/models/market/market_data.hpp"

#include <algorithm>
#include <array>

#include "engine/error/error.hpp"
#include "engine/files/toml_document.hpp"
#include "kernels/batch/batch.hpp"

namespace wattstein::engine {
namespace {

using options::Kind;
using options::Option;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

constexpr std::array<Option, 5> market_options = {{
    {.key = "trade_limit_mw", .fallback = "10.0", .unit = "MW", .meaning = "largest trade of a pair", .minimum = 0.0},
    {.key = "trade_cost_per_mw2h", .fallback = "", .unit = "$/MW²h", .meaning = "κ, cost of trading", .minimum = 1e-12},
    {.key = "max_rounds",
     .kind = Kind::integer,
     .fallback = "50",
     .unit = "-",
     .meaning = "clearings at most",
     .minimum = 1,
     .maximum = 1e6},
    {.key = "clearing",
     .kind = Kind::choice,
     .fallback = "\"monolith\"",
     .unit = "-",
     .meaning = "how the market is cleared",
     .choices = "monolith|admm"},
    {.key = "clearing_tolerance",
     .fallback = "1e-8",
     .unit = "-",
     .meaning = "relative",
     .minimum = 1e-12,
     .maximum = 1e-2},
}};

constexpr std::array<Option, 18> microgrid_options = {{
    {.key = "name", .kind = Kind::text, .fallback = "", .unit = "-", .meaning = "name"},
    {.key = "bus", .kind = Kind::integer, .fallback = "", .unit = "-", .meaning = "the case's bus number"},
    {.key = "p_min_mw", .fallback = "", .unit = "MW", .meaning = "least net injection"},
    {.key = "p_max_mw", .fallback = "", .unit = "MW", .meaning = "largest net injection"},
    {.key = "utility_omega_per_mwh",
     .kind = Kind::profile,
     .fallback = "",
     .unit = "$/MWh",
     .meaning = "ω, utility of the first MWh"},
    {.key = "utility_alpha_per_mw2h",
     .fallback = "",
     .unit = "$/MW²h",
     .meaning = "α, how fast it falls",
     .minimum = 1e-9},
    {.key = "load_min_mw",
     .kind = Kind::profile,
     .fallback = "0.0",
     .unit = "MW",
     .meaning = "least load",
     .minimum = 0.0},
    {.key = "load_max_mw",
     .kind = Kind::profile,
     .fallback = "",
     .unit = "MW",
     .meaning = "largest load; absent: where the utility is largest",
     .minimum = 0.0,
     .optional = true},
    {.key = "generator_max_mw", .fallback = "0.0", .unit = "MW", .meaning = "largest generation", .minimum = 0.0},
    {.key = "generator_a_per_mw2h", .fallback = "0.0", .unit = "$/MW²h", .meaning = "quadratic cost", .minimum = 0.0},
    {.key = "generator_b_per_mwh", .fallback = "0.0", .unit = "$/MWh", .meaning = "linear cost"},
    {.key = "pv_mw", .kind = Kind::profile, .fallback = "0.0", .unit = "MW", .meaning = "available PV", .minimum = 0.0},
    {.key = "battery_power_mw",
     .fallback = "0.0",
     .unit = "MW",
     .meaning = "largest charge and discharge",
     .minimum = 0.0},
    {.key = "battery_energy_min_mwh", .fallback = "0.0", .unit = "MWh", .meaning = "least energy", .minimum = 0.0},
    {.key = "battery_energy_max_mwh", .fallback = "0.0", .unit = "MWh", .meaning = "largest energy", .minimum = 0.0},
    {.key = "battery_energy_start_mwh",
     .fallback = "0.0",
     .unit = "MWh",
     .meaning = "energy at the start and at the end",
     .minimum = 0.0},
    {.key = "battery_efficiency",
     .fallback = "1.0",
     .unit = "-",
     .meaning = "of charging and of discharging",
     .minimum = 1e-3,
     .maximum = 1.0},
    {.key = "battery_wear_per_mw2h", .fallback = "0.0", .unit = "$/MW²h", .meaning = "γ", .minimum = 0.0},
}};
}  // namespace

double largest_load(const MarketMicrogrid& microgrid, double load_max, double omega) {
  return std::min(load_max, omega / microgrid.alpha);
}

std::span<const Option> market_records() {
  return market_options;
}
std::span<const Option> market_microgrid_records() {
  return microgrid_options;
}

MarketData read_market(const std::shared_ptr<files::TomlDocument>& document, int hours, double step_hours) {
  const auto table = files::Table::open(document, "market", market_options);
  MarketData data;
  data.hours = hours;
  data.step_hours = step_hours;
  data.trade_limit = table.number("trade_limit_mw");
  data.trade_cost = table.number("trade_cost_per_mw2h");
  data.max_rounds = static_cast<int>(table.integer("max_rounds"));
  data.admm = table.text("clearing") == "admm";
  data.tolerance = table.number("clearing_tolerance");
  for (const auto& row : files::Table::open_array(document, "microgrid", microgrid_options)) {
    MarketMicrogrid item;
    item.name = row.text("name");
    item.bus_number = static_cast<int>(row.integer("bus"));
    item.p_min_mw = row.number("p_min_mw");
    item.p_max_mw = row.number("p_max_mw");
    item.omega = row.profile("utility_omega_per_mwh", hours);
    item.alpha = row.number("utility_alpha_per_mw2h");
    item.load_min = row.profile("load_min_mw", hours);
    item.load_max =
        row.has("load_max_mw") ? row.profile("load_max_mw", hours) : std::vector<double>(at(hours), kernels::infinity);
    for (int h = 0; h < hours; ++h)
      if (!(item.load_min[at(h)] <= largest_load(item, item.load_max[at(h)], item.omega[at(h)])))
        row.refuse("load_min_mw",
                   fmt::format("{} MW in hour {} is above min(load_max, ω/α) = {} MW", item.load_min[at(h)], h + 1,
                               largest_load(item, item.load_max[at(h)], item.omega[at(h)])));
    item.generator_max = row.number("generator_max_mw");
    item.generator_a = row.number("generator_a_per_mw2h");
    item.generator_b = row.number("generator_b_per_mwh");
    item.pv = row.profile("pv_mw", hours);
    item.battery_power = row.number("battery_power_mw");
    item.battery_min = row.number("battery_energy_min_mwh");
    item.battery_max = row.number("battery_energy_max_mwh");
    item.battery_start = row.number("battery_energy_start_mwh");
    item.battery_efficiency = row.number("battery_efficiency");
    item.battery_wear = row.number("battery_wear_per_mw2h");
    if (!(item.battery_min <= item.battery_start && item.battery_start <= item.battery_max))
      row.refuse("battery_energy_start_mwh", "is outside battery_energy_min_mwh .. battery_energy_max_mwh");
    data.microgrids.push_back(std::move(item));
  }
  if (data.microgrids.empty()) throw Error("{}: a market needs at least one [[microgrid]]", document->file.string());
  return data;
}

MarketLimits first_limits(const MarketData& data) {
  MarketLimits limits;
  for (const auto& microgrid : data.microgrids) {
    limits.lower.insert(limits.lower.end(), at(data.hours), std::min(0.0, microgrid.p_min_mw));
    limits.upper.insert(limits.upper.end(), at(data.hours), std::max(0.0, microgrid.p_max_mw));
  }
  return limits;
}
}  // namespace wattstein::engine
