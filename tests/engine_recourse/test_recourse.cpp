// Rows of recourse data sets: known optima on two buses, prices as derivatives, the judge on damaged rows, sampling.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "engine/dataset/recourse_sampler.hpp"
#include "engine/files/toml_document.hpp"
#include "engine/models/recourse/recourse_judge.hpp"
#include "engine/models/recourse/recourse_problem.hpp"
#include "engine/models/transmission/transmission_reader.hpp"

namespace {

using namespace wattstein;
using namespace wattstein::engine;
using kernels::Status;

constexpr const char* two_buses = R"(function mpc = two
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 0 0 0 0 1 1 0 230 1 1.1 0.9;
2 1 100 0 0 0 1 1 0 230 1 1.1 0.9;
];
mpc.gen = [
1 0 0 0 0 1 100 1 100 0;
2 0 0 0 0 1 100 1 50 0;
];
mpc.branch = [
1 2 0 0.1 0 LIMIT 0 0 0 SHIFT 1 -360 360;
];
mpc.gencost = [
2 0 0 2 10 0;
2 0 0 2 50 0;
];
)";

TransmissionData two_bus_data(const std::string& limit, const std::string& shift, const std::string& more = "") {
  const auto file = std::filesystem::temp_directory_path() / ("wattstein_two_" + std::to_string(::getpid()) + ".m");
  std::string text = two_buses;
  text.replace(text.find("LIMIT"), 5, limit);
  text.replace(text.find("SHIFT"), 5, shift);
  std::ofstream(file) << text;
  const auto document = files::parse_toml(
      "[transmission]\nnetwork = \"" + file.string() + "\"\nreserve_share = 0.5\n" + more, "two.toml");
  TransmissionData data = read_transmission(document, 1);
  std::filesystem::remove(file);
  return data;
}

SolverOptions exact() {
  SolverOptions options;
  options.tolerance = 1e-9;
  options.method = "ipm";
  return options;
}

/// One row: load 110 MW met by 70 + 30 MW scheduled and reserves of 5 and 20 MW.
RecourseRows short_row(const RecourseSystem& system, double load = 110.0) {
  RecourseRows rows;
  rows.resize(1, system);
  rows.pd = {0.0, load};
  rows.pg = {70.0, 30.0};
  rows.reserve_up = {5.0, 20.0};
  rows.reserve_down = {10.0, 10.0};
  return rows;
}

TEST(Recourse, DeploysTheCheaperReserveFirst) {
  RecourseProblem problem(two_bus_data("80", "0"), 1.0, 0.1, 1.5, exact());
  RecourseRows rows = short_row(problem.system());
  problem.respond(rows);
  ASSERT_EQ(rows.status[0], Status::solved);
  EXPECT_NEAR(rows.objective[0], 1.1 * (10.0 * 5.0 + 50.0 * 5.0), 1e-5);
  EXPECT_NEAR(rows.up[0], 5.0, 1e-6);
  EXPECT_NEAR(rows.up[1], 5.0, 1e-6);
  EXPECT_NEAR(rows.flow[0], 75.0, 1e-6);
  EXPECT_NEAR(rows.balance[1], 55.0, 1e-4);
  EXPECT_LE(rows.lower_bound[0], rows.objective[0] + 1e-9);
  EXPECT_NEAR(rows.lower_bound[0], rows.objective[0], 1e-4);
}

TEST(Recourse, ALimitTurnsTheOrderRoundAndHasAPrice) {
  RecourseProblem problem(two_bus_data("72", "0"), 1.0, 0.1, 1.5, exact());
  RecourseRows rows = short_row(problem.system());
  problem.respond(rows);
  ASSERT_EQ(rows.status[0], Status::solved);
  EXPECT_NEAR(rows.objective[0], 1.1 * (10.0 * 2.0 + 50.0 * 8.0), 1e-5);
  EXPECT_NEAR(rows.flow[0], 72.0, 1e-6);
  // at the upper limit: a wider interval saves 1.1 (50 − 10) $/MWh
  EXPECT_NEAR(rows.limit[0], -44.0, 1e-4);
  EXPECT_NEAR(rows.balance[0], 11.0, 1e-4);
  EXPECT_NEAR(rows.balance[1], 55.0, 1e-4);
}

TEST(Recourse, ShedsWhatReservesDoNotCoverAndCountsHalfHours) {
  RecourseProblem problem(two_bus_data("80", "0"), 0.5, 0.1, 1.5, exact());
  RecourseRows rows = short_row(problem.system(), 130.0);
  problem.respond(rows);
  ASSERT_EQ(rows.status[0], Status::solved);
  EXPECT_NEAR(rows.shed[1], 5.0, 1e-6);
  EXPECT_NEAR(rows.objective[0], 0.5 * (1.1 * (10.0 * 5.0 + 50.0 * 20.0) + 1000.0 * 5.0), 1e-4);
  EXPECT_NEAR(rows.balance[1], 1000.0, 1e-3);
}

TEST(Recourse, PhaseShiftersAndRenewablesAreBalanced) {
  const std::string sun =
      "[[transmission.renewable]]\nname = \"sun\"\nbus = 1\ncapacity_mw = 40.0\n"
      "curtailment_cost_per_mwh = 7.0\n";
  RecourseProblem problem(two_bus_data("80", "2.5", sun), 1.0, 0.1, 1.5, exact());
  RecourseRows rows = short_row(problem.system(), 90.0);
  rows.available = {30.0};
  problem.respond(rows);
  ASSERT_EQ(rows.status[0], Status::solved);
  EXPECT_LT(recourse_violation(problem.system(), rows, 0), 1e-6);
  EXPECT_NEAR(rows.objective[0], recourse_objective(problem.system(), rows, 0), 1e-9);
  EXPECT_NEAR(rows.lower_bound[0], rows.objective[0], 1e-4);
  // 10 MW too much without the sun: unit 2 is paid back 45 $/MWh for all of its 10 MW, unit 1 9 $/MWh for its 10 MW
  EXPECT_NEAR(rows.down[1], 10.0, 1e-5);
  EXPECT_NEAR(rows.down[0], 10.0, 1e-5);
  EXPECT_NEAR(rows.used[0], 10.0, 1e-5);
  EXPECT_NEAR(rows.objective[0], -45.0 * 10.0 - 9.0 * 10.0 + 7.0 * 20.0, 1e-4);
}

TEST(Recourse, DamagedRowsAreFound) {
  RecourseProblem problem(two_bus_data("72", "0"), 1.0, 0.1, 1.5, exact());
  const RecourseSystem& system = problem.system();
  RecourseRows rows = short_row(system);
  problem.respond(rows);
  ASSERT_EQ(rows.status[0], Status::solved);
  RecourseRows bent = rows;
  bent.angle[1] *= 1.01;
  EXPECT_GT(recourse_violation(system, bent, 0), 0.1);
  bent = rows;
  bent.balance[1] += 20.0;
  EXPECT_LT(recourse_bound(system, bent, 0), rows.objective[0] - 1.0);
  recourse_judge(system, bent, 0, 1e-6);
  EXPECT_EQ(bent.status[0], Status::solved_inaccurate);
  bent = rows;
  bent.shed[1] = std::nan("");
  EXPECT_FALSE(recourse_violation(system, bent, 0) <= 1.0);
}

TEST(Recourse, ARowIsAFunctionOfSeedAndId) {
  RecourseProblem problem(two_bus_data("72", "0"), 1.0, 0.1, 1.5, exact());
  const RecourseSystem& system = problem.system();
  RecourseSampler sampler;
  sampler.load_jitter = 0.2, sampler.cost_jitter = 0.3;
  RecourseRows whole, part;
  draw_recourse(system, sampler, 7, 0, 50, 2, whole);
  draw_recourse(system, sampler, 7, 20, 5, 1, part);
  for (std::size_t s = 0; s < 5; ++s)
    for (std::size_t k = 0; k < 2; ++k) {
      EXPECT_EQ(part.pd[2 * s + k], whole.pd[2 * (20 + s) + k]);
      EXPECT_EQ(part.pg[2 * s + k], whole.pg[2 * (20 + s) + k]);
    }
  for (std::size_t s = 0; s < 50; ++s) {
    double scheduled = 0.0, least = 0.0, most = 0.0;
    for (std::size_t g = 0; g < 2; ++g) {
      const auto k = 2 * s + g;
      scheduled += whole.pg[k];
      least += system.units[g].p_min_mw + whole.reserve_down[k];
      most += system.units[g].p_max_mw - whole.reserve_up[k];
      EXPECT_LE(whole.pg[k] + whole.reserve_up[k], system.units[g].p_max_mw + 1e-9);
      EXPECT_GE(whole.pg[k] - whole.reserve_down[k], system.units[g].p_min_mw - 1e-9);
    }
    // the forecast, as far as what is booked leaves room
    EXPECT_NEAR(scheduled, std::clamp(100.0 * whole.load_scale[s], least, std::max(least, most)), 1e-9);
  }
  problem.respond(whole);
  for (std::size_t s = 0; s < 50; ++s) EXPECT_EQ(whole.status[s], Status::solved);
}

}  // namespace
