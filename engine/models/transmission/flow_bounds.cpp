#include "engine/models/transmission/flow_bounds.hpp"

#include <Eigen/SparseLU>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

struct Interval {
  double lower, upper;
};

// Extremes of c·P over lo ≤ P ≤ hi, Σ P = 0 (order: indices by ascending c).
Interval extremes(const Eigen::VectorXd& c, const std::vector<int>& order, const double* lo, const double* hi) {
  double at_lower = 0.0, need = 0.0, room = 0.0;
  double interval_lower = 0.0, interval_upper = 0.0;
  for (const int n : order) {
    at_lower += c[n] * lo[n];
    need -= lo[n];
    room += hi[n] - lo[n];
    interval_lower += std::min(c[n] * lo[n], c[n] * hi[n]);
    interval_upper += std::max(c[n] * lo[n], c[n] * hi[n]);
  }
  if (need < 0.0 || need > room) return {interval_lower, interval_upper};
  const auto fill = [&](auto begin, auto end) {
    double value = at_lower, left = need;
    for (auto it = begin; it != end && left > 0.0; ++it) {
      const double step = std::min(left, hi[*it] - lo[*it]);
      value += c[*it] * step;
      left -= step;
    }
    return value;
  };
  return {fill(order.begin(), order.end()), fill(order.rbegin(), order.rend())};
}

}  // namespace

FlowBounds bound_flows(const grid::Network& network, const InjectionBounds& injections, int hours) {
  const int n = network.buses();
  const int m = static_cast<int>(network.lines.size());
  const int reference = network.references.front();
  const double base = network.data.base_mva;
  const auto reduced = [&](int bus) { return bus < reference ? bus : bus - 1; };

  // B (without the reference's row and column), b_l = 1 / (x_l ratio_l), so that f = b (θ_i − θ_j) − φ in MW
  std::vector<Eigen::Triplet<double>> entries;
  std::vector<double> susceptance(static_cast<std::size_t>(m)), shifted(static_cast<std::size_t>(m));
  Eigen::VectorXd shift_injection = Eigen::VectorXd::Zero(n);
  for (int l = 0; l < m; ++l) {
    const auto& line = network.lines[static_cast<std::size_t>(l)];
    const auto& branch = network.branch(l);
    const double b = 1.0 / (branch.x_pu * branch.tap());
    const double phi = base * b * branch.shift_deg * std::numbers::pi / 180.0;
    susceptance[static_cast<std::size_t>(l)] = b;
    shifted[static_cast<std::size_t>(l)] = phi;
    shift_injection[line.from] += phi;
    shift_injection[line.to] -= phi;
    if (line.from != reference) entries.emplace_back(reduced(line.from), reduced(line.from), b);
    if (line.to != reference) entries.emplace_back(reduced(line.to), reduced(line.to), b);
    if (line.from != reference && line.to != reference) {
      entries.emplace_back(reduced(line.from), reduced(line.to), -b);
      entries.emplace_back(reduced(line.to), reduced(line.from), -b);
    }
  }
  Eigen::SparseMatrix<double> matrix(n - 1, n - 1);
  matrix.setFromTriplets(entries.begin(), entries.end());
  Eigen::SparseLU<Eigen::SparseMatrix<double>> factor;
  if (n > 1) factor.compute(matrix);
  if (n > 1 && factor.info() != Eigen::Success)
    throw Error("{}: the susceptance matrix is singular (negative reactances cancel)", network.data.file.string());

  FlowBounds bounds;
  const auto size_angle = static_cast<std::size_t>(hours * n), size_flow = static_cast<std::size_t>(hours * m);
  bounds.angle_lower.assign(size_angle, 0.0);
  bounds.angle_upper.assign(size_angle, 0.0);
  bounds.flow_lower.assign(size_flow, 0.0);
  bounds.flow_upper.assign(size_flow, 0.0);
  std::vector<int> order(static_cast<std::size_t>(n));
  // Extremes of c·P + constant for every hour, c = B⁻¹ rhs extended by 0 at the reference.
  const auto bound = [&](const Eigen::VectorXd& rhs, double constant, std::vector<double>& lower,
                         std::vector<double>& upper, int index, int width) {
    const Eigen::VectorXd solution = factor.solve(rhs);
    Eigen::VectorXd c = Eigen::VectorXd::Zero(n);
    for (int bus = 0; bus < n; ++bus)
      if (bus != reference) c[bus] = solution[reduced(bus)];
    const double offset = constant + c.dot(shift_injection);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return c[a] < c[b]; });
    for (int h = 0; h < hours; ++h) {
      const auto start = static_cast<std::ptrdiff_t>(h) * n;
      const Interval interval = extremes(c, order, injections.lower.data() + start, injections.upper.data() + start);
      const double margin = 1e-6 * (1.0 + std::abs(interval.lower) + std::abs(interval.upper) + std::abs(offset));
      lower[static_cast<std::size_t>(h * width + index)] = interval.lower + offset - margin;
      upper[static_cast<std::size_t>(h * width + index)] = interval.upper + offset + margin;
    }
  };
  for (int bus = 0; bus < n; ++bus) {
    if (bus == reference) continue;
    Eigen::VectorXd rhs = Eigen::VectorXd::Zero(n - 1);
    rhs[reduced(bus)] = 1.0;
    bound(rhs, 0.0, bounds.angle_lower, bounds.angle_upper, bus, n);
  }
  for (int l = 0; l < m; ++l) {
    const auto& line = network.lines[static_cast<std::size_t>(l)];
    const double b = susceptance[static_cast<std::size_t>(l)];
    Eigen::VectorXd rhs = Eigen::VectorXd::Zero(n - 1);
    if (line.from != reference) rhs[reduced(line.from)] += b;
    if (line.to != reference) rhs[reduced(line.to)] -= b;
    bound(rhs, -shifted[static_cast<std::size_t>(l)], bounds.flow_lower, bounds.flow_upper, l, m);
  }
  return bounds;
}

}  // namespace wattstein::engine
