// The operator's problem on a feeder small enough to check by hand, and on the 33-bus feeder of the source tree.

#include <gtest/gtest.h>

#include <cmath>

#include "engine/error/error.hpp"
#include "engine/files/toml_document.hpp"
#include "engine/grid/matpower.hpp"
#include "engine/grid/network.hpp"
#include "engine/models/dso/dso_batch.hpp"
#include "engine/models/dso/dso_bound.hpp"
#include "engine/models/dso/dso_operator.hpp"
#include "engine/models/dso/read_dso.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;

const char* const study_text = R"(
[network]
file = "networks/feeder33.m"
[substation]
p_min_mw = -5.0
p_max_mw = 5.0
q_min_mvar = -3.0
q_max_mvar = 3.0
cost_a_per_mw2h = 0.0
cost_b_per_mwh = 30.0
[[generator]]
name = "g18"
bus = 18
p_max_mw = 2.0
q_min_mvar = -1.5
q_max_mvar = 1.5
cost_a_per_mw2h = 5.0
cost_b_per_mwh = 22.0
[[microgrid]]
name = "mg17"
bus = 17
p_min_mw = -2.5
p_max_mw = 2.5
[[microgrid]]
name = "mg25"
bus = 25
p_min_mw = -2.5
p_max_mw = 2.5
)";

DsoData read(const std::string& text = study_text) {
  const auto document = files::parse_toml(text, std::string(WATTSTEIN_SOURCE) + "/engine/studies/bundled/test.toml");
  DsoData data = read_dso(document, false);
  data.microgrids = read_microgrids(document, "microgrid", data.feeder);
  return data;
}

DsoInputs inputs_of(const DsoData& data, double scale, std::vector<double> net, double shed_cost = 5e4,
                    double correction_cost = 5e4) {
  DsoInputs inputs;
  inputs.resize(1, data);
  inputs.id[0] = 1;
  inputs.load_scale[0] = scale;
  inputs.power_factor[0] = NAN;
  inputs.shed_cost[0] = shed_cost;
  inputs.correction_cost[0] = correction_cost;
  for (int n = 0; n < data.buses(); ++n) {
    inputs.pd[n] = scale * data.feeder.load_mw[n];
    inputs.qd[n] = scale * data.feeder.load_mvar[n];
  }
  inputs.net = std::move(net);
  return inputs;
}

std::vector<std::uint8_t> shedding(const DsoData& data) {
  std::vector<std::uint8_t> out;
  for (const double load : data.feeder.load_mw) out.push_back(load > 0.0 ? 1 : 0);
  return out;
}

SolverOptions tight_options() {
  SolverOptions options;
  options.tolerance = 1e-7;
  options.threads = 1;
  return options;
}

DsoAnswers respond(const DsoData& data, const DsoInputs& inputs) {
  DsoOperator dso(data, shedding(data), false, tight_options());
  DsoAnswers answers;
  dso.respond(inputs, answers);
  return answers;
}

TEST(Feeder, PathAndSubtreeSumsMatchTheNaiveWalk) {
  const DsoData data = read();
  const Feeder& feeder = data.feeder;
  ASSERT_EQ(feeder.buses(), 33);
  ASSERT_EQ(feeder.line_count(), 32);
  std::vector<double> at_bus(33), at_line(32), down(32), along(33);
  for (int n = 0; n < 33; ++n) at_bus[n] = 0.5 + n * n;
  for (int l = 0; l < 32; ++l) at_line[l] = 1.0 + 0.25 * l;
  feeder.subtree_sums(at_bus.data(), down.data());
  feeder.path_sums(at_line.data(), along.data());
  std::vector<double> naive_down(32, 0.0);
  for (int n = 0; n < 33; ++n) {
    double path = 0.0;
    for (int bus = n; feeder.line_to[bus] >= 0; bus = feeder.lines[feeder.line_to[bus]].from) {
      path += at_line[feeder.line_to[bus]];
      naive_down[feeder.line_to[bus]] += at_bus[n];
    }
    EXPECT_NEAR(along[n], path, 1e-12);
  }
  for (int l = 0; l < 32; ++l) EXPECT_NEAR(down[l], naive_down[l], 1e-9);
}

TEST(Feeder, RefusesWhatTheModelLeavesOut) {
  const std::string head =
      "function mpc = t\nmpc.version = '2';\nmpc.baseMVA = 1;\nmpc.bus = [\n1 3 0 0 0 0 1 1 0 12.5 1 1.05 0.95;\n2 1 "
      "0.3 0.1 ";
  const std::string gen = "];\nmpc.gen = [\n1 0 0 1 -1 1 1 1 2 -1;\n];\nmpc.branch = [\n1 2 0.01 0.02 ";
  const auto feeder_of = [&](const std::string& shunt, const std::string& charging, const std::string& ratio) {
    const std::string text =
        head + shunt + " 0 1 1 0 12.5 1 1.05 0.95;\n" + gen + charging + " 0 0 0 " + ratio + " 0 1 -360 360;\n];\n";
    return make_feeder(grid::make_network(grid::parse_matpower(text, "t.m")), 1);
  };
  EXPECT_NO_THROW(feeder_of("0", "0", "0"));
  EXPECT_THROW(feeder_of("0.1", "0", "0"), Error);
  EXPECT_THROW(feeder_of("0", "0.01", "0"), Error);
  EXPECT_THROW(feeder_of("0", "0", "0.98"), Error);
}

TEST(DsoOperator, SolvedRowStandsUpToRecomputation) {
  const DsoData data = read();
  const DsoInputs inputs = inputs_of(data, 0.8, {0.3, -0.3});
  const DsoAnswers answers = respond(data, inputs);
  ASSERT_EQ(answers.status[0], Status::solved);
  EXPECT_EQ(answers.tight[0], 1);
  DsoScratch scratch(data);
  EXPECT_LE(dso_violation(data, inputs, answers, 0, scratch), 1e-6);
  EXPECT_LE(answers.lower_bound[0], answers.objective[0] + 1e-9);
  EXPECT_LE(answers.objective[0] - answers.lower_bound[0], 1e-5 * (1.0 + std::abs(answers.objective[0])));
}

TEST(DsoOperator, BoundHoldsForAnyMultipliers) {
  const DsoData data = read();
  const DsoInputs inputs = inputs_of(data, 1.0, {1.0, -1.0});
  DsoAnswers answers = respond(data, inputs);
  ASSERT_EQ(answers.status[0], Status::solved);
  const double optimum = answers.objective[0];
  DsoScratch scratch(data);
  for (int turn = 1; turn <= 50; ++turn) {
    DsoAnswers other = answers;
    for (std::size_t k = 0; k < other.balance_p.size(); ++k)
      other.balance_p[k] += 5.0 * std::sin(turn * 1.7 + static_cast<double>(k));
    for (std::size_t k = 0; k < other.cone.size(); ++k)
      other.cone[k] += 3.0 * std::cos(turn * 0.9 + static_cast<double>(k));
    for (std::size_t k = 0; k < other.voltage_cap.size(); ++k)
      other.voltage_cap[k] += 2.0 * std::sin(turn + static_cast<double>(k));
    EXPECT_LE(dso_certified_bound(data, inputs, other, 0, false, scratch), optimum + 1e-6 * (1.0 + std::abs(optimum)));
  }
}

TEST(DsoOperator, NodalPriceIsTheDerivativeOfTheOptimum) {
  const DsoData data = read();
  const double step = 1e-3;  // MW
  const int bus = data.feeder.find(30);
  DsoInputs inputs = inputs_of(data, 0.9, {0.4, -0.2});
  const DsoAnswers middle = respond(data, inputs);
  // less PV is more fixed load, shedding bounds and tan held
  inputs.pv[bus] = -step;
  const double more = respond(data, inputs).objective[0];
  inputs.pv[bus] = step;
  const double less = respond(data, inputs).objective[0];
  ASSERT_EQ(middle.status[0], Status::solved);
  EXPECT_NEAR(middle.price_p[bus], (more - less) / (2.0 * step), 0.02 * std::abs(middle.price_p[bus]));
}

TEST(DsoOperator, TwoStagesGiveTheOptimumOfTheCappedProblem) {
  const DsoData data = read();
  const DsoInputs inputs = inputs_of(data, 0.3, {2.2, -0.8}, 4e4, 2e4);  // export lifts the voltage
  const DsoAnswers answers = respond(data, inputs);
  ASSERT_EQ(answers.status[0], Status::solved);
  std::vector<double> raised(33);
  DsoScratch scratch(data);
  dso_lossless_voltage(data, inputs, answers, 0, raised.data(), scratch);
  double highest = 0.0;
  for (int n = 1; n < 33; ++n) highest = std::max(highest, raised[n]);
  EXPECT_NEAR(highest, 1.05 * 1.05, 1e-5);  // the cap binds here
  const DsoBatch capped(data, {DsoCap::tree, false, shedding(data)});
  const std::int64_t row = 0;
  Solver solver(tight_options());
  const BatchResult direct = solver.solve(capped.build(inputs, {&row, 1}));
  ASSERT_EQ(direct.status[0], Status::solved);
  EXPECT_NEAR(direct.objective[0], answers.objective[0], 1e-5 * (1.0 + std::abs(direct.objective[0])));
  DsoData lossy = data;
  lossy.upper_voltage = UpperVoltage::lossy;
  EXPECT_LT(respond(lossy, inputs).objective[0], answers.objective[0] - 1.0);  // the relaxation is looser
}

TEST(DsoOperator, InfeasibleProposalHasARayOfPositiveValue) {
  const DsoData data = read();
  DsoInputs inputs = inputs_of(data, 0.9, {0.1, 0.1});
  const int bus = data.feeder.find(30);
  inputs.pd[bus] = 0.0;
  inputs.qd[bus] = 6.0;  // more reactive load than the substation and the unit can make
  const DsoAnswers answers = respond(data, inputs);
  ASSERT_EQ(answers.status[0], Status::primal_infeasible);
  DsoScratch scratch(data);
  EXPECT_GT(dso_certified_bound(data, inputs, answers, 0, true, scratch), 0.0);
}

TEST(DsoOperator, RowDoesNotDependOnItsBatch) {
  const DsoData data = read();
  const int M = data.microgrid_count(), N = data.buses();
  DsoInputs many;
  many.resize(19, data);
  for (std::int64_t s = 0; s < many.count; ++s) {
    const DsoInputs one =
        inputs_of(data, 0.3 + 0.05 * static_cast<double>(s), {2.0 - 0.2 * static_cast<double>(s), -0.5});
    std::copy(one.pd.begin(), one.pd.end(), many.pd.begin() + s * N);
    std::copy(one.qd.begin(), one.qd.end(), many.qd.begin() + s * N);
    std::copy(one.net.begin(), one.net.end(), many.net.begin() + s * M);
    many.shed_cost[s] = one.shed_cost[0];
    many.correction_cost[s] = one.correction_cost[0];
  }
  const DsoAnswers together = respond(data, many);
  for (const std::int64_t s : {0, 7, 18}) {
    const DsoAnswers alone =
        respond(data, inputs_of(data, 0.3 + 0.05 * static_cast<double>(s), {2.0 - 0.2 * static_cast<double>(s), -0.5}));
    EXPECT_EQ(alone.objective[0], together.objective[s]);
    for (int m = 0; m < M; ++m) EXPECT_EQ(alone.pm[m], together.pm[s * M + m]);
    for (int n = 0; n < N; ++n) EXPECT_EQ(alone.price_p[n], together.price_p[s * N + n]);
  }
}

TEST(ReadDso, UnknownBusIsNamed) {
  std::string text = study_text;
  text.replace(text.find("bus = 25"), 8, "bus = 99");
  try {
    read(text);
    FAIL() << "accepted bus 99";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("99"), std::string::npos);
  }
}

}  // namespace
}  // namespace wattstein::engine
