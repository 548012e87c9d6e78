#include "engine/studies/coordination_records.hpp"

#include <array>

#include "engine/models/devices/records.hpp"

namespace wattstein::engine {
namespace {

using namespace records;

constexpr Option factors(std::string_view key, std::string_view meaning) {
  return {.key = key,
          .kind = Kind::numbers,
          .fallback = "1.0",
          .unit = "-",
          .meaning = meaning,
          .minimum = 0.0,
          .maximum = largest_mw};
}
constexpr Option radius(std::string_view fallback, std::string_view meaning, bool optional) {
  return {.key = "radius_mw",
          .kind = Kind::number,
          .fallback = fallback,
          .unit = "MW",
          .meaning = meaning,
          .minimum = 0.0,
          .maximum = largest_mw,
          .choices = "auto",
          .optional = optional};
}

constexpr std::array coordination{
    choice("case", "\"multi_energy\"", "what is coupled", "multi_energy|electric_only|disconnected"),
    choice("method", "\"aal\"", "coordination method", "aal|admm|benders|monolith"),
    number("penalty", "2.2", "$/MW2h", "penalty nu", 1e-9, 1e9),
    of(Kind::boolean, "adapt_penalty", "true", "-", "residual balancing of the penalty"),
    number("damping", "0.25", "-", "iota, below 1/2 for convergence; with adapt_penalty the first one, growing to 0.45",
           1e-6, 1.0),
    number("tolerance_mw", "0.01", "MW", "stop: primal mismatch", 0.0, largest_mw),
    number("tolerance_price", "0.01", "$/MWh", "stop: multiplier change", 0.0, largest_mw),
    integer("max_iterations", "1000", "-", "coordination iterations", 1),
    integer("hubs", "0", "-", "only the first so many hubs, copies counted one by one; 0: all", 0),
    choice("worst_case", "\"enumerate\"", "worst-case search", "enumerate|climb"),
    choice("recourse", "\"cuts\"",
           "W in an agent's problem: cuts, or column-and-constraint generation (slow beyond small systems)",
           "cuts|copies"),
    integer("cut_clusters", "1", "-", "epigraph variables an hour: samples are split by their total power", 1),
    of(Kind::boolean, "deploy_reserves", "true", "-", "false: no deployment in any second stage"),
    number("deployment_markup", "0.1", "-", "upward deployment costs (1 + m), downward saves (1 - m)", 0.0, 1.0),
    number("socp_gap_limit", "0.01", "p.u.", "a relaxed network looser than this is named at the end", 0.0, 1e9),
    number("loss_price_per_mwh", "0.0", "$/MWh", "small price on feeder losses, the usual mend of loose cones", 0.0,
           largest_mw),
    number("pressure_drop_price", "0.0", "$/h",
           "small price on (pi_i - pi_j) theta / u_max^2 of every gas pipe, likewise", 0.0, largest_mw),
};

constexpr std::array disconnected{
    choice("hubs", "\"electric_only\"", "what the hubs are", "electric_only|multi_energy"),
    of(Kind::text, "exchange", "", "MW", "CSV hour,<hub name>,... (import), or \"electric_only\": that case's exchange",
       true),
    number("mismatch_cost_per_mwh", "200.0", "$/MWh", "price of |p_d - exchange| on either side", 0.0, largest_mw),
};

constexpr std::array ambiguity{
    choice("model", "\"dro\"", "uncertainty model", "dro|sp|ro|det"),
    radius("\"auto\"", "radius of every agent, or \"auto\": the formula", false),
    number("confidence", "0.95", "-", "kappa of the automatic radius", 0.0, 1.0),
    number("radius_factor", "1.0", "-", "multiplies the automatic radius", 0.0, largest_mw),
    of(Kind::text, "support", "\"samples\"", "-", "samples, capacity, or a CSV bound,hour,<renewable>,..."),
    number("support_margin", "0.0", "-", "widens [min, max] of the samples by this fraction on both sides", 0.0, 1e6),
    integer("scenarios", "0", "-", "sp: samples drawn with the seed; 0: every one", 0),
};

constexpr std::array hub{
    of(Kind::text, "name", "", "-", "hub; copies are named name_1, name_2, ..."),
    of(Kind::path, "file", "", "-", "hub file"),
    of(Kind::numbers, "bus", "", "-", "bus number of the transmission case; a list makes copies"),
    needed("import_max_mw", "MW", "largest boundary power into the hub", -largest_mw, largest_mw),
    number("export_max_mw", "0.0", "MW", "largest boundary power out of the hub", -largest_mw, largest_mw),
    of(Kind::texts, "samples", "[]", "-",
       "samples of the hub's renewables; default: the hub file's; a list when bus is one"),
    integer("sample_first", "1", "-", "first sample used; copy k = 0, 1, ... starts sample_count * k later", 1),
    integer("sample_count", "0", "-", "how many samples; 0: all that follow, for every copy", 0),
    of(Kind::path, "test_samples", "\"\"", "-", "held-out samples for the out-of-sample figures"),
    radius("", "overrides [ambiguity]", true),
    factors("load_scale", "multiplies the electric load; a list when bus is one"),
    factors("gas_load_scale", "multiplies the gas demand; a list when bus is one"),
    factors("heat_load_scale", "multiplies the heat load; a list when bus is one"),
    factors("renewable_scale", "multiplies capacities, samples and support file; a list when bus is one"),
    factors("cost_scale", "multiplies costs of units, CHP and gas units' own; a list when bus is one"),
    factors("gas_price_scale", "multiplies well prices and fuel prices; a list when bus is one"),
};

constexpr std::array evaluate{
    of(Kind::path, "schedule", "", "-", "CSV agent,quantity,name,hour,value to price instead of scheduling"),
};

}  // namespace

std::span<const options::Option> coordination_records() {
  return coordination;
}
std::span<const options::Option> disconnected_records() {
  return disconnected;
}
std::span<const options::Option> ambiguity_records() {
  return ambiguity;
}
std::span<const options::Option> hub_table_records() {
  return hub;
}
std::span<const options::Option> evaluate_records() {
  return evaluate;
}

}  // namespace wattstein::engine
