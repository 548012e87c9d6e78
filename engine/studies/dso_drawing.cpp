#include "engine/studies/dso_drawing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "engine/studies/results_folder.hpp"

namespace wattstein::engine {
namespace {

constexpr std::int64_t most_rows = 100'000;  // kept for histograms

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

report::AgentSystem drawn_feeder(const DsoData& data) {
  const Feeder& feeder = data.feeder;
  report::AgentSystem out;
  out.agent = "feeder";
  for (std::size_t n = 0; n < feeder.bus_number.size(); ++n)
    out.buses.push_back(
        {std::to_string(feeder.bus_number[n]), {feeder.load_mw[n]}, feeder.v_min_pu[n], feeder.v_max_pu[n]});
  for (const FeederLine& line : feeder.lines)
    out.lines.push_back(
        {out.buses[at(line.from)].name + "-" + out.buses[at(line.to)].name, line.from, line.to, line.limit_mva});
  for (const DsoUnit& unit : data.units) out.devices.push_back({"unit", unit.name, unit.bus, unit.p_max_mw, 0.0});
  for (const DsoMicrogrid& m : data.microgrids) out.devices.push_back({"hub", m.name, m.bus, m.p_max_mw, 0.0});
  return out;
}

DsoDrawing::DsoDrawing(const std::filesystem::path& case_file, const std::vector<const DsoData*>& families, int threads)
    : families_(families), threads_(threads) {
  for (const DsoData* data : families_) ac_.emplace_back(case_file, *data);
  const DsoData& main = *families_.front();
  data_.system = drawn_feeder(main);
  for (const auto& microgrid : main.microgrids) data_.microgrids.push_back({microgrid.name, 0.0, 0.0, 0.0});
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  data_.bus_voltage_min_pu.assign(at(main.buses()), nan);
  data_.line_loading_percent.assign(at(main.lines()), nan);
  data_.ray_largest.assign(at(main.buses()), 0.0);
}

void DsoDrawing::add(int family, const DsoInputs& inputs, const DsoAnswers& answers) {
  const auto begin = std::chrono::steady_clock::now();
  const DsoAc& ac = ac_[at(family)];
  const DsoAc::Rows rows = ac.solve(inputs, answers, threads_, true);
  verdict_.add(ac.judge(rows));
  keep_voltages(*families_[at(family)], rows);
  keep(family, inputs, answers);
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void DsoDrawing::keep_voltages(const DsoData& data, const DsoAc::Rows& rows) {
  const int N = data.buses(), L = data.lines();
  for (std::size_t s = 0; s < rows.row.size(); ++s) {
    double least = std::numeric_limits<double>::quiet_NaN(), most = least;
    for (int n = 0; n < N; ++n) {
      const double v = rows.voltage_pu[s * at(N) + at(n)];
      data_.bus_voltage_min_pu[at(n)] = std::fmin(data_.bus_voltage_min_pu[at(n)], v);
      if (n == data.feeder.root) continue;
      least = std::fmin(least, v);
      most = std::fmax(most, v);
    }
    for (int l = 0; l < L; ++l)
      data_.line_loading_percent[at(l)] =
          std::fmax(data_.line_loading_percent[at(l)], 100.0 * rows.loading[s * at(L) + at(l)]);
    if (data_.voltage_min_pu.size() >= at(most_rows)) continue;
    data_.voltage_min_pu.push_back(least);
    data_.voltage_max_pu.push_back(most);
  }
}

void DsoDrawing::keep(int family, const DsoInputs& inputs, const DsoAnswers& answers) {
  const int M = families_[at(family)]->microgrid_count();
  data_.rows += answers.count;
  for (std::int64_t s = 0; s < answers.count; ++s) {
    const bool solved = answers.status[at(s)] == kernels::Status::solved;
    if (answers.status[at(s)] == kernels::Status::primal_infeasible) {
      const int N = families_[at(family)]->buses();
      const double* price = answers.balance_p.data() + s * N;
      const auto larger = [](double a, double b) { return std::abs(a) < std::abs(b); };
      data_.ray_largest[at(std::max_element(price, price + N, larger) - price)] += 1.0;
    }
    double largest = 0.0;
    for (int m = 0; solved && m < M; ++m) {
      const auto k = at(s * M + m);
      const double correction = std::abs(answers.pm[k] - inputs.net[k]);
      largest = std::max(largest, correction);
      if (family != 0) continue;
      data_.microgrids[at(m)].proposals += 1.0;
      data_.microgrids[at(m)].accepted += answers.accepted[k];
      data_.microgrids[at(m)].correction_mw += correction;
    }
    if (data_.looked_at >= most_rows) continue;
    ++data_.looked_at;
    if (!solved) continue;
    const double objective = answers.objective[at(s)];
    data_.objective.push_back(objective);
    data_.gap.push_back(std::abs(objective - answers.lower_bound[at(s)]) / (1.0 + std::abs(objective)));
    data_.correction_mw.push_back(largest);
    data_.iterations.push_back(static_cast<double>(answers.iterations[at(s)]));
  }
}

nlohmann::ordered_json ac_json(const DsoAcVerdict& verdict) {
  return {{"feasible", verdict.feasible()},
          {"checked", verdict.checked},
          {"not_converged", verdict.lost},
          {"beyond", verdict.beyond},
          {"voltage_min_pu", json_number(verdict.voltage_min_pu)},
          {"voltage_max_pu", json_number(verdict.voltage_max_pu)},
          {"violation_pu", json_number(verdict.violation_pu())},
          {"overload_percent", json_number(verdict.overload_percent())},
          {"voltage_margin_pu", json_number(verdict.voltage_margin_pu)},
          {"loading_percent", json_number(verdict.loading_percent)}};
}

}  // namespace wattstein::engine
