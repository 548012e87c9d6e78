// What every agent promises: finite bounds, names, hours, equal patterns of copies, costs that add up.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "engine/models/transmission/flow_bounds.hpp"
#include "small_study.hpp"

namespace wattstein::engine {
namespace {

using namespace testing_support;

std::vector<const Agent*> agents(const CoordinationSystem& system) {
  std::vector<const Agent*> all{&system.transmission};
  for (const auto& hub : system.hubs) all.push_back(&hub);
  return all;
}

TEST(Agents, EveryVariableHasFiniteBoundsInOrder) {
  SmallStudy study;
  const auto system = study.read();
  for (const Agent* agent : agents(system)) {
    const auto& batch = agent->first_stage;
    for (std::size_t j = 0; j < static_cast<std::size_t>(batch.variables); ++j) {
      EXPECT_TRUE(std::isfinite(batch.lb.data[j]) && std::isfinite(batch.ub.data[j])) << batch.variable_names[j];
      EXPECT_LE(batch.lb.data[j], batch.ub.data[j]) << batch.variable_names[j];
    }
    for (const auto& hour : agent->recourse.hours)
      for (std::size_t j = 0; j < hour.lb.size(); ++j) {
        EXPECT_TRUE(std::isfinite(hour.lb[j]) && std::isfinite(hour.ub[j])) << agent->recourse.lp.variable_names[j];
        EXPECT_LE(hour.lb[j], hour.ub[j]) << agent->recourse.lp.variable_names[j];
      }
  }
}

TEST(Agents, NamesAreUniqueAndRowsKnowTheirHour) {
  SmallStudy study;
  const auto system = study.read();
  for (const Agent* agent : agents(system)) {
    const auto& batch = agent->first_stage;
    EXPECT_EQ(std::set<std::string>(batch.variable_names.begin(), batch.variable_names.end()).size(),
              batch.variable_names.size());
    EXPECT_EQ(std::set<std::string>(batch.row_names.begin(), batch.row_names.end()).size(), batch.row_names.size());
    ASSERT_EQ(agent->row_hour.size(), static_cast<std::size_t>(batch.rows));
    ASSERT_EQ(agent->cone_hour.size(), batch.cones.size());
    for (std::size_t i = 0; i < agent->row_hour.size(); ++i)
      EXPECT_TRUE(batch.row_names[i].ends_with("hour " + std::to_string(agent->row_hour[i]))) << batch.row_names[i];
    std::set<std::string> entries;
    for (const auto& entry : agent->schedule)
      EXPECT_TRUE(entries.insert(entry.quantity + "," + entry.name + "," + std::to_string(entry.hour)).second)
          << entry.quantity << entry.name;
  }
}

TEST(Agents, CopiesShareTheirPatternAndTheirMatricesWhateverTheirFactors) {
  SmallStudy study;
  study.replace(
      "study.toml", "bus = 5\nimport",
      "bus = [5, 7, 1]\nload_scale = [1.0, 0.0, 1.7]\ngas_load_scale = [1.0, 0.0, 2.0]\nheat_load_scale = [1.0, 0.5, "
      "0.0]\n"
      "renewable_scale = [1.0, 0.0, 1.3]\ncost_scale = [1.0, 0.0, 2.0]\ngas_price_scale = [0.0, 1.0, 1.5]\nimport");
  const auto system = study.read();
  ASSERT_EQ(system.hubs.size(), 3U);
  EXPECT_EQ(system.hubs[1].name, "north_2");
  for (const auto& hub : system.hubs) {
    EXPECT_EQ(hub.pattern_key, system.hubs.front().pattern_key);
    EXPECT_EQ(hub.first_stage.A.pattern, system.hubs.front().first_stage.A.pattern);
    EXPECT_EQ(hub.first_stage.A.data, system.hubs.front().first_stage.A.data);
    EXPECT_EQ(hub.first_stage.G.data, system.hubs.front().first_stage.G.data);
    EXPECT_EQ(hub.first_stage.P.pattern, system.hubs.front().first_stage.P.pattern);
    EXPECT_EQ(hub.recourse.lp.A.pattern, system.hubs.front().recourse.lp.A.pattern);
    EXPECT_EQ(hub.recourse.lp.A.data, system.hubs.front().recourse.lp.A.data);
  }
  EXPECT_EQ(system.hubs[2].samples.upper[1], 1.3 * 0.8);
  EXPECT_EQ(system.transmission.boundary.size(), 3U);
}

TEST(Agents, CostRowsAddUpToTheObjective) {
  SmallStudy study;
  study.replace("study.toml", "cost_per_mwh = 20.0", "cost_per_mwh = 20.0\ncost_per_mw2h = 0.1");
  const auto system = study.read(0.5);
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(-1.0, 2.0);
  for (const Agent* agent : agents(system)) {
    const auto& batch = agent->first_stage;
    std::vector<double> x;
    double objective = batch.r.data.front();
    for (std::size_t j = 0; j < static_cast<std::size_t>(batch.variables); ++j) {
      x.push_back(uniform(random));
      objective += batch.q.data[j] * x[j];
    }
    for (std::size_t j = 0; j < x.size(); ++j)
      for (int e = batch.P.pattern.indptr[j]; e < batch.P.pattern.indptr[j + 1]; ++e) {
        EXPECT_EQ(batch.P.pattern.indices[static_cast<std::size_t>(e)], static_cast<int>(j));
        objective += 0.5 * batch.P.data[static_cast<std::size_t>(e)] * x[j] * x[j];
      }
    double sum = 0.0;
    for (const auto& group : agent->costs) sum += cost_row(*agent, x, group.name);
    EXPECT_NEAR(sum, objective, 1e-9 * (1.0 + std::abs(objective)));
  }
}

TEST(Agents, SampleRangesOfCopiesFollowOneAnother) {
  SmallStudy study;
  study.replace("study.toml", "bus = 5\nimport", "bus = [5, 7]\nsample_first = 1\nsample_count = 1\nimport");
  const auto system = study.read();
  EXPECT_EQ(system.hubs[0].samples.values, (std::vector<double>{0.2, 0.6}));
  EXPECT_EQ(system.hubs[1].samples.values, (std::vector<double>{0.4, 0.8}));
  study.replace("study.toml", "sample_count = 1", "sample_count = 0");
  EXPECT_EQ(study.read().hubs[1].samples.count, 2);
}

TEST(Agents, SupportIsWidenedAndCutToTheCapacity) {
  SmallStudy study;
  const auto system = study.read(1.0, {"ambiguity.support_margin=0.25"});
  // hour 1: [10, 20] → [7.5, 22.5]; hour 2: [20, 24] → [19, 25]; the hub's: [0.15, 0.45], [0.55, 0.85]
  EXPECT_EQ(system.transmission.samples.lower, (std::vector<double>{7.5, 19.0}));
  EXPECT_EQ(system.transmission.samples.upper, (std::vector<double>{22.5, 25.0}));
  EXPECT_NEAR(system.hubs[0].samples.upper[1], 0.85, 1e-12);
  const auto wide = study.read(1.0, {"ambiguity.support_margin=5.0"});
  EXPECT_EQ(wide.transmission.samples.lower, (std::vector<double>{0.0, 0.0}));
  EXPECT_EQ(wide.transmission.samples.upper, (std::vector<double>{30.0, 30.0}));
  EXPECT_EQ(study.read(1.0, {"ambiguity.support=capacity"}).transmission.samples.lower,
            (std::vector<double>{0.0, 0.0}));
  EXPECT_EQ(system.transmission.samples.mean, (std::vector<double>{15.0, 22.0}));
}

TEST(Agents, FirstSoManyHubsAreCountedCopyByCopy) {
  SmallStudy study;
  study.replace("study.toml", "bus = 5\nimport", "bus = [5, 7]\nimport")
      .append("study.toml", "[[hub]]\nname = \"south\"\nfile = \"hub.toml\"\nbus = 7\nimport_max_mw = 1.0\n");
  EXPECT_EQ(study.read().hubs.size(), 3U);
  const auto system = study.read(1.0, {"coordination.hubs=1"});
  ASSERT_EQ(system.hubs.size(), 1U);
  EXPECT_EQ(system.transmission.boundary.size(), 1U);
}

TEST(Agents, AHubWithoutRenewablesNeedsNoSamples) {
  SmallStudy study;
  study["hub.toml"] = "[electric]\nnetwork = \"feeder.m\"\nq_exchange_max_mvar = 3.0\n";
  const auto system = study.read();
  EXPECT_EQ(system.hubs.front().samples.count, 0);
  EXPECT_TRUE(system.hubs.front().recourse.used.empty());
}

// A system without hubs and without lines that bind: flows and angles of random schedules lie within the derived
// bounds.
TEST(FlowBounds, HoldForRandomInjections) {
  const grid::Network network = grid::make_network(grid::parse_matpower(R"(
mpc.baseMVA = 100;
mpc.bus = [1 3 0 0 0 0 1 1 0 1 1 1.1 0.9; 2 1 0 0 0 0 1 1 0 1 1 1.1 0.9; 3 1 0 0 0 0 1 1 0 1 1 1.1 0.9; 4 1 0 0 0 0 1 1 0 1 1 1.1 0.9];
mpc.gen = [];
mpc.branch = [1 2 0 0.1 0 0 0 0 0 0 1 0 0; 2 3 0 0.2 0 0 0 0 0.95 3 1 0 0; 3 1 0 -0.05 0 0 0 0 0 0 1 0 0; 3 4 0 0.1 0 0 0 0 0 0 1 0 0];
)",
                                                                        "test.m"));
  const InjectionBounds injections{{-10, -20, 0, -5}, {30, 5, 10, 15}};
  const FlowBounds bounds = bound_flows(network, injections, 1);
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  double widest = 0.0;
  int tried = 0;
  while (tried < 2000) {
    double p[4], sum = 0.0;
    for (int n = 1; n < 4; ++n) {
      const double u = uniform(random) < 0.3 ? std::round(uniform(random)) : uniform(random);
      p[n] = injections.lower[static_cast<std::size_t>(n)] +
             u * (injections.upper[static_cast<std::size_t>(n)] - injections.lower[static_cast<std::size_t>(n)]);
      sum += p[n];
    }
    p[0] = -sum;
    if (p[0] < injections.lower[0] || p[0] > injections.upper[0]) continue;
    ++tried;
    // By hand: 4 hangs on 3, so f34 = −p4. Loop 1-2-3: f12 = −p2 + f23, f31 = f23 + p3 + p4 … Kirchhoff fixes f23.
    //   0.1 f12 + 0.19 (f23) + φ + (−0.05) f31 = 0 with φ = 100 · 3° in radians
    const double phi = 100.0 * 3.0 * 3.14159265358979323846 / 180.0;
    const double f23 = (0.1 * p[2 - 1] + 0.05 * (p[2] + p[3]) - phi) / (0.1 + 0.19 - 0.05);
    const double f12 = f23 - p[1], f31 = f23 + p[2] + p[3], f34 = -p[3];
    const double flows[4] = {f12, f23, f31, f34};
    const double angles[4] = {0.0, -0.1 * f12, -0.05 * f31, -0.05 * f31 - 0.1 * f34};
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_GE(flows[k], bounds.flow_lower[k]);
      EXPECT_LE(flows[k], bounds.flow_upper[k]);
      EXPECT_GE(angles[k], bounds.angle_lower[k] - 1e-9);
      EXPECT_LE(angles[k], bounds.angle_upper[k] + 1e-9);
    }
    widest = std::max(widest, (flows[0] - bounds.flow_lower[0]) / (bounds.flow_upper[0] - bounds.flow_lower[0]));
  }
  EXPECT_GT(widest, 0.9);  // and they are not far off
}

}  // namespace
}  // namespace wattstein::engine
