#include "engine/studies/power_flow_scenarios.hpp"

#include <algorithm>
#include <span>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"

namespace wattstein::engine {
namespace {

constexpr std::int64_t most_scenarios = 100'000'000;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

void require_columns(const files::CsvTable& table, std::initializer_list<std::string_view> known) {
  std::string list;
  for (std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
  for (const std::string& column : table.columns) {
    if (std::find(known.begin(), known.end(), column) == known.end()) {
      throw Error("{}, line 1: unknown column '{}'; expected {}", table.file.string(), column, list);
    }
  }
}

std::int64_t scenario_number(const files::CsvTable& table, std::size_t row, std::size_t column) {
  const long number = table.integer(row, column);
  if (number < 1 || number > most_scenarios) {
    throw Error("{}, line {}: scenario {} is outside 1 to {}", table.file.string(), table.lines[row], number,
                most_scenarios);
  }
  return number;
}

}  // namespace

PowerFlowScenarios read_power_flow_scenarios(const std::filesystem::path& scales,
                                             const std::filesystem::path& injections, const grid::Network& network) {
  PowerFlowScenarios out;
  struct Scale {
    std::int64_t scenario;
    double load, generation;
    int line;
  };
  std::vector<Scale> given;
  if (!scales.empty()) {
    const files::CsvTable table = files::read_csv(scales);
    require_columns(table, {"scenario", "load_scale", "generation_scale"});
    const std::size_t scenario = table.column("scenario");
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      Scale scale{scenario_number(table, row, scenario), 1.0, 1.0, table.lines[row]};
      if (table.has_column("load_scale")) scale.load = table.number(row, table.column("load_scale"));
      if (table.has_column("generation_scale")) scale.generation = table.number(row, table.column("generation_scale"));
      given.push_back(scale);
      out.count = std::max(out.count, scale.scenario);
    }
  }
  if (!injections.empty()) {
    const files::CsvTable table = files::read_csv(injections);
    require_columns(table, {"scenario", "bus", "p_mw", "q_mvar"});
    const std::size_t scenario = table.column("scenario"), bus = table.column("bus");
    const std::size_t p = table.column("p_mw"), q = table.column("q_mvar");
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const std::int64_t number = scenario_number(table, row, scenario);
      const long at_bus = table.integer(row, bus);
      if (at_bus < 1 || at_bus > 2'000'000'000 || !network.has_bus(static_cast<int>(at_bus))) {
        throw Error("{}, line {}: bus {} is not a bus of {}", table.file.string(), table.lines[row], at_bus,
                    network.data.file.filename().string());
      }
      out.injections.push_back(
          {number - 1, network.index_of(static_cast<int>(at_bus)), table.number(row, p), table.number(row, q)});
      out.count = std::max(out.count, number);
    }
    std::stable_sort(out.injections.begin(), out.injections.end(),
                     [](const auto& a, const auto& b) { return a.scenario < b.scenario; });
  }
  out.load_scale.assign(at(out.count), 1.0);
  out.generation_scale.assign(at(out.count), 1.0);
  std::vector<char> seen(at(out.count), 0);
  for (const Scale& scale : given) {
    if (seen[at(scale.scenario - 1)]++) {
      throw Error("{}, line {}: scenario {} is given a second time", scales.string(), scale.line, scale.scenario);
    }
    out.load_scale[at(scale.scenario - 1)] = scale.load;
    out.generation_scale[at(scale.scenario - 1)] = scale.generation;
  }
  return out;
}

AcInjections PowerFlowScenarios::slice(const AcPowerFlow& flow, std::int64_t first, std::int64_t number) const {
  const std::size_t n = at(flow.buses());
  AcInjections out;
  out.p_mw.resize(at(number) * n);
  out.q_mvar.resize(at(number) * n);
  for (std::int64_t s = 0; s < number; ++s) {
    flow.case_injections(load_scale[at(first + s)], generation_scale[at(first + s)],
                         std::span(out.p_mw).subspan(at(s) * n, n), std::span(out.q_mvar).subspan(at(s) * n, n));
  }
  const auto begin =
      std::lower_bound(injections.begin(), injections.end(), first,
                       [](const Injection& injection, std::int64_t s) { return injection.scenario < s; });
  for (auto i = begin; i != injections.end() && i->scenario < first + number; ++i) {
    out.p_mw[at(i->scenario - first) * n + at(i->bus)] += i->p_mw;
    out.q_mvar[at(i->scenario - first) * n + at(i->bus)] += i->q_mvar;
  }
  return out;
}

}  // namespace wattstein::engine
