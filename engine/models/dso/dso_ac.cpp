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

/// Series impedances and the root; the operator's feeders have no shunts, charging or taps.
grid::Network network_of_operator(const DsoData& data) {
  const Feeder& feeder = data.feeder;
  grid::MatpowerCase file;
  file.file = "operator's network";
  file.base_mva = feeder.base_mva;
  for (int n = 0; n < feeder.buses(); ++n) {
    grid::MatpowerBus bus;
    bus.number = feeder.bus_number[at(n)];
    bus.type = n == feeder.root ? grid::BusType::reference : grid::BusType::pq;
    file.buses.push_back(bus);
  }
  for (const auto& line : feeder.lines) {
    grid::MatpowerBranch branch;
    branch.from = feeder.bus_number[at(line.from)];
    branch.to = feeder.bus_number[at(line.to)];
    branch.r_pu = line.r_pu;
    branch.x_pu = line.x_pu;
    file.branches.push_back(branch);
  }
  grid::MatpowerUnit unit;
  unit.bus = feeder.bus_number[at(feeder.root)];
  unit.v_set_pu = feeder.root_voltage_pu;
  file.units = {unit};
  return grid::make_network(std::move(file));
}

}  // namespace

DsoAc::DsoAc(const DsoData& data) : data_(data), flow_(std::make_unique<AcPowerFlow>(network_of_operator(data))) {}
DsoAc::DsoAc(const std::filesystem::path& case_file, const DsoData& data)
    : data_(data), flow_(std::make_unique<AcPowerFlow>(network_of_operator(case_file, data))) {}
DsoAc::~DsoAc() = default;
DsoAc::DsoAc(DsoAc&&) noexcept = default;

DsoAc::Rows DsoAc::solve(const DsoInputs& inputs, const DsoAnswers& answers, int threads, bool tight_only) const {
  const Feeder& feeder = data_.feeder;
  const int N = data_.buses(), L = data_.lines(), G = data_.unit_count(), M = data_.microgrid_count();
  Rows out;
  for (std::int64_t row = 0; row < answers.count; ++row)
    if (std::isfinite(answers.objective[at(row)]) && (!tight_only || answers.tight[at(row)] != 0))
      out.row.push_back(row);
  const auto R = static_cast<std::int64_t>(out.row.size());
  if (R == 0) return out;
  AcInjections injections;
  injections.p_mw.resize(at(R * N));
  injections.q_mvar.resize(at(R * N));
  for (std::int64_t s = 0; s < R; ++s) {
    const std::int64_t row = out.row[at(s)];
    double *p = injections.p_mw.data() + s * N, *q = injections.q_mvar.data() + s * N;
    for (int n = 0; n < N; ++n) {
      const auto k = at(row * N + n);
      const double tan = inputs.pd[k] > 0.0 ? inputs.qd[k] / inputs.pd[k] : 0.0;
      p[n] = inputs.pv[k] - inputs.pd[k] + answers.shed[k];
      q[n] = -inputs.qd[k] + tan * answers.shed[k];
    }
    // the substation is the reference: it makes what is needed
    for (int g = 1; g < G; ++g) {
      p[data_.units[at(g)].bus] += answers.pg[at(row * G + g)];
      q[data_.units[at(g)].bus] += answers.qg[at(row * G + g)];
    }
    for (int m = 0; m < M; ++m) p[data_.microgrids[at(m)].bus] += answers.pm[at(row * M + m)];
  }
  const AcSolution solution = flow_->solve(injections, {.tolerance_pu = 1e-9, .threads = threads});
  out.voltage_pu.resize(at(R * N));
  out.loading.resize(at(R * L));
  for (std::int64_t s = 0; s < R; ++s) {
    const auto voltage = [&](int n) {
      return std::complex<double>(solution.raw.re[at(s * N + n)], solution.raw.im[at(s * N + n)]);
    };
    for (int n = 0; n < N; ++n) out.voltage_pu[at(s * N + n)] = std::abs(voltage(n));
    for (int l = 0; l < L; ++l) {
      const auto& line = feeder.lines[at(l)];
      // |I| = |V_i − V_j| / |r + jx|, limit in p.u. of current
      const double current =
          std::abs((voltage(line.from) - voltage(line.to)) / std::complex<double>(line.r_pu, line.x_pu));
      out.loading[at(s * L + l)] = current / (line.limit_mva / feeder.base_mva);
    }
  }
  return out;
}

DsoAcVerdict DsoAc::judge(const Rows& rows) const {
  const Feeder& feeder = data_.feeder;
  const int N = data_.buses(), L = data_.lines();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  DsoAcVerdict all;
  all.voltage_min_pu = all.voltage_max_pu = all.voltage_margin_pu = all.loading_percent = nan;
  for (std::int64_t s = 0; s < static_cast<std::int64_t>(rows.row.size()); ++s) {
    DsoAcVerdict one{1, 0, nan, nan, nan, nan, 0};
    if (!std::isfinite(rows.voltage_pu[at(s * N + feeder.root)])) {
      one.lost = 1;
      all.add(one);
      continue;
    }
    for (int n = 0; n < N; ++n) {
      if (n == feeder.root) continue;
      const double v = rows.voltage_pu[at(s * N + n)];
      one.voltage_min_pu = std::fmin(one.voltage_min_pu, v);
      one.voltage_max_pu = std::fmax(one.voltage_max_pu, v);
      one.voltage_margin_pu =
          std::fmin(one.voltage_margin_pu, std::min(v - feeder.v_min_pu[at(n)], feeder.v_max_pu[at(n)] - v));
    }
    for (int l = 0; l < L; ++l)
      one.loading_percent = std::fmax(one.loading_percent, 100.0 * rows.loading[at(s * L + l)]);
    if (!(one.voltage_margin_pu >= -dso_ac_voltage_tolerance_pu) ||
        !(one.loading_percent <= 100.0 + dso_ac_loading_tolerance_percent))
      one.beyond = 1;
    all.add(one);
  }
  return all;
}

void DsoAcVerdict::add(const DsoAcVerdict& other) {
  if (other.checked == 0) return;
  const bool first = checked == 0;
  checked += other.checked;
  lost += other.lost;
  beyond += other.beyond;
  const auto take = [first](double& mine, double theirs, auto better) { mine = first ? theirs : better(mine, theirs); };
  const auto least = [](double a, double b) { return std::fmin(a, b); };  // a NaN gives way
  const auto most = [](double a, double b) { return std::fmax(a, b); };
  take(voltage_min_pu, other.voltage_min_pu, least);
  take(voltage_max_pu, other.voltage_max_pu, most);
  take(voltage_margin_pu, other.voltage_margin_pu, least);
  take(loading_percent, other.loading_percent, most);
}

}  // namespace wattstein::engine
