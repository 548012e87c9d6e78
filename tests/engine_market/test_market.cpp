// The market of dso-response.md: known optima, the two ways of clearing against each other, limits, prices.

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/error/error.hpp"
#include "engine/models/market/market.hpp"
#include "engine/studies/market_checkpoint.hpp"

namespace {

using namespace wattstein::engine;
using wattstein::kernels::Status;

MarketMicrogrid microgrid(const char* name, double omega, double alpha, double pv, int hours) {
  MarketMicrogrid m;
  m.name = name;
  m.p_min_mw = -5.0, m.p_max_mw = 5.0;
  m.omega.assign(static_cast<std::size_t>(hours), omega);
  m.load_min.assign(m.omega.size(), 0.0);
  m.load_max.assign(m.omega.size(), wattstein::kernels::infinity);
  m.pv.assign(m.omega.size(), pv);
  m.alpha = alpha;
  return m;
}

MarketData market(int hours) {
  MarketData data;
  data.hours = hours;
  data.trade_cost = 0.5;
  data.tolerance = 1e-9;
  return data;
}

/// Two microgrids, one with all the PV s, of which t is sold: x1 = s − t, x2 = t, and both pay κ t².
///     d welfare / dt = −(ω1 − α1 (s − t)) + (ω2 − α2 t) − 4 κ t = 0
TEST(Market, TwoMicrogridsMeetTheKnownOptimum) {
  MarketData data = market(1);
  data.microgrids = {microgrid("sun", 50.0, 10.0, 4.0, 1), microgrid("town", 80.0, 20.0, 0.0, 1)};
  Market clearing(data, {});
  const Clearing out = clearing.clear(first_limits(data));
  ASSERT_EQ(out.status, Status::solved);
  const double t = (80.0 - 50.0 + 10.0 * 4.0) / (10.0 + 20.0 + 4.0 * data.trade_cost);
  EXPECT_NEAR(out.net[0], t, 1e-6);
  EXPECT_NEAR(out.net[1], -t, 1e-6);
  EXPECT_NEAR(out.load[0], 4.0 - t, 1e-6);
  // the price is the marginal utility
  EXPECT_NEAR(out.price[0], 50.0 - 10.0 * (4.0 - t), 1e-4);
  EXPECT_NEAR(out.price[1], 80.0 - 20.0 * t, 1e-4);
  const double x1 = 4.0 - t;
  const double welfare = 50.0 * x1 - 5.0 * x1 * x1 + 80.0 * t - 10.0 * t * t - 2.0 * data.trade_cost * t * t;
  EXPECT_NEAR(out.welfare, welfare, 1e-6);
  EXPECT_GE(out.bound, out.welfare - 1e-9);
}

TEST(Market, LimitsKeepInjectionsInside) {
  MarketData data = market(1);
  data.microgrids = {microgrid("sun", 50.0, 10.0, 4.0, 1), microgrid("town", 80.0, 20.0, 0.0, 1)};
  Market clearing(data, {});
  MarketLimits limits = first_limits(data);
  const double free_welfare = clearing.clear(limits).welfare;
  limits.upper[0] = 1.0;
  const Clearing out = clearing.clear(limits);
  ASSERT_EQ(out.status, Status::solved);
  EXPECT_NEAR(out.net[0], 1.0, 1e-6);
  EXPECT_NEAR(out.net[1], -1.0, 1e-6);
  EXPECT_LT(out.welfare, free_welfare - 1.0);
  EXPECT_GT(out.price[1] - out.price[0], 10.0);  // what the limit keeps apart
}

class TwoClearings : public testing::TestWithParam<bool> {};

/// Three microgrids over a day with batteries: messages alone find what the one problem finds.
TEST_P(TwoClearings, MonolithAndAdmmAgree) {
  const bool battery = GetParam();
  MarketData data = market(6);
  data.tolerance = 1e-7;
  for (const auto& [name, omega, pv] : {std::tuple{"a", 40.0, 3.0}, {"b", 90.0, 0.2}, {"c", 60.0, 1.0}}) {
    data.microgrids.push_back(microgrid(name, omega, 25.0, pv, 6));
    auto& m = data.microgrids.back();
    for (int h = 0; h < 6; ++h) m.pv[static_cast<std::size_t>(h)] *= h % 3 == 1 ? 1.0 : 0.3;
    m.generator_max = 0.5, m.generator_a = 4.0, m.generator_b = 20.0 + omega / 10.0;
    if (battery)
      m.battery_power = 0.5, m.battery_max = 1.0, m.battery_start = 0.3, m.battery_efficiency = 0.95,
      m.battery_wear = 3.0;
  }
  Market one(data, {});
  MarketData by_messages = data;
  by_messages.admm = true;
  Market many(by_messages, {});
  const MarketLimits limits = first_limits(data);
  const Clearing a = one.clear(limits), b = many.clear(limits);
  ASSERT_EQ(a.status, Status::solved);
  ASSERT_EQ(b.status, Status::solved);
  EXPECT_NEAR(a.welfare, b.welfare, 1e-5 * (1.0 + std::abs(a.welfare)));
  EXPECT_GE(b.bound, a.welfare - 1e-5 * std::abs(a.welfare));
  for (std::size_t k = 0; k < a.net.size(); ++k) {
    EXPECT_NEAR(a.net[k], b.net[k], 1e-4);
    EXPECT_NEAR(a.price[k], b.price[k], 1e-2);
  }
  // what is sold is bought
  for (std::size_t h = 0; h < 6; ++h) EXPECT_NEAR(b.net[h] + b.net[6 + h] + b.net[12 + h], 0.0, 1e-5);
}
INSTANTIATE_TEST_SUITE_P(Batteries, TwoClearings, testing::Bool());

TEST(MarketCheckpoint, ComesBackBitForBitAndRefusesOthers) {
  const auto folder = std::filesystem::temp_directory_path() / "wattstein_market_checkpoint";
  std::filesystem::remove_all(folder);
  const auto file = folder / "checkpoint" / "market.json";
  MarketState state;
  state.limits.lower = {-1.0 / 3.0, 0.0};
  state.limits.upper = {0.1, 1e-17};
  state.history = {{1.0 / 7.0, 0.5, 0.25, 1e-9, 0.125}};
  state.dso_calls = 24, state.messages = 8;
  state.acceptance_first = 2.0 / 3.0;
  {
    MarketCheckpoint checkpoint(file, "mine", true);
    EXPECT_FALSE(checkpoint.resumed());
    checkpoint.save_case(1, {{"case", 1}, {"welfare", 0.1}});
    checkpoint.save_round(2, state);
  }
  const MarketCheckpoint again(file, "mine", true);
  ASSERT_TRUE(again.resumed());
  ASSERT_NE(again.finished(1), nullptr);
  EXPECT_EQ(again.finished(1)->at("welfare").get<double>(), 0.1);
  EXPECT_EQ(again.finished(2), nullptr);
  ASSERT_NE(again.begun(2), nullptr);
  EXPECT_EQ(again.begun(3), nullptr);
  EXPECT_EQ(again.begun(2)->limits.lower, state.limits.lower);
  EXPECT_EQ(again.begun(2)->limits.upper, state.limits.upper);
  EXPECT_EQ(again.begun(2)->history.front().welfare, 1.0 / 7.0);
  EXPECT_EQ(again.begun(2)->acceptance_first, 2.0 / 3.0);
  EXPECT_FALSE(MarketCheckpoint(file, "other", false).resumed());
  EXPECT_THROW(MarketCheckpoint(file, "other", true), wattstein::Error);
  std::filesystem::resize_file(file, 40);
  EXPECT_THROW(MarketCheckpoint(file, "mine", true), wattstein::Error);
  again.remove();
  EXPECT_FALSE(std::filesystem::exists(folder / "checkpoint"));
  std::filesystem::remove_all(folder);
}

}  // namespace
