#include "engine/models/dso/dso_ac.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "engine/grid/matpower.hpp"
#include "engine/grid/network.hpp"
#include "engine/powerflow/ac_power_flow.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

/// The case with the operator's root as its only reference and nothing else that makes power.
grid::Network network_of_operator(const std::filesystem::path& case_file, const DsoData& data) {
  grid::MatpowerCase file = grid::read_matpower(case_file);
  const int root = data.feeder.bus_number[at(data.feeder.root)];
  for (auto& bus : file.buses)
    if (bus.type != grid::BusType::isolated)
      bus.type = bus.number == root ? grid::BusType::reference : grid::BusType::pq;
  grid::MatpowerUnit unit;
  unit.bus = root;
  unit.v_set_pu = data.feeder.root_voltage_pu;
  file.units = {unit};
  file.costs.clear();
  return grid::make_network(std::move(file));
}

}  // namespace

DsoAcVerdict dso_ac_check(const std::filesystem::path& case_file, const DsoData& data, const DsoInputs& inputs,
                          const DsoAnswers& answers, int threads) {
  const AcPowerFlow flow(network_of_operator(case_file, data));
  const Feeder& feeder = data.feeder;
  const int N = data.buses(), G = data.unit_count(), M = data.microgrid_count();
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < answers.count; ++row)
    if (std::isfinite(answers.objective[at(row)])) rows.push_back(row);
  AcInjections injections;
  for (const std::int64_t row : rows) {
    std::vector<double> p(at(N)), q(at(N));
    for (int n = 0; n < N; ++n) {
      const auto k = at(row * N + n);
      const double tan = inputs.pd[k] > 0.0 ? inputs.qd[k] / inputs.pd[k] : 0.0;
      p[at(n)] = inputs.pv[k] - inputs.pd[k] + answers.shed[k];
      q[at(n)] = -inputs.qd[k] + tan * answers.shed[k];
    }
    // the substation is the reference: it makes what is needed
    for (int g = 1; g < G; ++g) {
      p[at(data.units[at(g)].bus)] += answers.pg[at(row * G + g)];
      q[at(data.units[at(g)].bus)] += answers.qg[at(row * G + g)];
    }
    for (int m = 0; m < M; ++m) p[at(data.microgrids[at(m)].bus)] += answers.pm[at(row * M + m)];
    injections.p_mw.insert(injections.p_mw.end(), p.begin(), p.end());
    injections.q_mvar.insert(injections.q_mvar.end(), q.begin(), q.end());
  }
  DsoAcVerdict verdict;
  constexpr double inf = std::numeric_limits<double>::infinity();
  verdict.voltage_min_pu = inf;
  verdict.voltage_max_pu = -inf;
  if (rows.empty()) {
    verdict.converged = false;
    return verdict;
  }
  const AcSolution solution = flow.solve(injections, {.tolerance_pu = 1e-9, .threads = threads});
  for (std::int64_t s = 0; s < static_cast<std::int64_t>(rows.size()); ++s) {
    const auto voltage = [&](int n) {
      return std::complex<double>(solution.raw.re[at(s * N + n)], solution.raw.im[at(s * N + n)]);
    };
    if (!std::isfinite(voltage(feeder.root).real())) {
      verdict.converged = false;
      continue;
    }
    for (int n = 0; n < N; ++n) {
      if (n == feeder.root) continue;
      const double magnitude = std::abs(voltage(n));
      verdict.voltage_min_pu = std::min(verdict.voltage_min_pu, magnitude);
      verdict.voltage_max_pu = std::max(verdict.voltage_max_pu, magnitude);
      verdict.violation_pu =
          std::max({verdict.violation_pu, feeder.v_min_pu[at(n)] - magnitude, magnitude - feeder.v_max_pu[at(n)]});
    }
    for (const auto& line : feeder.lines) {
      // |I| = |V_i − V_j| / |r + jx|, limit in p.u. of current
      const double current =
          std::abs((voltage(line.from) - voltage(line.to)) / std::complex<double>(line.r_pu, line.x_pu));
      verdict.overload_percent =
          std::max(verdict.overload_percent, 100.0 * (current / (line.limit_mva / feeder.base_mva) - 1.0));
    }
  }
  return verdict;
}

}  // namespace wattstein::engine
