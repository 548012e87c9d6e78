// The bodies as a CUDA thread runs them: Real = double, numbers of several threads interleaved in one workspace. Here
// the threads run one after another on the host; guard values show that none leaves its own numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <vector>

#include "kernels/backend/device.hpp"
#include "kernels/powerflow/newton_body.hpp"
#include "kernels/powerflow/plan.hpp"
#include "kernels/powerflow/powerflow.hpp"
#include "kernels/powerflow/sweep_body.hpp"

namespace wattstein::kernels {
namespace {

struct ThreadMemory {
  double* base;
  std::int64_t stride;
  double get(int i) const { return base[i * stride]; }
  void set(int i, double value) const { base[i * stride] = value; }
};

PowerGraph feeder(int nodes, bool meshed) {
  PowerGraph graph;
  for (int i = 0; i < nodes; ++i) {
    graph.kind.push_back(i == 0 ? NodeKind::reference : meshed && i % 5 == 2 ? NodeKind::held : NodeKind::free);
    graph.start.emplace_back(1.0);
    graph.shunt.emplace_back(0.001 * (i % 3), 0.01 * (i % 2));
    if (i > 0)
      graph.edges.push_back({i % 4 == 0 ? i / 2 : i - 1,
                             i,
                             {0.004 + 0.0001 * i, 0.009},
                             0.01,
                             std::polar(1.0 + 0.01 * (i % 3), 0.01 * (i % 2))});
  }
  for (int i = 3; meshed && i < nodes; i += 7) graph.edges.push_back({i, i / 3, {0.01, 0.03}, 0.0, 1.0});
  return graph;
}

std::vector<double> injections(int nodes, int scenarios, double size) {
  std::vector<double> out;
  for (int s = 0; s < scenarios; ++s) {
    for (int i = 0; i < nodes; ++i) out.push_back(size * std::sin(1.0 + 0.7 * i + 1.3 * s) / nodes);
  }
  return out;
}

constexpr int threads = 5;
constexpr double guard = 12345.678;

PowerFlowSolution by_lanes(const PowerGraph& graph, const std::vector<double>& p, const std::vector<double>& q,
                           PowerFlowMethod method) {
  PowerFlowSolution out;
  PowerFlowSettings settings;
  settings.method = method;
  settings.tolerance = 1e-11;
  settings.threads = 1;
  EXPECT_EQ(PowerFlow(graph).solve(p, q, settings, out), "");
  return out;
}

TEST(ThreadBody, newton_agrees_with_the_lanes) {
  const int n = 41;
  const PowerGraph graph = feeder(n, true);
  const std::vector<double> p = injections(n, threads, 1.5), q = injections(n, threads, 0.7);
  const PowerFlowSolution lanes = by_lanes(graph, p, q, PowerFlowMethod::newton);
  const NewtonPlan plan(graph);
  const NewtonView view = plan.view();
  const NewtonWorkspace at(view);
  std::vector<double> workspace(static_cast<std::size_t>(at.total + 1) * threads, guard);
  for (int t = 0; t < threads; ++t) {
    const ThreadMemory m{workspace.data() + t, threads};
    const NewtonBody<double, ThreadMemory> body(view, m);
    for (int i = 0; i < n; ++i) m.set(at.re + i, view.start[2 * i]), m.set(at.im + i, view.start[2 * i + 1]);
    for (int i = 0; i < view.free; ++i) {
      m.set(at.power + 2 * i, view.start_power[2 * i]), m.set(at.power + 2 * i + 1, view.start_power[2 * i + 1]);
      m.set(at.p + i, p[static_cast<std::size_t>(t * n + plan.order[static_cast<std::size_t>(i)])]);
      m.set(at.q + i, q[static_cast<std::size_t>(t * n + plan.order[static_cast<std::size_t>(i)])]);
    }
    bool finite = false;
    double mismatch = 1.0;
    for (int step = 0; step < 10 && !(mismatch <= 1e-11); ++step) {
      body.step();
      mismatch = body.power_mismatch(finite);
    }
    EXPECT_TRUE(finite && mismatch <= 1e-11);
    for (int i = 0; i < n; ++i) {
      const std::size_t entry = static_cast<std::size_t>(t * n + plan.order[static_cast<std::size_t>(i)]);
      EXPECT_NEAR(m.get(at.re + i), lanes.re[entry], 1e-12);
      EXPECT_NEAR(m.get(at.im + i), lanes.im[entry], 1e-12);
    }
  }
  for (int t = 0; t < threads; ++t) EXPECT_EQ(workspace[static_cast<std::size_t>(at.total * threads + t)], guard);
}

TEST(ThreadBody, sweep_agrees_with_the_lanes) {
  const int n = 33;
  const PowerGraph graph = feeder(n, false);
  const std::vector<double> p = injections(n, threads, 1.5), q = injections(n, threads, 0.7);
  const PowerFlowSolution lanes = by_lanes(graph, p, q, PowerFlowMethod::sweep);
  const SweepPlan plan(graph);
  ASSERT_EQ(plan.why_not, "");
  const SweepView view = plan.view();
  const SweepWorkspace at(view);
  std::vector<double> workspace(static_cast<std::size_t>(at.total + 1) * threads, guard);
  for (int t = 0; t < threads; ++t) {
    start_sweep(view, workspace.data(), threads, t, p.data() + t * n, q.data() + t * n);
    const ThreadMemory m{workspace.data() + t, threads};
    const SweepBody<double, ThreadMemory> body(view, m);
    bool finite = false;
    double mismatch = 1.0;
    for (int step = 0; step < 200 && !(mismatch <= 1e-11); ++step) mismatch = body.step(finite);
    EXPECT_TRUE(finite && mismatch <= 1e-11);
    for (int k = 0; k < n; ++k) {
      const std::size_t entry = static_cast<std::size_t>(t * n + plan.order[static_cast<std::size_t>(k)]);
      EXPECT_NEAR(m.get(at.re + k), lanes.re[entry], 1e-12);
      EXPECT_NEAR(m.get(at.im + k), lanes.im[entry], 1e-12);
    }
  }
  for (int t = 0; t < threads; ++t) EXPECT_EQ(workspace[static_cast<std::size_t>(at.total * threads + t)], guard);
}

TEST(ThreadBody, cosine_and_sine_are_exact_to_the_last_digits) {
  for (double x = -40.0; x <= 40.0; x += 0.000917) {
    double c = 0.0, s = 0.0;
    cosine_sine(x, c, s);
    ASSERT_NEAR(c, std::cos(x), 1e-15) << x;
    ASSERT_NEAR(s, std::sin(x), 1e-15) << x;
  }
}

TEST(Cuda, agrees_with_the_cores) {
  if (const std::string why = cuda_why_not(); !why.empty()) GTEST_SKIP() << why;
  for (bool meshed : {false, true}) {
    const int n = 57, scenarios = 3000;
    const PowerGraph graph = feeder(n, meshed);
    std::vector<double> p = injections(n, scenarios, 1.5);
    const std::vector<double> q = injections(n, scenarios, 0.7);
    p[17 * static_cast<std::size_t>(n) + 3] = std::nan("");
    PowerFlowSettings settings;
    settings.method = meshed ? PowerFlowMethod::newton : PowerFlowMethod::sweep;
    settings.tolerance = 1e-11;
    PowerFlowSolution cores, device;
    ASSERT_EQ(PowerFlow(graph).solve(p, q, settings, cores), "");
    settings.device = Device::cuda;
    ASSERT_EQ(PowerFlow(graph).solve(p, q, settings, device), "");
    EXPECT_EQ(cores.converged, device.converged);
    for (std::size_t i = 0; i < cores.re.size(); ++i) {
      if (!cores.converged[i / static_cast<std::size_t>(n)]) continue;
      ASSERT_NEAR(cores.re[i], device.re[i], 1e-11);
      ASSERT_NEAR(cores.im[i], device.im[i], 1e-11);
    }
  }
}

}  // namespace
}  // namespace wattstein::kernels
