#include "engine/dataset/sampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/dataset/proposals.hpp"
#include "engine/error/error.hpp"
#include "engine/files/toml_document.hpp"
#include "engine/models/dso/read_dso.hpp"

namespace wattstein::engine {
namespace {

using options::Kind;
using options::Option;
constexpr std::int64_t shift_ids = 1'000'000'000'000;  // ids of shift k start at k times this
constexpr std::size_t text_limit = 24;                 // test_<name> must fit into a status-like text column

// A shift may give any of the keys up to `pv_error`; `count` stands first, then those of the main sample alone.
constexpr std::array<Option, 18> sampler_options = {{
    {.key = "count",
     .kind = Kind::integer,
     .fallback = "",
     .unit = "-",
     .meaning = "samples",
     .minimum = 0,
     .maximum = 9e11},
    {.key = "load_scale",
     .kind = Kind::numbers,
     .fallback = "",
     .unit = "-",
     .meaning = "range of the factor on all loads",
     .minimum = 0.0,
     .optional = true},
    {.key = "load_jitter",
     .fallback = "0.0",
     .unit = "-",
     .meaning = "j: factor per bus from 1 - j to 1 + j",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "power_factor",
     .kind = Kind::numbers,
     .fallback = "",
     .unit = "-",
     .meaning = "range of the power factor; absent: the case's",
     .minimum = 1e-3,
     .maximum = 1.0,
     .optional = true},
    {.key = "shed_cost_per_mw2h",
     .kind = Kind::numbers,
     .fallback = "",
     .unit = "$/MW²h",
     .meaning = "range of the price of shedding",
     .minimum = 1e-9,
     .optional = true},
    {.key = "correction_cost_per_mw2h",
     .kind = Kind::numbers,
     .fallback = "",
     .unit = "$/MW²h",
     .meaning = "range of the price of corrections",
     .minimum = 1e-9,
     .optional = true},
    {.key = "proposals",
     .kind = Kind::choice,
     .fallback = "\"uniform\"",
     .unit = "-",
     .meaning = "where proposals come from",
     .choices = "uniform|market"},
    {.key = "market",
     .kind = Kind::path,
     .fallback = "\"\"",
     .unit = "-",
     .meaning = "market study whose Case 1 gives the proposals"},
    {.key = "market_spread",
     .fallback = "0.2",
     .unit = "-",
     .meaning = "spread of utility and PV of a market",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "net_min_mw",
     .kind = Kind::numbers,
     .fallback = "",
     .unit = "MW",
     .meaning = "least proposal per microgrid",
     .optional = true},
    {.key = "net_max_mw",
     .kind = Kind::numbers,
     .fallback = "",
     .unit = "MW",
     .meaning = "largest proposal per microgrid",
     .optional = true},
    {.key = "net_scale", .fallback = "1.0", .unit = "-", .meaning = "factor on the proposals", .minimum = 0.0},
    {.key = "balanced", .kind = Kind::boolean, .fallback = "true", .unit = "-", .meaning = "proposals less their mean"},
    {.key = "pv_level",
     .kind = Kind::numbers,
     .fallback = "[0.0, 1.0]",
     .unit = "-",
     .meaning = "range of the PV level",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "pv_error",
     .fallback = "0.0",
     .unit = "-",
     .meaning = "relative error of the PV level",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "name",
     .kind = Kind::text,
     .fallback = "",
     .unit = "-",
     .meaning = "name of a shifted set",
     .optional = true},
    {.key = "first_id",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "first id of the main sample",
     .minimum = 0,
     .maximum = 9e11},
    {.key = "train_fraction",
     .fallback = "0.8",
     .unit = "-",
     .meaning = "share of train rows",
     .minimum = 0.0,
     .maximum = 1.0},
}};

constexpr std::array<Option, 2> pv_options = {{
    {.key = "bus", .kind = Kind::integer, .fallback = "", .unit = "-", .meaning = "bus of a PV plant"},
    {.key = "capacity_mw", .fallback = "", .unit = "MW", .meaning = "its capacity", .minimum = 0.0},
}};

/// The key's table: the shift where it gives the key, else the main sample.
const files::Table& source(const files::Table& main, const files::Table* shift, std::string_view key) {
  return shift != nullptr && shift->has(key) ? *shift : main;
}

Range required_range(const files::Table& main, const files::Table* shift, std::string_view key) {
  const auto& table = source(main, shift, key);
  if (!table.has(key)) main.refuse(key, "is needed: a range [low, high]");
  return read_range(table, key);
}

std::vector<double> net_limits(const files::Table& table, std::string_view key, int microgrids) {
  if (!table.has(key)) table.refuse(key, fmt::format("is needed: {} numbers, one per microgrid", microgrids));
  auto values = table.numbers(key);
  if (static_cast<int>(values.size()) != microgrids)
    table.refuse(key, fmt::format("has {} numbers, expected {}, one per microgrid", values.size(), microgrids));
  return values;
}

SamplerSettings read_settings(const files::Table& main, const files::Table* shift, const DsoData& data,
                              const std::vector<files::Table>& pv_tables) {
  const auto from = [&](std::string_view key) -> const files::Table& { return source(main, shift, key); };
  SamplerSettings settings;
  settings.train_fraction = main.number("train_fraction");
  settings.load_scale = required_range(main, shift, "load_scale");
  settings.load_jitter = from("load_jitter").number("load_jitter");
  settings.has_power_factor = from("power_factor").has("power_factor");
  if (settings.has_power_factor) settings.power_factor = read_range(from("power_factor"), "power_factor");
  settings.shed_cost = required_range(main, shift, "shed_cost_per_mw2h");
  settings.correction_cost = required_range(main, shift, "correction_cost_per_mw2h");
  settings.pv_level = read_range(from("pv_level"), "pv_level");
  settings.pv_error = from("pv_error").number("pv_error");
  for (const auto& table : pv_tables) {
    const int bus = data.feeder.find(static_cast<int>(table.integer("bus")));
    if (bus < 0) table.refuse("bus", fmt::format("bus {} is not in the network", table.integer("bus")));
    settings.pv.push_back({bus, table.number("capacity_mw")});
  }
  settings.from_market = from("proposals").text("proposals") == "market";
  settings.net_scale = from("net_scale").number("net_scale");
  settings.balanced = from("balanced").boolean("balanced");
  if (settings.from_market) {
    settings.market = from("market").path("market");
    if (settings.market.empty())
      from("market").refuse("market", "is needed: the market study that gives the proposals");
    settings.market_spread = from("market_spread").number("market_spread");
  } else {
    settings.net_min_mw = net_limits(from("net_min_mw"), "net_min_mw", data.microgrid_count());
    settings.net_max_mw = net_limits(from("net_max_mw"), "net_max_mw", data.microgrid_count());
    for (std::size_t m = 0; m < settings.net_min_mw.size(); ++m)
      if (!(settings.net_min_mw[m] <= settings.net_max_mw[m]))
        from("net_min_mw").refuse("net_min_mw", "is above net_max_mw");
  }
  return settings;
}

}  // namespace

Range read_range(const files::Table& table, std::string_view key) {
  const auto values = table.numbers(key);
  if (values.size() != 2 || !(values[0] <= values[1])) table.refuse(key, "expected a range [low, high]");
  return {values[0], values[1]};
}

std::string main_split(std::int64_t id, double train_fraction) {
  return static_cast<double>(id % 100) < 100.0 * train_fraction ? "train" : "test";
}

std::string SampleFamily::split(std::int64_t id) const {
  if (!name.empty()) return "test_" + name;
  return main_split(id, settings.train_fraction);
}

std::vector<std::string> SampleFamily::splits() const {
  if (!name.empty()) return {"test_" + name};
  return {"train", "test"};
}

std::span<const Option> sampler_records() {
  return sampler_options;
}
std::span<const Option> shift_records() {
  return std::span<const Option>(sampler_options).first(16);
}
std::span<const Option> sampler_pv_records() {
  return pv_options;
}

std::vector<SampleFamily> read_sampler(const std::shared_ptr<files::TomlDocument>& document, const DsoData& data) {
  const auto main = files::Table::open(document, "sampler", sampler_options, {"pv"});
  if (!main.given()) throw Error("{}: give proposals = \"FILE\" or a table [sampler]", document->file.string());
  const auto pv_tables = files::Table::open_array(document, "sampler.pv", pv_options);
  std::vector<SampleFamily> families;
  SampleFamily family{"", data, read_settings(main, nullptr, data, pv_tables)};
  family.settings.count = main.integer("count");
  family.settings.first_id = main.integer("first_id");
  families.push_back(std::move(family));
  const toml::node* shifts = files::find_node(*document, "shift");
  const std::size_t shift_count = shifts != nullptr && shifts->is_array() ? shifts->as_array()->size() : 0;
  if (shifts != nullptr && !shifts->is_array())
    throw Error("{}: 'shift' must be an array of tables, [[shift]]", document->file.string());
  for (std::size_t k = 0; k < shift_count; ++k) {
    const std::string path = fmt::format("shift[{}]", k);
    const auto table = files::Table::open(document, path, shift_records(), {"microgrid", "pv"});
    if (!table.has("name")) table.refuse("name", "is needed");
    SampleFamily shift{table.text("name"), data, {}};
    if (shift.name.empty() ||
        shift.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            std::string::npos)
      table.refuse("name", "expected letters, digits, '_' or '-': it names a folder");
    if (shift.name.size() > text_limit) table.refuse("name", fmt::format("is longer than {} characters", text_limit));
    for (const auto& other : families)
      if (other.name == shift.name) table.refuse("name", fmt::format("'{}' is there twice", shift.name));
    if (files::find_node(*document, path + ".microgrid") != nullptr)
      shift.data.microgrids = read_microgrids(document, path + ".microgrid", data.feeder);
    const auto own_pv = files::Table::open_array(document, path + ".pv", pv_options);
    shift.settings = read_settings(main, &table, shift.data, own_pv.empty() ? pv_tables : own_pv);
    if (!table.has("count")) table.refuse("count", "is needed");
    shift.settings.count = table.integer("count");
    shift.settings.first_id = static_cast<std::int64_t>(k + 1) * shift_ids;
    families.push_back(std::move(shift));
  }
  return families;
}

void draw_samples(const SampleFamily& family, std::int64_t seed, std::int64_t first, std::int64_t count,
                  [[maybe_unused]] int threads, const MarketProposals& market, DsoInputs& inputs) {
  const DsoData& data = family.data;
  const SamplerSettings& settings = family.settings;
  const int N = data.buses(), M = data.microgrid_count();
  inputs.resize(count, data);
  std::vector<SampleStream> streams;
  streams.reserve(static_cast<std::size_t>(count));
  for (std::int64_t s = 0; s < count; ++s)
    streams.emplace_back(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(first + s));
#pragma omp parallel for schedule(static) num_threads(threads)
  for (std::int64_t s = 0; s < count; ++s) {
    const auto row = static_cast<std::size_t>(s);
    SampleStream& stream = streams[row];
    inputs.id[row] = first + s;
    const double scale = inputs.load_scale[row] = stream.uniform(settings.load_scale.low, settings.load_scale.high);
    double *p = inputs.pd.data() + s * N, *q = inputs.qd.data() + s * N, *pv = inputs.pv.data() + s * N;
    for (int n = 0; n < N; ++n) {
      const double factor = scale * stream.uniform(1.0 - settings.load_jitter, 1.0 + settings.load_jitter);
      p[n] = factor * data.feeder.load_mw[static_cast<std::size_t>(n)];
      q[n] = factor * data.feeder.load_mvar[static_cast<std::size_t>(n)];
    }
    inputs.power_factor[row] = settings.has_power_factor
                                   ? stream.uniform(settings.power_factor.low, settings.power_factor.high)
                                   : std::numeric_limits<double>::quiet_NaN();
    apply_power_factor(data.feeder, inputs.power_factor[row], p, q);
    inputs.shed_cost[row] = stream.uniform(settings.shed_cost.low, settings.shed_cost.high);
    inputs.correction_cost[row] = stream.uniform(settings.correction_cost.low, settings.correction_cost.high);
    for (const auto& plant : settings.pv) {
      const double level = stream.uniform(settings.pv_level.low, settings.pv_level.high);
      const double error = stream.uniform(-1.0, 1.0) * settings.pv_error;
      pv[plant.bus] += plant.capacity_mw * std::clamp(level * (1.0 + error), 0.0, 1.0);
    }
    if (settings.from_market || M == 0) continue;
    double *net = inputs.net.data() + s * M, mean = 0.0;
    for (int m = 0; m < M; ++m) {
      const auto k = static_cast<std::size_t>(m);
      net[m] = stream.uniform(settings.net_min_mw[k], settings.net_max_mw[k]) * settings.net_scale;
      mean += net[m] / M;
    }
    if (settings.balanced)
      for (int m = 0; m < M; ++m) net[m] -= mean;
  }
  if (settings.from_market) market(family, streams, inputs);
}

}  // namespace wattstein::engine
