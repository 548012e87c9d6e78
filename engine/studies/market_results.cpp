#include "engine/studies/market_results.hpp"

#include <cmath>
#include <limits>

#include "engine/models/dso/dso_ac.hpp"
#include "engine/studies/dso_drawing.hpp"
#include "engine/studies/results_folder.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

ordered_json list(const std::vector<double>& values) {
  ordered_json out = ordered_json::array();
  for (const double value : values) out.push_back(json_number(value));
  return out;
}

/// (M, H) -> [m][h].
template <class Value>
ordered_json table(const std::vector<Value>& values, int rows, int columns) {
  ordered_json out = ordered_json::array();
  for (int m = 0; m < rows; ++m) {
    ordered_json row = ordered_json::array();
    for (int h = 0; h < columns; ++h) {
      const Value value = values[at(m * columns + h)];
      if constexpr (std::is_floating_point_v<Value>) row.push_back(json_number(value));
      else row.push_back(value != 0);
    }
    out.push_back(std::move(row));
  }
  return out;
}

ordered_json history(const std::vector<MarketRound>& rounds) {
  ordered_json out = ordered_json::array();
  for (const MarketRound& r : rounds)
    out.push_back({{"welfare", json_number(r.welfare)},
                   {"accepted", json_number(r.accepted)},
                   {"correction_mw", json_number(r.correction_mw)},
                   {"moved_mw", json_number(r.moved_mw)},
                   {"seconds", r.seconds}});
  return out;
}

/// The operator's side: dispatch, costs, nodal prices at the microgrids.
void add_operator(const MarketSystem& system, const DsoAnswers& answers, ordered_json& out) {
  const DsoData& data = system.data;
  const int H = system.market.hours, M = system.market.count(), G = data.unit_count();
  const double dt = system.market.step_hours;
  double cost = 0.0, shed = 0.0, loss = 0.0;
  bool tight = true;
  std::vector<double> price(at(std::int64_t{M} * H));
  for (int h = 0; h < H; ++h) {
    cost += dt * answers.objective[at(h)];
    for (int n = 0; n < data.buses(); ++n) shed += dt * answers.shed[at(h * data.buses() + n)];
    for (int l = 0; l < data.lines(); ++l)
      loss += dt * data.feeder.base_mva * data.feeder.lines[at(l)].r_pu * answers.l[at(h * data.lines() + l)];
    tight = tight && answers.tight[at(h)] != 0;
    for (int m = 0; m < M; ++m)
      price[at(m * H + h)] = answers.price_p[at(h * data.buses() + data.microgrids[at(m)].bus)];
  }
  out["dso_generator_mw"] = table(answers.pg, H, G);
  out["dso_price_per_mwh"] = table(price, M, H);
  out["dso_cost"] = json_number(cost);
  out["shed_mwh"] = json_number(shed);
  out["loss_mwh"] = json_number(loss);
  out["tight"] = tight;
}

/// AC power flow at the dispatch.
ordered_json power_flow(const MarketSystem& system, const DsoAnswers& answers, int threads) {
  const int N = system.data.buses(), L = system.data.lines();
  const DsoAc ac(system.case_file, system.data);
  const DsoAc::Rows rows = ac.solve(system.inputs, answers, threads);
  const DsoAcVerdict verdict = ac.judge(rows);
  ordered_json out = ac_json(verdict);
  out["converged"] = verdict.converged();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto H = static_cast<std::size_t>(system.market.hours);
  std::vector<double> hour_low(H, nan), hour_high(H, nan), hour_loading(H, nan);
  std::vector<double> bus_low(at(N), nan), bus_high(at(N), nan), line_loading(at(L), nan);
  for (std::size_t s = 0; s < rows.row.size(); ++s) {
    const auto h = at(rows.row[s]);
    for (int n = 0; n < N; ++n) {
      const double v = rows.voltage_pu[s * at(N) + at(n)];
      bus_low[at(n)] = std::fmin(bus_low[at(n)], v);
      bus_high[at(n)] = std::fmax(bus_high[at(n)], v);
      if (n == system.data.feeder.root) continue;
      hour_low[h] = std::fmin(hour_low[h], v);
      hour_high[h] = std::fmax(hour_high[h], v);
    }
    for (int l = 0; l < L; ++l) {
      const double loading = 100.0 * rows.loading[s * at(L) + at(l)];
      hour_loading[h] = std::fmax(hour_loading[h], loading);
      line_loading[at(l)] = std::fmax(line_loading[at(l)], loading);
    }
  }
  out["hour_voltage_min_pu"] = list(hour_low);
  out["hour_voltage_max_pu"] = list(hour_high);
  out["hour_loading_percent"] = list(hour_loading);
  out["bus_voltage_min_pu"] = list(bus_low);
  out["bus_voltage_max_pu"] = list(bus_high);
  out["line_loading_percent"] = list(line_loading);
  return out;
}

}  // namespace

ordered_json market_case_results(const MarketSystem& system, const MarketOutcome& outcome, int threads) {
  const MarketState& state = outcome.state;
  const Clearing& clearing = outcome.clearing;
  ordered_json out;
  out["status"] = kernels::status_word(outcome.status);
  out["objective"] = nullptr;
  out["case"] = outcome.number;
  out["surrogate"] = outcome.number == 3 ? ordered_json(system.surrogate) : ordered_json(nullptr);
  out["rounds"] = state.history.size();
  out["dso_calls"] = state.dso_calls;
  out["messages"] = state.messages;
  out["iterations"] = clearing.iterations;
  out["case_seconds"] = state.seconds;
  out["dso_seconds"] = state.dso_seconds;
  out["predict_seconds"] = state.predict_seconds;
  if (!clearing.has_point() || outcome.granted.empty()) return out;
  const int H = system.market.hours, M = system.market.count();
  out["objective"] = json_number(-clearing.welfare);
  out["lower_bound"] = json_number(-clearing.bound);
  out["relative_gap"] = json_number((clearing.bound - clearing.welfare) / (1.0 + std::abs(clearing.welfare)));
  out["welfare"] = json_number(clearing.welfare);
  out["acceptance_ratio"] = json_number(outcome.accepted_share());
  out["acceptance_first"] = json_number(state.acceptance_first);
  double traded = 0.0;
  for (const double e : clearing.net) traded += 0.5 * system.market.step_hours * std::abs(e);
  out["traded_mwh"] = json_number(traded);
  out["net_mw"] = table(clearing.net, M, H);
  out["accepted_mw"] = table(outcome.granted, M, H);
  std::vector<double> correction = outcome.granted;
  for (std::size_t k = 0; k < correction.size(); ++k) correction[k] -= clearing.net[k];
  out["correction_mw"] = table(correction, M, H);
  out["accepted"] = table(outcome.accepted, M, H);
  out["generator_mw"] = table(clearing.generation, M, H);
  out["load_mw"] = table(clearing.load, M, H);
  out["price_per_mwh"] = table(clearing.price, M, H);
  if (outcome.answers.count > 0) {
    add_operator(system, outcome.answers, out);
    out["ac"] = power_flow(system, outcome.answers, threads);
  }
  out["history"] = history(state.history);
  return out;
}

files::CsvWriter market_schedule(const MarketSystem& system, const ordered_json& results) {
  files::CsvWriter csv(
      {"microgrid", "hour", "net_mw", "accepted_mw", "accepted", "generator_mw", "load_mw", "price_per_mwh"});
  if (!results.contains("net_mw")) return csv;
  for (int m = 0; m < system.market.count(); ++m)
    for (int h = 0; h < system.market.hours; ++h) {
      const auto number = [&](const char* key) {
        const auto& value = results.at(key).at(at(m)).at(at(h));
        return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
      };
      csv.row().cell(system.market.microgrids[at(m)].name).cell(h + 1).cell(number("net_mw"));
      csv.cell(number("accepted_mw")).cell(results.at("accepted").at(at(m)).at(at(h)).get<bool>() ? 1 : 0);
      csv.cell(number("generator_mw")).cell(number("load_mw")).cell(number("price_per_mwh"));
    }
  return csv;
}

files::CsvWriter market_comparison(const std::vector<ordered_json>& cases) {
  const std::vector<std::string> figures{"welfare",     "acceptance_first", "acceptance_ratio", "traded_mwh",
                                         "rounds",      "dso_calls",        "messages",         "case_seconds",
                                         "dso_seconds", "shed_mwh",         "loss_mwh",         "dso_cost"};
  const std::vector<std::string> voltages{"voltage_min_pu",   "voltage_max_pu",    "violation_pu",
                                          "overload_percent", "voltage_margin_pu", "loading_percent"};
  std::vector<std::string> columns{"case", "surrogate", "status"};
  columns.insert(columns.end(), figures.begin(), figures.end());
  for (const auto& name : voltages) columns.push_back("ac_" + name);
  files::CsvWriter csv(columns);
  const auto cell = [&csv](const ordered_json& from, const std::string& key) {
    if (from.contains(key) && from.at(key).is_number_integer()) csv.cell(static_cast<long>(from.at(key)));
    else if (from.contains(key) && from.at(key).is_number()) csv.cell(from.at(key).get<double>());
    else csv.cell("");
  };
  for (const auto& one : cases) {
    csv.row().cell(one.at("case").get<int>());
    csv.cell(one.at("surrogate").is_string() ? one.at("surrogate").get<std::string>() : "");
    csv.cell(one.at("status").get<std::string>());
    for (const auto& key : figures) cell(one, key);
    const ordered_json ac = one.value("ac", ordered_json::object());
    for (const auto& key : voltages) cell(ac, key);
  }
  return csv;
}

}  // namespace wattstein::engine
