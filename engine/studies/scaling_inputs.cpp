#include "engine/studies/scaling_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "engine/dataset/random.hpp"
#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/models/transmission/transmission_reader.hpp"
#include "engine/studies/coordination_records.hpp"
#include "engine/studies/coordination_system.hpp"

namespace wattstein::engine {
namespace {

constexpr std::array factor_keys{"load_scale",      "gas_load_scale", "heat_load_scale",
                                 "renewable_scale", "cost_scale",     "gas_price_scale"};
constexpr std::size_t renewable_factor = 3;
constexpr double spread = 0.1;  // further hubs: factors times [0.9, 1.1]

std::string toml_list(const std::vector<double>& values) {
  std::string out;
  for (const double v : values) {
    std::string text = fmt::format("{}", v);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";  // one type in the list
    out += (out.empty() ? "" : ", ") + text;
  }
  return "[" + out + "]";
}

void write_samples(const std::filesystem::path& file, const std::vector<std::string>& names,
                   const std::vector<double>& values, int hours) {
  const std::size_t width = names.size();
  const auto count = static_cast<std::int64_t>(values.size() / width / static_cast<std::size_t>(hours));
  files::Hdf5Writer out(file);
  std::vector<double> one(values.size() / width);
  for (std::size_t r = 0; r < width; ++r) {
    for (std::size_t i = 0; i < one.size(); ++i) one[i] = values[i * width + r];
    out.numbers(names[r], one, {count, hours});
    out.attribute(names[r], "unit", "MW");
  }
  out.commit();
}

}  // namespace

ScalingInputs::ScalingInputs(const BaseStudy& base, std::filesystem::path folder, std::uint64_t seed)
    : document_(base_document(base, {"coordination.hubs=0"})), folder_(std::move(folder)), seed_(seed) {
  std::vector<std::string> known{"solver"};
  known.insert(known.end(), coordination_tables().begin(), coordination_tables().end());
  const auto root = files::Table::open(document_, "", common_records(), known);
  const int hours = static_cast<int>(root.integer("hours"));
  system_ =
      read_coordination(document_, hours, root.number("step_hours"), static_cast<std::uint64_t>(root.integer("seed")));
  int first = 0;
  for (const auto& table : files::Table::open_array(document_, "hub", hub_table_records())) {
    Table entry;
    for (const double bus : table.numbers("bus")) entry.buses.push_back(static_cast<int>(bus));
    for (std::size_t k = 0; k < entry.buses.size(); ++k) {
      entry.factors.emplace_back();
      for (const char* key : factor_keys) {
        const auto values = table.numbers(key);
        entry.factors.back().push_back(k < values.size() ? values[k] : values.front());
      }
    }
    entry.first = first;
    first += static_cast<int>(entry.buses.size());
    tables_.push_back(std::move(entry));
  }
  const TransmissionData transmission = read_transmission(document_, hours);
  std::vector<std::pair<double, int>> loads;  // by size, then by number
  for (int bus = 0; bus < transmission.network.buses(); ++bus) {
    double load = 0.0;
    for (int h = 0; h < hours; ++h) load += transmission.load(h, bus);
    if (load > 0.0) loads.emplace_back(-load, transmission.network.number(bus));
  }
  std::sort(loads.begin(), loads.end());
  for (const auto& [load, number] : loads) loaded_buses_.push_back(number);
}

int ScalingInputs::base_samples() const {
  int fewest = 0;
  const auto see = [&](const AgentSamples& samples) {
    if (samples.resources() > 0 && (fewest == 0 || samples.count < fewest)) fewest = samples.count;
  };
  see(system_.transmission.samples);
  for (const Agent& hub : system_.hubs) see(hub.samples);
  return fewest;
}

std::vector<int> ScalingInputs::free_buses() const {
  std::vector<int> free;
  for (const int bus : loaded_buses_)
    if (std::none_of(tables_.begin(), tables_.end(), [&](const Table& table) {
          return std::find(table.buses.begin(), table.buses.end(), bus) != table.buses.end();
        }))
      free.push_back(bus);
  return free;
}

std::vector<std::vector<ScalingInputs::Copy>> ScalingInputs::copies(int hubs) const {
  std::vector<std::vector<Copy>> out(tables_.size());
  int number = 0;
  for (std::size_t t = 0; t < tables_.size(); ++t)
    for (std::size_t k = 0; k < tables_[t].buses.size() && number < hubs; ++k, ++number)
      out[t].push_back({number, number, tables_[t].buses[k], tables_[t].factors[k]});
  if (number < hubs && base_hubs() == 0)
    throw Error("{} hubs are asked for, but the base study has none to copy", hubs);
  const auto free = free_buses();
  for (int extra = 0; number < hubs; ++extra, ++number) {
    const int origin = extra % base_hubs();
    std::size_t t = 0;
    while (t + 1 < tables_.size() && tables_[t + 1].first <= origin) ++t;
    Copy copy{origin, number, 0, tables_[t].factors[static_cast<std::size_t>(origin - tables_[t].first)]};
    const auto e = static_cast<std::size_t>(extra);
    copy.bus = e < free.size() ? free[e] : loaded_buses_.at((e - free.size()) % loaded_buses_.size());
    SampleStream stream(seed_, 0x68756200000000ULL + static_cast<std::uint64_t>(number));
    for (double& factor : copy.factors)  // four digits are enough, and readable in config.toml
      factor = std::round(1e4 * factor * stream.uniform(1.0 - spread, 1.0 + spread)) / 1e4;
    out[t].push_back(std::move(copy));
  }
  return out;
}

void ScalingInputs::draw(const AgentSamples& own, double scale, std::uint64_t stream, bool further, int samples,
                         std::vector<double>& values) const {
  const auto cells = static_cast<std::size_t>(own.hours * own.resources());
  const double back = scale > 0.0 ? 1.0 / scale : 0.0;  // the study multiplies by it again
  for (int e = 0; e < samples; ++e) {
    if (!further && e < own.count) {
      for (std::size_t i = 0; i < cells; ++i)
        values.push_back(back * own.values[static_cast<std::size_t>(e) * cells + i]);
      continue;
    }
    SampleStream random(seed_, (stream << 32) + static_cast<std::uint64_t>(e));
    const auto pick = [&](int count) { return std::min(static_cast<int>(random.uniform() * count), count - 1); };
    const int i = pick(own.count);
    int j = own.count > 1 ? pick(own.count - 1) : i;
    if (own.count > 1 && j >= i) ++j;
    const double angle = random.uniform(0.0, 0.5 * std::numbers::pi);
    for (std::size_t k = 0; k < cells; ++k) {
      const double m = own.mean[k];
      const double value = m + std::cos(angle) * (own.values[static_cast<std::size_t>(i) * cells + k] - m) +
                           std::sin(angle) * (own.values[static_cast<std::size_t>(j) * cells + k] - m);
      values.push_back(back * std::clamp(value, own.lower[k], own.upper[k]));
    }
  }
}

std::vector<std::string> ScalingInputs::point(int hubs, int samples) const {
  std::vector<std::string> settings;
  const auto absolute = [&](const std::string& name) { return std::filesystem::absolute(folder_ / name); };
  std::filesystem::create_directories(folder_);
  if (const AgentSamples& own = system_.transmission.samples; own.resources() > 0) {
    const auto file = absolute(fmt::format("transmission_s{}.h5", samples));
    std::vector<double> values;
    draw(own, 1.0, 0, false, samples, values);
    write_samples(file, own.renewables, values, system_.hours);
    settings.insert(settings.end(), {"transmission.samples=" + toml_quoted(file.string()),
                                     "transmission.sample_first=1", "transmission.sample_count=0"});
  }
  settings.push_back("transmission.test_samples=\"\"");
  const auto plan = copies(hubs);
  for (std::size_t t = 0; t < plan.size(); ++t) {
    const std::string table = fmt::format("hub[{}].", t);
    const auto& own_table = tables_[t];
    // A table whose copies are cut off by coordination.hubs keeps its lists; samples are needed for the first ones
    // only.
    const std::size_t used = plan[t].size();
    if (used > own_table.buses.size()) {
      std::string buses;
      for (const Copy& copy : plan[t]) buses += (buses.empty() ? "" : ", ") + std::to_string(copy.bus);
      settings.push_back(fmt::format("{}bus=[{}]", table, buses));
      for (std::size_t f = 0; f < factor_keys.size(); ++f) {
        std::vector<double> values;
        for (const Copy& copy : plan[t]) values.push_back(copy.factors[f]);
        settings.push_back(fmt::format("{}{}={}", table, factor_keys[f], toml_list(values)));
      }
    }
    settings.push_back(table + "test_samples=\"\"");
    if (used == 0) continue;
    const AgentSamples& first = system_.hubs[static_cast<std::size_t>(plan[t].front().origin)].samples;
    if (first.resources() == 0) continue;
    std::vector<double> values;
    for (const Copy& copy : plan[t]) {
      const AgentSamples& own = system_.hubs[static_cast<std::size_t>(copy.origin)].samples;
      const auto& origin = own_table.factors[static_cast<std::size_t>(copy.origin - own_table.first)];
      draw(own, origin[renewable_factor], static_cast<std::uint64_t>(copy.number) + 1, copy.number != copy.origin,
           samples, values);
    }
    const auto file = absolute(fmt::format("hub{}_h{}_s{}.h5", t, hubs, samples));
    write_samples(file, first.renewables, values, system_.hours);
    std::string sources = toml_quoted(file.string());
    settings.insert(settings.end(), {fmt::format("{}samples={}", table, sources), table + "sample_first=1",
                                     fmt::format("{}sample_count={}", table, samples)});
  }
  settings.push_back(fmt::format("coordination.hubs={}", hubs < base_hubs() ? hubs : 0));
  return settings;
}

}  // namespace wattstein::engine
