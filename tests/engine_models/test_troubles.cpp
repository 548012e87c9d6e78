// Hubs that cannot be scheduled are named with carrier and hour; relaxations that are not tight are found and mended.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/coordination/coordinate.hpp"
#include "small_study.hpp"

namespace wattstein::engine {
namespace {

using namespace testing_support;

struct Impossible {
  const char *carrier, *from, *to;
};

class ImpossibleHub : public testing::TestWithParam<Impossible> {};

TEST_P(ImpossibleHub, IsNamedWithItsCarrierByEveryMethod) {
  SmallStudy study;
  study.replace("hub.toml", GetParam().from, GetParam().to);
  for (const char* method : {"aal", "admm", "benders", "monolith"}) {
    CoordinationSystem system = study.read();
    system.coordination.method = method;
    const CoordinationOutcome outcome = coordinate(system, {}, {});
    EXPECT_EQ(outcome.status, "primal_infeasible") << method << ": " << outcome.message;
    for (const std::string word : {"north", "hour", GetParam().carrier})
      EXPECT_NE(outcome.message.find(word), std::string::npos) << method << ": " << outcome.message;
  }
}

INSTANTIATE_TEST_SUITE_P(Carriers, ImpossibleHub,
                         testing::Values(Impossible{"gas", "soc_initial = 2.0", "soc_initial = 2.0\nloss_rate = 0.9"},
                                         Impossible{"heat", "[[0.2, 0.0], [1.0, 0.0], [0.8, 0.9], [0.3, 0.6]]",
                                                    "[[0.2, 4.0], [1.0, 4.0]]"},
                                         Impossible{"electric", "q_exchange_max_mvar = 3.0",
                                                    "q_exchange_max_mvar = 3.0\nload_scale = 40.0"}),
                         [](const auto& info) { return std::string(info.param.carrier); });

/// The hub's networks at its best schedule when power at the boundary costs `price`.
std::vector<Agent::Relaxation> relaxations(const CoordinationSystem& system, double price) {
  const Agent& hub = system.hubs.front();
  return hub.relaxations(solve(with_boundary_price(hub, price), 1e-8).x);
}

TEST(Relaxations, PowerThatIsWorthNothingIsLostUntilLossesHaveAPrice) {
  SmallStudy study;
  study.replace("hub.toml", "p_max_mw = 1.0\ncost_per_mwh = 40.0", "p_max_mw = 1.0\ncost_per_mwh = 0.0");
  const auto loose = relaxations(study.read(), 0.0);
  ASSERT_EQ(loose.size(), 2u);
  EXPECT_EQ(loose[0].network, "electric");
  EXPECT_GT(loose[0].gap, 1e-3);
  EXPECT_TRUE(loose[0].where.starts_with("line ")) << loose[0].where;
  const auto mended = relaxations(study.read(1.0, {"coordination.loss_price_per_mwh=1.0"}), 0.0);
  EXPECT_LT(mended[0].gap, 1e-5);
  // Where power has a price the cones are tight without it.
  EXPECT_LT(relaxations(study.read(), 20.0)[0].gap, 1e-5);
}

TEST(Relaxations, ThePriceOnLossesStandsInItsOwnRowOfTheCosts) {
  SmallStudy study;
  for (const char* key : {"loss_price_per_mwh", "pressure_drop_price"}) {
    const auto system = study.read(1.0, {std::string("coordination.") + key + "=5.0"});
    const Agent& hub = system.hubs.front();
    const BatchResult result = solve(with_boundary_price(hub, 20.0), 1e-8);
    double sum = 0.0;
    for (const auto& group : hub.costs) sum += cost_row(hub, result.x, group.name);
    const double price = cost_row(hub, result.x, "loss_price");
    EXPECT_GT(price, 0.0) << key;
    double boundary = 0.0;
    for (const int column : hub.boundary.front()) boundary += 20.0 * result.x[static_cast<std::size_t>(column)];
    EXPECT_NEAR(sum + boundary, result.objective[0], 1e-6 * (1.0 + std::abs(result.objective[0])));
  }
  const auto plain = study.read();
  for (const CostGroup& group : plain.hubs.front().costs) EXPECT_NE(group.name, "loss_price");
}

}  // namespace
}  // namespace wattstein::engine
