#include "engine/dataset/proposals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

[[noreturn]] void refuse(const files::CsvTable& csv, std::size_t row, std::string_view column, std::string_view what) {
  throw Error("{}, line {}, column '{}': {}", csv.file.string(), csv.lines[row], column, what);
}

void refuse_unknown_columns(const files::CsvTable& csv, const std::vector<std::string>& known) {
  std::string list;
  for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
  for (const auto& column : csv.columns)
    if (std::find(known.begin(), known.end(), column) == known.end())
      throw Error("{}, line 1: unknown column '{}'; expected {}", csv.file.string(), column, list);
}

double positive(const files::CsvTable& csv, std::size_t row, const char* name) {
  const double value = csv.number(row, csv.column(name));
  if (!(value > 0.0)) refuse(csv, row, name, fmt::format("is {}, expected a number above 0", value));
  return value;
}

}  // namespace

void apply_power_factor(const Feeder& feeder, double power_factor, double* p, double* q) {
  if (std::isnan(power_factor)) return;
  const double tan = std::sqrt(1.0 - power_factor * power_factor) / power_factor;  // tan(acos f)
  for (int n = 0; n < feeder.buses(); ++n)
    if (p[n] > 0.0) q[n] = p[n] * tan;
}

Proposals read_proposals(const std::filesystem::path& proposals, const std::filesystem::path& loads,
                         const DsoData& data) {
  const files::CsvTable csv = files::read_csv(proposals);
  const int N = data.buses(), M = data.microgrid_count();
  std::vector<std::string> known{"id", "load_scale", "power_factor", "shed_cost_per_mw2h", "correction_cost_per_mw2h"};
  for (const auto& microgrid : data.microgrids) known.push_back(microgrid.name);
  refuse_unknown_columns(csv, known);
  if (csv.rows.empty()) throw Error("{}: no proposals", csv.file.string());
  Proposals out;
  DsoInputs& inputs = out.inputs;
  inputs.resize(static_cast<std::int64_t>(csv.rows.size()), data);
  out.may_shed.assign(at(N), 0);
  for (int n = 0; n < N; ++n) out.may_shed[at(n)] = data.feeder.load_mw[at(n)] > 0.0 ? 1 : 0;
  std::map<std::int64_t, std::size_t> row_of_id;
  const std::size_t factor_column = csv.column("power_factor");
  for (std::size_t s = 0; s < csv.rows.size(); ++s) {
    inputs.id[s] = csv.integer(s, csv.column("id"));
    if (!row_of_id.emplace(inputs.id[s], s).second)
      refuse(csv, s, "id", fmt::format("{} is there twice", inputs.id[s]));
    inputs.load_scale[s] = csv.number(s, csv.column("load_scale"));
    if (!(inputs.load_scale[s] >= 0.0)) refuse(csv, s, "load_scale", "expected at least 0");
    inputs.power_factor[s] = std::numeric_limits<double>::quiet_NaN();
    if (!csv.rows[s][factor_column].empty()) {
      const double factor = inputs.power_factor[s] = csv.number(s, factor_column);
      if (!(factor > 0.0 && factor <= 1.0))
        refuse(csv, s, "power_factor", fmt::format("is {}, expected above 0 and at most 1", factor));
      out.varying_power_factor = true;
    }
    inputs.shed_cost[s] = positive(csv, s, "shed_cost_per_mw2h");
    inputs.correction_cost[s] = positive(csv, s, "correction_cost_per_mw2h");
    double *p = inputs.pd.data() + s * at(N), *q = inputs.qd.data() + s * at(N);
    for (int n = 0; n < N; ++n) {
      p[n] = inputs.load_scale[s] * data.feeder.load_mw[at(n)];
      q[n] = inputs.load_scale[s] * data.feeder.load_mvar[at(n)];
    }
    apply_power_factor(data.feeder, inputs.power_factor[s], p, q);
    for (int m = 0; m < M; ++m) inputs.net[s * at(M) + at(m)] = csv.number(s, csv.column(data.microgrids[at(m)].name));
  }
  if (loads.empty()) return out;
  const files::CsvTable table = files::read_csv(loads);
  refuse_unknown_columns(table, {"id", "bus", "p_load_mw", "q_load_mvar", "pv_mw"});
  for (std::size_t k = 0; k < table.rows.size(); ++k) {
    const std::int64_t id = table.integer(k, table.column("id"));
    const auto found = row_of_id.find(id);
    if (found == row_of_id.end())
      refuse(table, k, "id", fmt::format("{} is not in {}", id, csv.file.filename().string()));
    const long number = table.integer(k, table.column("bus"));
    const int bus = data.feeder.find(static_cast<int>(number));
    if (bus < 0) refuse(table, k, "bus", fmt::format("bus {} is not in the network", number));
    const std::size_t entry = found->second * at(N) + at(bus);
    inputs.pd[entry] = table.number(k, table.column("p_load_mw"));
    inputs.qd[entry] = table.number(k, table.column("q_load_mvar"));
    inputs.pv[entry] = table.number(k, table.column("pv_mw"));
    if (inputs.pd[entry] > 0.0) out.may_shed[at(bus)] = 1;
    out.varying_power_factor = true;
  }
  return out;
}

}  // namespace wattstein::engine
