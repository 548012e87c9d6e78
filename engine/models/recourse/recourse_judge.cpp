#include "engine/models/recourse/recourse_judge.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

/// base (θ_i − θ_j − φ) / x
double flow_of(const RecourseSystem& system, const RecourseSystem::Line& line, const double* angle) {
  return system.base_mva * (angle[line.from] - angle[line.to] - line.shift_rad) / line.reactance_pu;
}

/// min of reduced · v over [low, high]
double least(double reduced, double low, double high) {
  return reduced * (reduced > 0.0 ? low : high);
}

}  // namespace

double recourse_objective(const RecourseSystem& system, const RecourseRows& rows, std::int64_t row) {
  const int N = system.buses(), G = system.unit_count(), R = system.renewable_count();
  double sum = 0.0;
  for (int g = 0; g < G; ++g) {
    const auto k = at(row * G + g);
    sum += (1.0 + system.markup) * system.units[at(g)].up_cost_per_mwh * rows.up[k] -
           (1.0 - system.markup) * system.units[at(g)].down_cost_per_mwh * rows.down[k];
  }
  for (int r = 0; r < R; ++r) {
    const auto k = at(row * R + r);
    sum += system.renewables[at(r)].curtailment_cost_per_mwh * (rows.available[k] - rows.used[k]);
  }
  for (int n = 0; n < N; ++n) {
    const auto k = at(row * N + n);
    sum += system.shedding_cost_per_mwh * rows.shed[k] + system.overgeneration_cost_per_mwh * rows.surplus[k];
  }
  return system.step_hours * sum;
}

double recourse_bound(const RecourseSystem& system, const RecourseRows& rows, std::int64_t row) {
  const int N = system.buses(), L = system.line_count(), G = system.unit_count(), R = system.renewable_count();
  const double* price = rows.balance.data() + row * N;  // λ, $/MWh
  const auto surplus = system.surplus_mw();
  double sum = 0.0;
  // Σ λ (load − P_g); phase shifters stand with their lines below
  for (int n = 0; n < N; ++n) sum += price[n] * rows.pd[at(row * N + n)];
  for (int g = 0; g < G; ++g) {
    const auto k = at(row * G + g);
    const auto& unit = system.units[at(g)];
    sum -= price[unit.bus] * rows.pg[k];
    sum += least((1.0 + system.markup) * unit.up_cost_per_mwh - price[unit.bus], 0.0, rows.reserve_up[k]);
    sum += least(price[unit.bus] - (1.0 - system.markup) * unit.down_cost_per_mwh, 0.0, rows.reserve_down[k]);
  }
  for (int r = 0; r < R; ++r) {
    const auto& renewable = system.renewables[at(r)];
    const double available = rows.available[at(row * R + r)];
    sum += renewable.curtailment_cost_per_mwh * available;
    sum += least(-renewable.curtailment_cost_per_mwh - price[renewable.bus], 0.0, available);
  }
  for (int n = 0; n < N; ++n) {
    const double load = rows.pd[at(row * N + n)];
    sum += least(system.shedding_cost_per_mwh - price[n], 0.0, std::max(load, 0.0));
    sum += least(system.overgeneration_cost_per_mwh + price[n], 0.0, std::max(-load, 0.0) + surplus[at(n)]);
  }
  // f = b (θ_i − θ_j) − b φ leaves bus i: reduced cost of f is λ_i − λ_j − μ, handed on to the angles
  std::vector<double> reduced(at(N), 0.0);
  for (int l = 0; l < L; ++l) {
    const auto& line = system.lines[at(l)];
    const double b = system.base_mva / line.reactance_pu, mu = line.limit_mw > 0.0 ? rows.limit[at(row * L + l)] : 0.0;
    const double slope = price[line.from] - price[line.to] - mu;
    reduced[at(line.from)] += b * slope;
    reduced[at(line.to)] -= b * slope;
    sum -= slope * b * line.shift_rad;
    sum -= std::abs(mu) * line.limit_mw;  // μ⁺ (−limit) + μ⁻ limit
  }
  for (int n = 0; n < N; ++n) sum += least(reduced[at(n)], system.angle_min_rad[at(n)], system.angle_max_rad[at(n)]);
  return system.step_hours * sum;
}

double recourse_violation(const RecourseSystem& system, const RecourseRows& rows, std::int64_t row) {
  const int N = system.buses(), L = system.line_count(), G = system.unit_count(), R = system.renewable_count();
  const double* angle = rows.angle.data() + row * N;
  const auto surplus = system.surplus_mw();
  double worst = 0.0;
  const auto box = [&worst](double value, double low, double high) {
    const double off = std::max(low - value, value - high);
    if (!(off <= worst)) worst = off;
  };
  std::vector<double> net(at(N));
  for (int n = 0; n < N; ++n) {
    const auto k = at(row * N + n);
    net[at(n)] = rows.shed[k] - rows.surplus[k] - rows.pd[k];
    box(rows.shed[k], 0.0, std::max(rows.pd[k], 0.0));
    box(rows.surplus[k], 0.0, std::max(-rows.pd[k], 0.0) + surplus[at(n)]);
  }
  for (int g = 0; g < G; ++g) {
    const auto k = at(row * G + g);
    net[at(system.units[at(g)].bus)] += rows.pg[k] + rows.up[k] - rows.down[k];
    box(rows.up[k], 0.0, rows.reserve_up[k]);
    box(rows.down[k], 0.0, rows.reserve_down[k]);
  }
  for (int r = 0; r < R; ++r) {
    const auto k = at(row * R + r);
    net[at(system.renewables[at(r)].bus)] += rows.used[k];
    box(rows.used[k], 0.0, rows.available[k]);
  }
  for (int l = 0; l < L; ++l) {
    const auto& line = system.lines[at(l)];
    const double flow = flow_of(system, line, angle);
    net[at(line.from)] -= flow;
    net[at(line.to)] += flow;
    if (line.limit_mw > 0.0) box(flow, -line.limit_mw, line.limit_mw);
  }
  for (const double off : net) box(off, 0.0, 0.0);
  return worst;
}

void recourse_judge(const RecourseSystem& system, RecourseRows& rows, std::int64_t row, double tolerance) {
  using kernels::Status;
  Status& status = rows.status[at(row)];
  if (status != Status::solved && status != Status::solved_inaccurate) return;
  const int N = system.buses(), L = system.line_count();
  for (int l = 0; l < L; ++l)
    rows.flow[at(row * L + l)] = flow_of(system, system.lines[at(l)], rows.angle.data() + row * N);
  const double objective = rows.objective[at(row)] = recourse_objective(system, rows, row);
  const double bound = rows.lower_bound[at(row)] = recourse_bound(system, rows, row);
  double largest = 1.0;
  for (int n = 0; n < N; ++n) largest = std::max(largest, std::abs(rows.pd[at(row * N + n)]));
  const double off =
      std::max((objective - bound) / (1.0 + std::abs(objective)), recourse_violation(system, rows, row) / largest);
  if (status == Status::solved_inaccurate && off <= tolerance) status = Status::solved;
  if (status == Status::solved && !(off <= 10.0 * tolerance)) status = Status::solved_inaccurate;
}

}  // namespace wattstein::engine
