// Both methods against the power flow equations written out naively, against each other, and against themselves in
// other batches. Voltages are judged by the mismatch that a dense admittance matrix gives.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/powerflow/powerflow.hpp"

namespace wattstein::kernels {
namespace {

using Complex = std::complex<double>;

struct Case {
  PowerGraph graph;
  std::vector<double> p, q;  // (S, n)
  std::int64_t scenarios = 0;
};

/// Radial or meshed graphs with odd features: ratios, phase shifts, charging, shunts, held nodes, several references.
Case random_case(unsigned seed, int nodes, int extra_edges, int held, int references, bool features,
                 std::int64_t scenarios) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  Case c;
  PowerGraph& g = c.graph;
  g.kind.assign(static_cast<std::size_t>(nodes), NodeKind::free);
  g.shunt.assign(g.kind.size(), 0.0);
  g.start.assign(g.kind.size(), 1.0);
  std::vector<int> label(g.kind.size());  // so that the file order is no tree order
  std::iota(label.begin(), label.end(), 0);
  std::shuffle(label.begin(), label.end(), random);
  const auto connect = [&](int a, int b) {
    PowerEdge edge;
    edge.from = label[static_cast<std::size_t>(a)], edge.to = label[static_cast<std::size_t>(b)];
    if (random() % 2) std::swap(edge.from, edge.to);
    edge.impedance = {0.002 + 0.01 * unit(random), 0.004 + 0.02 * unit(random)};
    if (features) {
      edge.charging = 0.02 * unit(random);
      if (random() % 3 == 0) edge.ratio = std::polar(0.95 + 0.1 * unit(random), 0.1 * (unit(random) - 0.5));
    }
    g.edges.push_back(edge);
  };
  for (int i = 1; i < nodes; ++i) connect(i, static_cast<int>(random() % static_cast<unsigned>(i)));
  for (int k = 0; k < extra_edges; ++k) {
    const int a = static_cast<int>(random() % static_cast<unsigned>(nodes));
    connect(a, (a + 1 + static_cast<int>(random() % static_cast<unsigned>(nodes - 1))) % nodes);
  }
  for (int k = 0; k < references + held; ++k) {
    const std::size_t node = static_cast<std::size_t>(label[static_cast<std::size_t>(k)]);
    g.kind[node] = k < references ? NodeKind::reference : NodeKind::held;
    g.start[node] = 1.0 + 0.02 * unit(random);
  }
  if (features) {
    for (Complex& shunt : g.shunt) {
      if (random() % 3 == 0) shunt = {0.01 * unit(random), 0.05 * unit(random)};
    }
  }
  c.scenarios = scenarios;
  for (std::int64_t s = 0; s < scenarios; ++s) {
    for (int i = 0; i < nodes; ++i) {
      c.p.push_back((0.5 - unit(random)) * 4.0 / nodes);
      c.q.push_back((0.3 - unit(random)) * 2.0 / nodes);
    }
  }
  return c;
}

/// Largest mismatch by the dense equations S_i = V_i conj(Σ_j Y_ij V_j).
double naive_mismatch(const Case& c, const PowerFlowSolution& solution, std::int64_t s) {
  const std::size_t n = c.graph.kind.size();
  std::vector<Complex> v(n), current(n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    v[i] = {solution.re[static_cast<std::size_t>(s) * n + i], solution.im[static_cast<std::size_t>(s) * n + i]};
    current[i] = c.graph.shunt[i] * v[i];
  }
  for (const PowerEdge& edge : c.graph.edges) {
    const std::size_t f = static_cast<std::size_t>(edge.from), t = static_cast<std::size_t>(edge.to);
    const Complex inside = v[f] / edge.ratio, half(0.0, 0.5 * edge.charging);
    const Complex through = (inside - v[t]) / edge.impedance;
    current[f] += (through + half * inside) / std::conj(edge.ratio);
    current[t] += half * v[t] - through;
  }
  double worst = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    if (c.graph.kind[i] == NodeKind::reference) {
      worst = std::max(worst, std::abs(v[i] - c.graph.start[i]));
      continue;
    }
    const Complex power = v[i] * std::conj(current[i]);
    worst = std::max(worst, std::abs(power.real() - c.p[static_cast<std::size_t>(s) * n + i]));
    worst = std::max(worst, c.graph.kind[i] == NodeKind::held
                                ? std::abs(std::abs(v[i]) - std::abs(c.graph.start[i]))
                                : std::abs(power.imag() - c.q[static_cast<std::size_t>(s) * n + i]));
    if (!std::isfinite(worst)) return worst;
  }
  return worst;
}

PowerFlowSolution solved(const Case& c, PowerFlowMethod method, double tolerance = 1e-10, int threads = 1,
                         int iterations = 0) {
  PowerFlowSolution out;
  PowerFlowSettings settings;
  settings.method = method;
  settings.tolerance = tolerance;
  settings.threads = threads;
  settings.max_iterations = iterations;
  EXPECT_EQ(PowerFlow(c.graph).solve(c.p, c.q, settings, out), "");
  return out;
}

struct Shape {
  int nodes, extra, held, references;
  bool features;
};

class EveryGraph : public ::testing::TestWithParam<Shape> {};

TEST_P(EveryGraph, solutions_fulfil_the_equations_and_methods_agree) {
  const Shape shape = GetParam();
  for (unsigned seed : {1u, 2u, 3u}) {
    const Case c = random_case(seed, shape.nodes, shape.extra, shape.held, shape.references, shape.features, 33);
    const PowerFlowSolution newton = solved(c, PowerFlowMethod::newton);
    const bool tree = PowerFlow(c.graph).sweep_applies();
    EXPECT_EQ(tree, shape.extra == 0 && shape.held == 0 && shape.references == 1);
    const PowerFlowSolution sweep = tree ? solved(c, PowerFlowMethod::sweep) : newton;
    for (std::int64_t s = 0; s < c.scenarios; ++s) {
      const std::size_t row = static_cast<std::size_t>(s);
      ASSERT_TRUE(newton.converged[row]) << "seed " << seed << " scenario " << s;
      EXPECT_TRUE(naive_mismatch(c, newton, s) <= 1e-9) << naive_mismatch(c, newton, s);
      EXPECT_LE(newton.iterations[row], 8);
      ASSERT_TRUE(sweep.converged[row]);
      EXPECT_TRUE(naive_mismatch(c, sweep, s) <= 1e-9) << naive_mismatch(c, sweep, s);
      for (std::size_t i = row * c.graph.kind.size(); i < (row + 1) * c.graph.kind.size(); ++i) {
        ASSERT_NEAR(newton.re[i], sweep.re[i], 1e-8);
        ASSERT_NEAR(newton.im[i], sweep.im[i], 1e-8);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(PowerFlow, EveryGraph,
                         ::testing::Values(Shape{2, 0, 0, 1, false}, Shape{33, 0, 0, 1, false},
                                           Shape{33, 0, 0, 1, true}, Shape{1, 0, 0, 1, true}, Shape{65, 0, 7, 1, true},
                                           Shape{33, 20, 5, 1, true}, Shape{40, 30, 39 - 2, 1, true},
                                           Shape{50, 25, 9, 3, true}, Shape{118, 68, 53, 1, true},
                                           Shape{3, 2, 0, 1, true}));

void expect_same_bits(const PowerFlowSolution& a, std::int64_t row_a, const PowerFlowSolution& b, std::int64_t row_b,
                      std::size_t n) {
  const std::size_t ra = static_cast<std::size_t>(row_a), rb = static_cast<std::size_t>(row_b);
  EXPECT_EQ(std::memcmp(&a.re[ra * n], &b.re[rb * n], n * sizeof(double)), 0);
  EXPECT_EQ(std::memcmp(&a.im[ra * n], &b.im[rb * n], n * sizeof(double)), 0);
  EXPECT_EQ(std::memcmp(&a.mismatch[ra], &b.mismatch[rb], sizeof(double)), 0);
  EXPECT_EQ(a.iterations[ra], b.iterations[rb]);
  EXPECT_EQ(a.converged[ra], b.converged[rb]);
}

class EveryMethod : public ::testing::TestWithParam<PowerFlowMethod> {};

TEST_P(EveryMethod, a_result_does_not_depend_on_its_batch) {
  Case c = random_case(5, 33, 0, 0, 1, true, 50);
  const std::size_t n = 33;
  for (std::size_t i = 0; i < n; ++i) c.p[7 * n + i] = -9.0;  // no solution: a lane mate that runs to the limit
  c.q[20 * n + 3] = std::nan("");                             // and one that is broken from the start
  c.p[31 * n + 2] = 1e300;
  const PowerFlowSolution whole = solved(c, GetParam(), 1e-9);
  for (std::size_t s : {7u, 20u, 31u}) {
    EXPECT_FALSE(whole.converged[s]);
    EXPECT_TRUE(std::isnan(whole.re[s * n + 5]));
  }
  for (int threads : {2, 3}) {
    const PowerFlowSolution other = solved(c, GetParam(), 1e-9, threads);
    for (std::int64_t s = 0; s < c.scenarios; ++s) expect_same_bits(whole, s, other, s, n);
  }
  for (std::int64_t s : {0, 6, 7, 8, 20, 31, 49}) {  // alone
    Case one;
    one.graph = c.graph;
    one.scenarios = 1;
    one.p.assign(c.p.begin() + s * 33, c.p.begin() + (s + 1) * 33);
    one.q.assign(c.q.begin() + s * 33, c.q.begin() + (s + 1) * 33);
    expect_same_bits(whole, s, solved(one, GetParam(), 1e-9), 0, n);
  }
  Case turned = c;  // backwards
  for (std::int64_t s = 0; s < 50; ++s) {
    std::copy_n(c.p.begin() + s * 33, 33, turned.p.begin() + (49 - s) * 33);
    std::copy_n(c.q.begin() + s * 33, 33, turned.q.begin() + (49 - s) * 33);
  }
  const PowerFlowSolution backwards = solved(turned, GetParam(), 1e-9);
  for (std::int64_t s = 0; s < 50; ++s) expect_same_bits(whole, s, backwards, 49 - s, n);
}

TEST_P(EveryMethod, iterations_are_limited_and_the_unfinished_are_flagged) {
  const Case c = random_case(6, 33, 0, 0, 1, true, 20);
  const PowerFlowSolution out = solved(c, GetParam(), 1e-10, 1, 1);
  for (std::size_t s = 0; s < 20; ++s) {
    EXPECT_FALSE(out.converged[s]);
    EXPECT_EQ(out.iterations[s], 1);
    EXPECT_GT(out.mismatch[s], 1e-10);
  }
}

TEST_P(EveryMethod, an_empty_batch_is_no_trouble) {
  const Case c = random_case(6, 33, 0, 0, 1, true, 0);
  EXPECT_EQ(solved(c, GetParam()).scenarios(), 0);
}

INSTANTIATE_TEST_SUITE_P(PowerFlow, EveryMethod, ::testing::Values(PowerFlowMethod::sweep, PowerFlowMethod::newton));

TEST(PowerFlow, the_sweep_refuses_what_it_cannot_do) {
  PowerFlowSettings settings;
  settings.method = PowerFlowMethod::sweep;
  PowerFlowSolution out;
  for (const Case& c : {random_case(1, 12, 2, 0, 1, false, 1), random_case(1, 12, 0, 1, 1, false, 1),
                        random_case(1, 12, 0, 0, 2, false, 1)}) {
    EXPECT_NE(PowerFlow(c.graph).solve(c.p, c.q, settings, out), "");
  }
}

TEST(PowerFlow, lines_of_pure_resistance_are_solved) {
  Case c = random_case(4, 20, 6, 0, 1, false, 9);
  for (PowerEdge& edge : c.graph.edges) edge.impedance = {edge.impedance.real(), 0.0};
  const PowerFlowSolution out = solved(c, PowerFlowMethod::newton);
  for (std::int64_t s = 0; s < 9; ++s) {
    ASSERT_TRUE(out.converged[static_cast<std::size_t>(s)]);
    EXPECT_TRUE(naive_mismatch(c, out, s) <= 1e-9);
  }
}

TEST(PowerFlow, sensitivities_are_the_slopes_of_the_solution) {
  Case c = random_case(8, 40, 15, 6, 1, true, 11);
  const PowerFlow flow(c.graph);
  const std::size_t n = 40;
  std::vector<VoltageSensitivity> pairs;
  for (int a : {0, 5, 17, 39}) {
    for (int b : {0, 5, 22, 31, 38}) pairs.push_back({a, b});
  }
  const PowerFlowSolution base = solved(c, PowerFlowMethod::newton, 1e-13);
  const std::vector<double> slopes = flow.sensitivities(base.re, base.im, pairs);
  const double step = 1e-4;
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    for (int part = 0; part < 2; ++part) {
      Case up = c, down = c;
      for (std::size_t s = 0; s < 11; ++s) {
        const std::size_t entry = s * n + static_cast<std::size_t>(pairs[k].injection);
        (part == 0 ? up.p : up.q)[entry] += step;
        (part == 0 ? down.p : down.q)[entry] -= step;
      }
      const PowerFlowSolution high = solved(up, PowerFlowMethod::newton, 1e-13),
                              low = solved(down, PowerFlowMethod::newton, 1e-13);
      for (std::size_t s = 0; s < 11; ++s) {
        const std::size_t entry = s * n + static_cast<std::size_t>(pairs[k].voltage);
        const double slope =
            (std::hypot(high.re[entry], high.im[entry]) - std::hypot(low.re[entry], low.im[entry])) / (2.0 * step);
        EXPECT_NEAR(slopes[s * 2 * pairs.size() + 2 * k + static_cast<std::size_t>(part)], slope, 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace wattstein::kernels
