// One hand-computed case for each conversion between the files' units and the model's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/models/hub/gas.hpp"
#include "engine/models/hub/heat.hpp"
#include "small_study.hpp"

namespace wattstein::engine {
namespace {

using namespace testing_support;

// Leaves the hub with its loads and the boundary alone: no device but what a test adds.
SmallStudy& bare_hub(SmallStudy& study) {
  study["hub.toml"] = "[electric]\nnetwork = \"feeder.m\"\nq_exchange_max_mvar = 3.0\n";
  return study;
}

// A line i-j with load P, Q at j: ℓ = ((P + rℓ)² + (Q + xℓ)²)/v_i, v_j = v_i − 2 (r P_ij + x Q_ij) + (r² + x²) ℓ.
struct Line {
  double p, q, current, voltage;
};
Line line_by_hand(double v, double r, double x, double p, double q) {
  double current = 0.0;
  for (int k = 0; k < 200; ++k) current = (std::pow(p + r * current, 2) + std::pow(q + x * current, 2)) / v;
  const double ps = p + r * current, qs = q + x * current;
  return {ps, qs, current, v - 2.0 * (r * ps + x * qs) + (r * r + x * x) * current};
}

TEST(Conversion, FeederPowersAndVoltagesFromPerUnit) {
  SmallStudy study;
  bare_hub(study).replace("feeder.m", "	1	2	0.04	0.03	0	0",
                          "	1	2	0.08	0.06	0	0");
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  const auto result = solve(with_boundary_price(hub, 10.0));
  // by hand in p.u. of 10 MVA: bus 3 first, then bus 2 with what flows on
  double v2 = 1.0;
  Line upper{}, lower{};
  for (int k = 0; k < 100; ++k) {
    lower = line_by_hand(v2, 0.05, 0.02, 0.09, 0.03);
    upper = line_by_hand(1.0, 0.08, 0.06, 0.12 + lower.p, 0.04 + lower.q);
    v2 = upper.voltage;
  }
  EXPECT_NEAR(scheduled(hub, result.x, "boundary_mw", "north", 1), 10.0 * upper.p, 1e-5);
  EXPECT_NEAR(scheduled(hub, result.x, "flow_mw", "1-2", 1), 10.0 * upper.p, 1e-5);
  EXPECT_NEAR(scheduled(hub, result.x, "flow_mw", "2-3", 1), 10.0 * lower.p, 1e-5);
  EXPECT_NEAR(scheduled(hub, result.x, "flow_mvar", "2-3", 1), 10.0 * lower.q, 1e-5);
  EXPECT_NEAR(scheduled(hub, result.x, "squared_voltage_pu", "2", 1), v2, 1e-6);
  EXPECT_NEAR(scheduled(hub, result.x, "squared_voltage_pu", "3", 1), lower.voltage, 1e-6);
  EXPECT_EQ(scheduled(hub, result.x, "squared_voltage_pu", "1", 1), 1.0);
  EXPECT_NEAR(figure(hub, result.x, "loss_mwh"), 2.0 * 10.0 * (0.08 * upper.current + 0.05 * lower.current), 1e-5);
  EXPECT_NEAR(figure(hub, result.x, "socp_gap.electric"), 0.0, 1e-7);
}

TEST(Conversion, ShuntsAndChargingAreOverBaseMva) {
  SmallStudy study;
  // Bus 2: 0.5 MW and 0.8 MVAr at 1 p.u.; the line 3-2 charges 0.06 p.u., half of it at each end.
  bare_hub(study)
      .replace("feeder.m", "2	1	1.2	0.4	0	0", "2	1	1.2	0.4	0.5	0.8")
      .replace("feeder.m", "3	2	0.05	0.02	0	2", "3	2	0.05	0.02	0.06	2");
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  const auto result = solve(with_boundary_price(hub, 10.0));
  const double v2 = scheduled(hub, result.x, "squared_voltage_pu", "2", 1),
               v3 = scheduled(hub, result.x, "squared_voltage_pu", "3", 1);
  const double p12 = scheduled(hub, result.x, "flow_mw", "1-2", 1), p23 = scheduled(hub, result.x, "flow_mw", "2-3", 1);
  const double q12 = scheduled(hub, result.x, "flow_mvar", "1-2", 1),
               q23 = scheduled(hub, result.x, "flow_mvar", "2-3", 1);
  const double current = (p12 * p12 + q12 * q12) / 100.0, below = (p23 * p23 + q23 * q23) / 100.0 / v2;  // ℓ in p.u.
  EXPECT_NEAR(p12 - 10.0 * 0.04 * current - p23, 1.2 + 0.5 * v2, 1e-5);
  EXPECT_NEAR(q12 - 10.0 * 0.03 * current - q23, 0.4 - 10.0 * (0.08 + 0.03) * v2, 1e-5);
  EXPECT_NEAR(q23 - 10.0 * 0.02 * below, 0.3 - 10.0 * 0.03 * v3, 1e-5);
}

TEST(Conversion, LineLimitIsMvaOverBase) {
  SmallStudy study;
  bare_hub(study).replace("feeder.m", "3	2	0.05	0.02	0	2",
                          "3	2	0.05	0.02	0	1.5");
  const auto system = study.read();
  const auto& batch = system.hubs.front().first_stage;
  const auto current = static_cast<std::size_t>(column(batch, "squared current 2-3 hour 1"));
  // ℓ_pu ≤ (1.5/10)²: the loss r ℓ base = 0.05 · 0.0225 · 10 MW at the variable's bound
  const auto row = static_cast<std::size_t>(
      std::find(batch.row_names.begin(), batch.row_names.end(), "balance bus 3 hour 1") - batch.row_names.begin());
  double coefficient = 0.0;
  for (int e = batch.A.pattern.indptr[row]; e < batch.A.pattern.indptr[row + 1]; ++e)
    if (batch.A.pattern.indices[static_cast<std::size_t>(e)] == static_cast<int>(current))
      coefficient = batch.A.data[static_cast<std::size_t>(e)];
  EXPECT_NEAR(-coefficient * batch.ub.data[current], 0.05 * 0.0225 * 10.0, 1e-9);
  EXPECT_LE(batch.ub.data[static_cast<std::size_t>(column(batch, "flow 2-3 hour 1"))], 1.5 + 1e-12);
}

TEST(Conversion, DcFlowFromAnglesWithTapAndShift) {
  SmallStudy study;
  study.replace("net.m", "5	7	0.01	0.2	0	0	0	0	0	0	1",
                "5	7	0.01	0.2	0	0	0	0	0.9	1.5	1");
  const auto system = study.read();
  const Agent& agent = system.transmission;
  const auto result = solve(agent.first_stage);
  const auto& x = result.x;
  const auto angle = [&](const char* bus) { return scheduled(agent, x, "angle_rad", bus, 1); };
  EXPECT_EQ(angle("1"), 0.0);
  EXPECT_NEAR(scheduled(agent, x, "flow_mw", "5-7", 1),
              50.0 * (angle("5") - angle("7") - 1.5 * std::numbers::pi / 180.0) / (0.2 * 0.9), 1e-5);
  EXPECT_NEAR(scheduled(agent, x, "flow_mw", "1-5", 1), 50.0 * (0.0 - angle("5")) / 0.1, 1e-5);
  const double into = scheduled(agent, x, "flow_mw", "1-5", 1) - scheduled(agent, x, "flow_mw", "5-7", 1);
  EXPECT_NEAR(into - scheduled(agent, x, "boundary_mw", "north", 1) + scheduled(agent, x, "discharge_mw", "e", 1) -
                  scheduled(agent, x, "charge_mw", "e", 1),
              20.0, 1e-5);
}

TEST(Conversion, StepLengthTurnsPowerIntoEnergyAndCost) {
  SmallStudy study;
  study
      .replace("study.toml", "soc_initial_mwh = 4.0",
               "soc_initial_mwh = 4.0\nefficiency = 0.9\nloss_rate = 0.1\ncost_per_mwh = 3.0")
      .replace("study.toml", "cost_per_mwh = 20.0", "cost_per_mwh = 20.0\nramp_mw_per_h = 4.0\ncost_per_mw2h = 0.05");
  const double step = 0.5;
  const auto system = study.read(step);
  const Agent& agent = system.transmission;
  const auto result = solve(agent.first_stage);
  const auto& x = result.x;
  const auto at = [&](const char* quantity, const char* name, int h) { return scheduled(agent, x, quantity, name, h); };
  double storage = 0.0, generation = 0.0, before = 4.0;
  for (int h = 1; h <= 2; ++h) {
    EXPECT_NEAR(at("soc_mwh", "e", h),
                0.9 * before + step * (0.9 * at("charge_mw", "e", h) - at("discharge_mw", "e", h) / 0.9), 1e-6);
    before = at("soc_mwh", "e", h);
    storage += step * 3.0 * (at("charge_mw", "e", h) + at("discharge_mw", "e", h));
    const double p = at("unit_mw", "g", h);
    generation += step * (20.0 * p + 0.05 * p * p);
  }
  EXPECT_EQ(at("soc_mwh", "e", 2), 4.0);
  EXPECT_LE(std::abs(at("unit_mw", "g", 2) - at("unit_mw", "g", 1)), 2.0 + 1e-6);
  EXPECT_NEAR(cost_row(agent, x, "storage"), storage, 1e-6);
  EXPECT_NEAR(cost_row(agent, x, "generation"), generation, 1e-6);
  EXPECT_NEAR(result.objective.front(), storage + generation, 1e-6);
}

TEST(Conversion, WeymouthFlowFromBarSquared) {
  // p_a ≤ 5 bar, p_b ≥ 3 bar, θ = 0.5: at most √(0.5 (25 − 9)) = 2.828 G/h of the 4 G/h asked for arrive; the rest is
  // shed.
  SmallStudy study;
  study.replace("hub.toml", "weymouth = 20.0", "weymouth = 0.5")
      .replace("hub.toml", "node = \"b\"\npressure_min_bar = 2.0", "node = \"b\"\npressure_min_bar = 3.0")
      .replace("hub.toml", "gas_per_mwh = 6.0", "gas_per_mwh = 0.0")
      .replace("hub.toml", "discharge_max_per_h = 1.0", "discharge_max_per_h = 0.0");
  const double step = 2.0;
  const auto system = study.read(step);
  const Agent& hub = system.hubs.front();
  const auto result = solve(with_boundary_price(hub, 10.0));
  const double most = std::sqrt(0.5 * 16.0);
  for (int h = 1; h <= 2; ++h) {
    EXPECT_NEAR(scheduled(hub, result.x, "gas_flow_per_h", "a-b", h), most, 1e-5);
    EXPECT_NEAR(scheduled(hub, result.x, "gas_shed_per_h", "b", h), 4.0 - most, 1e-5);
    EXPECT_NEAR(scheduled(hub, result.x, "squared_pressure_bar2", "a", h), 25.0, 1e-4);
    EXPECT_NEAR(scheduled(hub, result.x, "squared_pressure_bar2", "b", h), 9.0, 1e-4);
  }
  EXPECT_NEAR(cost_row(hub, result.x, "gas_shedding"), step * 2.0 * 100.0 * (4.0 - most), 1e-2);
  EXPECT_NEAR(cost_row(hub, result.x, "gas_procurement"), step * 2.0 * 3.0 * most, 1e-2);
}

TEST(Conversion, GasUnitBurnsBetaBehindACompressorThatLosesSome) {
  SmallStudy study;
  study.replace("hub.toml", "p_max_mw = 1.0\ngas_node", "p_min_mw = 0.7\np_max_mw = 0.7\ngas_node")
      .replace("hub.toml", "charge_max_per_h = 1.0\ndischarge_max_per_h = 1.0",
               "charge_max_per_h = 0.0\ndischarge_max_per_h = 0.0");
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  const auto result = solve(with_boundary_price(hub, 10.0));
  const double inflow = 6.0 * 0.7 / 0.98;  // G/h into the compressor
  EXPECT_NEAR(scheduled(hub, result.x, "gas_compressor_per_h", "b-c", 1), inflow, 1e-5);
  EXPECT_NEAR(scheduled(hub, result.x, "gas_flow_per_h", "a-b", 1), inflow + 4.0, 1e-5);
  EXPECT_NEAR(scheduled(hub, result.x, "gas_well_per_h", "well", 1), inflow + 4.0, 1e-5);
  // the unit's own cost stays in generation, the fuel is procured
  EXPECT_NEAR(cost_row(hub, result.x, "gas_procurement"), 2.0 * 3.0 * (inflow + 4.0), 1e-4);
}

TEST(Conversion, PressureRefitFindsThePhysicalPressures) {
  SmallStudy study;
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  auto x = solve(with_boundary_price(hub, 10.0)).x;
  const double gap = figure(hub, x, "socp_gap.gas");
  EXPECT_GE(gap, -1e-5);
  EXPECT_LE(gap, 1e-4);  // one pipe: its pressures can always be fitted
  // Limits that keep the pressures apart: p_a ≥ 4.99 bar, p_b ≤ 2.1 bar.
  study.replace("hub.toml", "node = \"a\"\npressure_min_bar = 2.0", "node = \"a\"\npressure_min_bar = 4.99")
      .replace("hub.toml", "node = \"b\"\npressure_min_bar = 2.0\npressure_max_bar = 5.0",
               "node = \"b\"\npressure_min_bar = 2.0\npressure_max_bar = 2.1");
  const auto tight = study.read();
  x = solve(with_boundary_price(tight.hubs.front(), 10.0)).x;
  const double flow = scheduled(tight.hubs.front(), x, "gas_flow_per_h", "a-b", 1);
  const double other = scheduled(tight.hubs.front(), x, "gas_flow_per_h", "a-b", 2);
  const double least = 20.0 * (4.99 * 4.99 - 2.1 * 2.1);  // θ (π_a − π_b) can be no smaller
  EXPECT_NEAR(figure(tight.hubs.front(), x, "socp_gap.gas"), least - std::min(flow * flow, other * other), 1e-2);
}

TEST(Conversion, PipeDecayFromWattsMetresAndKilograms) {
  // λ L / (c_p M) = 0.4 · 500 / (4182 · 5) = 0.0095648
  EXPECT_NEAR(pipe_decay({0, 1, 500.0, 0.4, 5.0}, 4182.0), std::exp(-0.009564801530), 1e-12);
}

TEST(Conversion, HeatFromTemperaturesOverALossyPipe) {
  SmallStudy study;
  const auto system = study.read();
  const Agent& hub = system.hubs.front();
  const auto result = solve(with_boundary_price(hub, 10.0));
  const auto& x = result.x;
  const double capacity = 4182.0e-6 * 5.0;  // c_p M in MW/K
  const double left = std::exp(-0.4 * 500.0 / (4182.0 * 5.0));
  const auto at = [&](const char* quantity, const char* name) { return scheduled(hub, x, quantity, name, 1); };
  EXPECT_NEAR(at("heat_shed_mw", "l"), 0.0, 1e-6);
  EXPECT_NEAR(capacity * (at("supply_c", "2") - at("load_return_c", "l")), 0.6, 1e-6);
  EXPECT_NEAR(at("supply_c", "2"), (at("supply_c", "1") - 10.0) * left + 10.0, 1e-5);
  EXPECT_NEAR(at("return_c", "1"), (at("return_c", "2") - 10.0) * left + 10.0, 1e-5);
  EXPECT_NEAR(at("outlet_c", "chp"), at("supply_c", "1"), 1e-5);
  EXPECT_NEAR(at("return_c", "2"), at("load_return_c", "l"), 1e-5);
  EXPECT_NEAR(at("heat_mw", "chp"), capacity * (at("outlet_c", "chp") - at("return_c", "1")), 1e-6);
  // Heat costs: the water is as cold as the limits allow (return 30 °C at node 1 or supply 60 °C at node 2), so by hand
  // from τ_ret: supply at 2 is τ_ret + 0.6/(c_p M), and what the pipe loses on both ways is paid by the source.
  const double back = at("load_return_c", "l"), supply = back + 0.6 / capacity;
  const double heat = capacity * (((supply - 10.0) / left + 10.0) - ((back - 10.0) * left + 10.0));
  EXPECT_NEAR(at("heat_mw", "chp"), heat, 1e-6);
  EXPECT_NEAR(std::min(at("return_c", "1") - 30.0, at("supply_c", "2") - 60.0), 0.0, 1e-3);
}

TEST(Conversion, ElectricOnlyGasUnitsPayTheirFuelPrice) {
  SmallStudy study;
  study.replace("hub.toml", "p_max_mw = 1.0\ngas_node", "p_min_mw = 0.7\np_max_mw = 0.7\ngas_node")
      .replace("study.toml", "export_max_mw = 3.0", "export_max_mw = 3.0\ngas_price_scale = 1.2\ncost_scale = 2.0");
  const auto system = study.read(0.5, {"coordination.case=electric_only"});
  const Agent& hub = system.hubs.front();
  const auto x = solve(with_boundary_price(hub, 10.0)).x;
  // Δt Σ_h (25 · 1.2 + 1 · 2) 0.7; CHP at its smallest corner 0.2 MW for 30 · 2
  const double dg = scheduled(hub, x, "unit_mw", "dg", 1) + scheduled(hub, x, "unit_mw", "dg", 2);
  EXPECT_NEAR(cost_row(hub, x, "generation"), 0.5 * 2.0 * (32.0 * 0.7 + 60.0 * 0.2) + 0.5 * 80.0 * dg, 1e-4);
  EXPECT_NEAR(scheduled(hub, x, "unit_mw", "chp", 1), 0.2, 1e-6);
}

}  // namespace
}  // namespace wattstein::engine
