// Power flow in megawatts: published losses and voltages, MATPOWER's conventions, the judgement of schedules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "engine/error/error.hpp"
#include "engine/powerflow/verify_ac.hpp"

namespace wattstein::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Published {
  const char* file;
  double loss_mw, v_min_pu;
  int v_min_bus;
};

AcInjections of_case(const AcPowerFlow& flow, double load_scale = 1.0) {
  AcInjections out;
  out.p_mw.resize(static_cast<std::size_t>(flow.buses()));
  out.q_mvar.resize(out.p_mw.size());
  flow.case_injections(load_scale, 1.0, out.p_mw, out.q_mvar);
  return out;
}

TEST(AcPowerFlow, published_feeders_by_both_methods) {
  const fs::path folder = fs::path(WATTSTEIN_SHARED) / "data/networks";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data at " << WATTSTEIN_SHARED;
  for (const Published& published :
       {Published{"case33bw.m", 0.202677, 0.91309, 18}, Published{"case69.m", 0.224992, 0.90919, 65},
        Published{"case85.m", 0.299307, 0.87389, 54}}) {
    SCOPED_TRACE(published.file);
    const AcPowerFlow flow(grid::make_network(grid::read_matpower(folder / published.file)));
    const AcInjections injections = of_case(flow);
    for (AcMethod method : {AcMethod::sweep, AcMethod::newton}) {
      AcSettings settings;
      settings.method = method;
      const AcSolution solution = flow.solve(injections, settings);
      ASSERT_TRUE(solution.raw.converged[0]);
      const AcFigures figures = flow.figures(solution, 0, injections.p_mw, injections.q_mvar);
      EXPECT_NEAR(figures.loss_mw, published.loss_mw, 6e-7);
      EXPECT_NEAR(figures.v_min_pu, published.v_min_pu, 6e-6);
      EXPECT_EQ(figures.v_min_bus, published.v_min_bus);
      // what the root makes is what is consumed and lost
      double load = 0.0;
      for (double p : injections.p_mw) load -= p;
      EXPECT_NEAR(figures.slack_p_mw, load + figures.loss_mw, 1e-6);
    }
  }
}

grid::MatpowerCase two_buses() {
  grid::MatpowerCase c;
  c.file = "two.m";
  c.base_mva = 10.0;
  for (int number : {1, 2}) {
    grid::MatpowerBus bus;
    bus.number = number;
    bus.type = number == 1 ? grid::BusType::reference : grid::BusType::pq;
    bus.v_min_pu = 0.95, bus.v_max_pu = 1.05;
    c.buses.push_back(bus);
  }
  c.buses[1].p_mw = 3.0;
  grid::MatpowerUnit unit;
  unit.bus = 1;
  c.units.push_back(unit);
  grid::MatpowerBranch line;
  line.from = 1, line.to = 2;
  line.r_pu = 0.1;
  line.rate_a_mva = 4.0;
  c.branches.push_back(line);
  return c;
}

TEST(AcPowerFlow, two_buses_by_hand) {
  // V2 = (1 + √(1 - 4 r p))/2 with p = 0.3, r = 0.1
  const AcPowerFlow flow(grid::make_network(two_buses()));
  const AcInjections injections = of_case(flow);
  const AcSolution solution = flow.solve(injections);
  const double v = 0.5 * (1.0 + std::sqrt(1.0 - 4.0 * 0.1 * 0.3));
  EXPECT_NEAR(flow.vm_pu(solution, 0, 1), v, 1e-9);
  const AcFigures figures = flow.figures(solution, 0, injections.p_mw, injections.q_mvar);
  EXPECT_NEAR(figures.loss_mw, 10.0 * 0.1 * std::pow(0.3 / v, 2), 1e-7);
  EXPECT_EQ(figures.v_max_bus, 1);
  const kernels::VoltageSensitivity pair{1, 1};
  // p = -V (1 - V)/r, so dV/dp = r / (2V - 1)
  EXPECT_NEAR(flow.sensitivities(solution, {&pair, 1})[0], 0.1 / (2.0 * v - 1.0) / 10.0, 1e-9);
}

TEST(AcPowerFlow, set_voltages_follow_the_last_unit_and_ties_the_first_bus) {
  grid::MatpowerCase c = two_buses();
  c.buses[1].p_mw = 0.0;
  c.units.push_back(c.units[0]);
  c.units[0].v_set_pu = 1.01, c.units[1].v_set_pu = 1.03;
  const AcPowerFlow flow(grid::make_network(c));
  const AcInjections injections = of_case(flow);
  const AcSolution solution = flow.solve(injections);
  EXPECT_NEAR(flow.vm_pu(solution, 0, 0), 1.03, 1e-15);
  const AcFigures figures = flow.figures(solution, 0, injections.p_mw, injections.q_mvar);
  EXPECT_EQ(figures.v_min_bus, 1);
  EXPECT_EQ(figures.v_max_bus, 1);
}

TEST(AcPowerFlow, wrong_wishes_are_refused_by_name) {
  grid::MatpowerCase c = two_buses();
  const auto message = [&](AcMethod method) -> std::string {
    try {
      const AcPowerFlow flow(grid::make_network(c));
      AcSettings settings;
      settings.method = method;
      flow.solve(of_case(flow), settings);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  c.branches.push_back(c.branches[0]);
  EXPECT_THAT(message(AcMethod::sweep), HasSubstr("loop"));
  EXPECT_EQ(message(AcMethod::automatic), "accepted");
  c.branches.clear();
  EXPECT_THAT(message(AcMethod::automatic), HasSubstr("connects bus 2 to a reference"));
  c = two_buses();
  c.units[0].v_set_pu = 0.0;
  EXPECT_THAT(message(AcMethod::automatic), HasSubstr("set voltage of bus 1"));
}

TEST(VerifyAc, says_what_is_violated_where) {
  const AcPowerFlow flow(grid::make_network(two_buses()));
  AcInjections hours;
  for (double load : {1.0, 3.0, 4.5, 90.0}) {
    hours.p_mw.insert(hours.p_mw.end(), {0.0, -load});
    hours.q_mvar.insert(hours.q_mvar.end(), {0.0, 0.0});
  }
  const AcVerdict verdict = verify_ac(flow, hours);
  EXPECT_FALSE(verdict.feasible);
  EXPECT_EQ(verdict.converged, 3);
  EXPECT_TRUE(verdict.hours[0].feasible);
  EXPECT_TRUE(verdict.hours[1].feasible);  // 0.969 p.u., 3.1 MVA
  EXPECT_FALSE(verdict.hours[2].feasible);
  EXPECT_EQ(verdict.hours[2].overload_from, 1);
  EXPECT_NEAR(verdict.overload_mva, 10.0 * (0.45 + 0.1 * std::pow(0.45 / verdict.v_min_pu, 2)) - 4.0, 1e-6);
  EXPECT_FALSE(verdict.hours[3].converged);
  EXPECT_THAT(verdict.sentence(), HasSubstr("1 of 4 hours"));
  AcLimits tight;
  tight.v_min_pu = {0.0, 0.98};
  tight.v_max_pu = {2.0, 2.0};
  EXPECT_EQ(verify_ac(flow, hours, tight).hours[1].v_low_bus, 2);
  hours.p_mw.resize(2), hours.q_mvar.resize(2);
  EXPECT_TRUE(verify_ac(flow, hours).feasible);
}

}  // namespace
}  // namespace wattstein::engine
