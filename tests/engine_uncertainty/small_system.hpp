#pragma once
// A hand-made second stage: three buses in a row, two lines with limits, renewables at chosen buses, deployment at bus
// 0, shedding and spilling everywhere. Small enough to enumerate.

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/uncertainty/worst_case.hpp"

namespace wattstein::engine::test {

// First stage per hour: p (at bus 0), b_up, b_down.
inline constexpr int columns_per_hour = 3;

struct Small {
  Recourse recourse;
  AgentSamples samples;
};

/// `resources` renewables at buses 1, 2, 0, 1, ...; `count` samples; the same numbers for the same seed.
inline Small small_system(int hours, int resources, int count, unsigned seed) {
  std::mt19937 random(seed);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * (static_cast<double>(random()) / 4294967296.0);
  };
  Small out;
  const double shed = 500.0, spill = 80.0, curtail = 30.0;
  // Variables: u_r | s_0..2 | o_0..2 | r_up | r_down | f_01 | f_12
  const int s0 = resources, o0 = s0 + 3, up = o0 + 3, down = up + 1, f = down + 1, n = f + 2;
  Recourse& r = out.recourse;
  r.lp = kernels::make_batch(1, n, 3);
  std::vector<std::vector<std::pair<int, double>>> rows(3);
  for (int k = 0; k < resources; ++k) rows[static_cast<std::size_t>((k + 1) % 3)].push_back({k, 1.0});
  for (int b = 0; b < 3; ++b) {
    rows[static_cast<std::size_t>(b)].push_back({s0 + b, 1.0});
    rows[static_cast<std::size_t>(b)].push_back({o0 + b, -1.0});
  }
  rows[0].push_back({up, 1.0});
  rows[0].push_back({down, -1.0});
  rows[0].push_back({f, -1.0});
  rows[1].push_back({f, 1.0});
  rows[1].push_back({f + 1, -1.0});
  rows[2].push_back({f + 1, 1.0});
  auto& pattern = r.lp.A.pattern;
  pattern.indptr = {0};
  for (auto& row : rows) {
    std::sort(row.begin(), row.end());
    for (const auto& [column, value] : row) pattern.indices.push_back(column), r.lp.A.data.push_back(value);
    pattern.indptr.push_back(static_cast<int>(pattern.indices.size()));
  }
  std::vector<double> q(static_cast<std::size_t>(n), 0.0);
  for (int k = 0; k < resources; ++k) q[static_cast<std::size_t>(k)] = -curtail;
  for (int b = 0; b < 3; ++b)
    q[static_cast<std::size_t>(s0 + b)] = shed + 10.0 * b, q[static_cast<std::size_t>(o0 + b)] = spill;
  q[static_cast<std::size_t>(up)] = 44.0;
  q[static_cast<std::size_t>(down)] = -36.0;
  r.lp.q = kernels::Field::shared(q);
  r.w_cost.assign(static_cast<std::size_t>(resources), curtail);
  for (int k = 0; k < resources; ++k) r.used.push_back(k), r.w_upper.push_back({k, k, 1.0});
  for (int b = 0; b < 3; ++b) r.shed.push_back(s0 + b);
  for (int h = 0; h < hours; ++h) {
    RecourseHour hour;
    const double load[3] = {uniform(5, 15), uniform(10, 25), uniform(10, 25)};
    for (int b = 0; b < 3; ++b) hour.l.push_back(load[b]);
    hour.u = hour.l;
    hour.lb.assign(static_cast<std::size_t>(n), 0.0);
    hour.ub.assign(static_cast<std::size_t>(n), 0.0);
    for (int b = 0; b < 3; ++b)
      hour.ub[static_cast<std::size_t>(s0 + b)] = load[b] + 60.0, hour.ub[static_cast<std::size_t>(o0 + b)] = 80.0;
    for (int k = 0; k < 2; ++k)
      hour.lb[static_cast<std::size_t>(f + k)] = -22.0, hour.ub[static_cast<std::size_t>(f + k)] = 22.0;
    hour.x_rows.push_back({0, columns_per_hour * h, -1.0});
    hour.x_upper.push_back({up, columns_per_hour * h + 1, 1.0});
    hour.x_upper.push_back({down, columns_per_hour * h + 2, 1.0});
    r.hours.push_back(hour);
  }
  AgentSamples& s = out.samples;
  for (int k = 0; k < resources; ++k) s.renewables.push_back("w" + std::to_string(k));
  s.hours = hours;
  s.count = count;
  for (int e = 0; e < count * hours * resources; ++e) s.values.push_back(uniform(2.0, 18.0));
  for (int i = 0; i < hours * resources; ++i) {
    double low = 1e9, high = -1e9, mean = 0.0;
    for (int e = 0; e < count; ++e) {
      const double v = s.values[static_cast<std::size_t>(e * hours * resources + i)];
      low = std::min(low, v), high = std::max(high, v), mean += v / count;
    }
    s.lower.push_back(std::max(0.0, low - 1.0));
    s.upper.push_back(high + 1.0);
    s.mean.push_back(mean);
  }
  return out;
}

inline std::vector<double> some_point(int hours, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> x;
  for (int h = 0; h < hours; ++h)
    for (const double scale : {30.0, 6.0, 6.0}) x.push_back(scale * (static_cast<double>(random()) / 4294967296.0));
  return x;
}

}  // namespace wattstein::engine::test
