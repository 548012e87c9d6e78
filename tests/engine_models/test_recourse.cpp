// Second stages against values found by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "small_study.hpp"

namespace wattstein::engine {
namespace {

using namespace testing_support;

// A point x with the named schedule entries set; everything else 0.
std::vector<double> point(const Agent& agent,
                          const std::vector<std::tuple<std::string, std::string, int, double>>& values) {
  std::vector<double> x(static_cast<std::size_t>(agent.first_stage.variables), 0.0);
  for (const auto& [quantity, name, hour, value] : values) {
    bool found = false;
    for (const auto& entry : agent.schedule)
      if (entry.quantity == quantity && entry.name == name && entry.hour == hour && entry.scale != 0.0) {
        x[static_cast<std::size_t>(entry.column)] = (value - entry.offset) / entry.scale;
        found = true;
      }
    EXPECT_TRUE(found) << quantity << " " << name;
  }
  return x;
}

TEST(TransmissionRecourse, DeploysTheCheapestFirstThenSheds) {
  SmallStudy study;
  const auto system = study.read();
  const Agent& agent = system.transmission;
  // Hour 1: load 50 MW; 40 MW scheduled, 6 MW of them with reserve to spare, wind 3 MW: 7 MW are missing.
  const auto x = point(agent, {{"unit_mw", "g", 1, 40.0}, {"reserve_up_mw", "g", 1, 6.0}});
  EXPECT_NEAR(recourse_value(agent, 0, x, {3.0}), 1.1 * 20.0 * 6.0 + 1000.0 * 1.0, 1e-5);
  // Wind 15 MW: 5 MW too much, curtailed at 50 $/MWh; nothing else may move.
  EXPECT_NEAR(recourse_value(agent, 0, x, {15.0}), 50.0 * 5.0, 1e-5);
  // Surplus beyond the wind: 55 MW scheduled without wind cost 500 $/MWh; downward reserve saves 0.9 · 20 a MWh first.
  const auto y = point(agent, {{"unit_mw", "g", 1, 55.0}, {"reserve_down_mw", "g", 1, 2.0}});
  EXPECT_NEAR(recourse_value(agent, 0, y, {0.0}), -0.9 * 20.0 * 2.0 + 500.0 * 3.0, 1e-5);
  // The boundary power, charging and discharging are commitments.
  const auto z = point(agent, {{"unit_mw", "g", 1, 50.0},
                               {"boundary_mw", "north", 1, 2.0},
                               {"charge_mw", "e", 1, 1.0},
                               {"discharge_mw", "e", 1, 0.5}});
  EXPECT_NEAR(recourse_value(agent, 0, z, {0.0}), 1000.0 * 2.5, 1e-5);
}

TEST(TransmissionRecourse, HalfAnHourCostsHalf) {
  SmallStudy study;
  const auto system = study.read(0.5);
  const auto x = point(system.transmission, {{"unit_mw", "g", 1, 40.0}, {"reserve_up_mw", "g", 1, 6.0}});
  EXPECT_NEAR(recourse_value(system.transmission, 0, x, {3.0}), 0.5 * (1.1 * 20.0 * 6.0 + 1000.0), 1e-5);
}

TEST(TransmissionRecourse, LineLimitsHold) {
  SmallStudy study;
  study.replace("net.m", "1	5	0.01	0.1	0	60", "1	5	0.01	0.1	0	5")
      .replace("net.m", "5	7	0.01	0.2	0	0", "5	7	0.01	0.2	0	5");
  const auto system = study.read();
  // Bus 5 asks for 20 MW and gets at most 5 + 5 MW; 10 MW are shed there, and 10 MW of the schedule are too much.
  const auto x = point(system.transmission, {{"unit_mw", "g", 1, 50.0}});
  const double value = recourse_value(system.transmission, 0, x, {0.0});
  EXPECT_GE(value, (1000.0 + 500.0) * 10.0 - 1e-4);
  EXPECT_TRUE(std::isfinite(value));
}

TEST(TransmissionRecourse, IsCompleteWhateverTheSchedule) {
  SmallStudy study;
  const auto system = study.read();
  const auto& batch = system.transmission.first_stage;
  for (int corner = 0; corner < 2; ++corner) {
    std::vector<double> x;
    for (std::size_t j = 0; j < static_cast<std::size_t>(batch.variables); ++j)
      x.push_back(corner == 0 ? batch.lb.data[j] : batch.ub.data[j]);
    for (const double wind : {0.0, 30.0, 45.0})  // beyond the capacity too
      for (int h = 0; h < 2; ++h) EXPECT_TRUE(std::isfinite(recourse_value(system.transmission, h, x, {wind})));
  }
}

TEST(TransmissionRecourse, WithoutDeploymentNothingIsDeployed) {
  SmallStudy study;
  const auto system = study.read(1.0, {"coordination.deploy_reserves=false"});
  const auto x = point(system.transmission, {{"unit_mw", "g", 1, 40.0}, {"reserve_up_mw", "g", 1, 6.0}});
  EXPECT_NEAR(recourse_value(system.transmission, 0, x, {3.0}), 1000.0 * 7.0, 1e-5);
}

// Voltages and flows of a flat schedule, so that nothing is violated at Δ = 0.
std::vector<std::tuple<std::string, std::string, int, double>> flat(double v2, double v3, double p12, double p23) {
  return {{"squared_voltage_pu", "2", 1, v2},
          {"squared_voltage_pu", "3", 1, v3},
          {"flow_mw", "1-2", 1, p12},
          {"flow_mw", "2-3", 1, p23}};
}

TEST(HubRecourse, BalancesDeviationsAtTheLowestCost) {
  SmallStudy study;
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  auto values = flat(1.0, 1.0, 0.0, 0.0);
  values.insert(values.end(), {{"renewable_mw", "pv", 1, 0.6}, {"reserve_up_mw", "dg", 1, 0.3}});
  const auto x = point(hub, values);
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.6}), 0.0, 1e-5);
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.8}), 50.0 * 0.2, 1e-4);                       // curtailed
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.5}), 1.1 * 40.0 * 0.1, 1e-4);                 // deployed
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.2}), 1.1 * 40.0 * 0.3 + 1000.0 * 0.1, 1e-4);  // and shed
}

TEST(HubRecourse, PaysForVoltagesOutsideTheirLimits) {
  SmallStudy study;
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  // At Δ = 0: 0.79 is 0.02 below 0.81, 1.22 is 0.01 above 1.21; 10,000 $/h a p.u. Nothing that moves is cheaper.
  auto values = flat(0.79, 1.22, 0.0, 0.0);
  const auto x = point(hub, values);
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.0}), 10000.0 * 0.03, 1e-3);
}

TEST(HubRecourse, VoltageRisesWithTheSharedResistance) {
  SmallStudy study;
  study.replace("hub.toml", "samples = \"pv.csv\"", "samples = \"pv.csv\"\nvoltage_violation_cost_per_pu = 1.0");
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  // 0.1 MW less wind at bus 2, made up at bus 3 by dg: bus 2 keeps Δ_2 + Δ_3 = 0, bus 3 rises by 2/10 · 0.05 · 0.1.
  auto values = flat(1.0, 1.21, 0.0, 0.0);
  values.insert(values.end(), {{"renewable_mw", "pv", 1, 0.6}, {"reserve_up_mw", "dg", 1, 0.3}});
  const auto x = point(hub, values);
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.5}), 1.1 * 40.0 * 0.1 + 1.0 * (2.0 / 10.0) * 0.05 * 0.1, 1e-6);
}

TEST(HubRecourse, AnInjectionBelowALineLowersItsFlow) {
  SmallStudy study;
  study.replace("hub.toml", "samples = \"pv.csv\"", "samples = \"pv.csv\"\nline_violation_cost_per_mwh = 7.0");
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  auto values = flat(1.0, 1.0, 0.0, 2.5);  // the line 2-3 has a limit of 2 MVA
  values.insert(values.end(), {{"renewable_mw", "pv", 1, 0.6}, {"reserve_up_mw", "dg", 1, 0.3}});
  const auto x = point(hub, values);
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.6}), 7.0 * 0.5, 1e-4);
  EXPECT_NEAR(recourse_value(hub, 0, x, {0.5}), 7.0 * 0.4 + 1.1 * 40.0 * 0.1, 1e-4);
}

TEST(HubRecourse, IsCompleteWhateverTheSchedule) {
  SmallStudy study;
  const auto system = study.read();
  const auto& batch = system.hubs.front().first_stage;
  for (int corner = 0; corner < 2; ++corner) {
    std::vector<double> x;
    for (std::size_t j = 0; j < static_cast<std::size_t>(batch.variables); ++j)
      x.push_back(corner == 0 ? batch.lb.data[j] : batch.ub.data[j]);
    for (const double pv : {0.0, 1.0, 1.4})
      for (int h = 0; h < 2; ++h) EXPECT_TRUE(std::isfinite(recourse_value(system.hubs.front(), h, x, {pv})));
  }
  // nothing given at all: squared voltages 0
  EXPECT_TRUE(std::isfinite(recourse_value(
      system.hubs.front(), 0, std::vector<double>(static_cast<std::size_t>(batch.variables), 0.0), {0.0})));
}

}  // namespace
}  // namespace wattstein::engine
