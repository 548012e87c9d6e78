// Four methods on small agents: they must agree with one another, and their certificates must be ordered.

#include <gtest/gtest.h>

#include <cmath>

#include "engine/error/error.hpp"
#include "tests/engine_coordination/small_agents.hpp"

using namespace wattstein::engine;
using namespace wattstein::engine::test;

namespace {

SolverOptions options() {
  SolverOptions o;
  o.tolerance = 1e-6;
  return o;
}

class Methods : public testing::TestWithParam<const char*> {};

}  // namespace

TEST_P(Methods, AgreeWithinTheirCertificates) {
  CoordinationSystem system = small_coordination(3, 3, GetParam());
  double reference = 0.0;
  for (const char* method : {"monolith", "aal", "admm", "benders"}) {
    system.coordination.method = method;
    const CoordinationOutcome outcome = coordinate(system, options(), {});
    ASSERT_EQ(outcome.status, "solved") << method << ": " << outcome.message;
    EXPECT_LE(outcome.lower_bound, outcome.objective + 1e-6 * std::abs(outcome.objective)) << method;
    EXPECT_LE(outcome.objective - outcome.lower_bound, 2e-5 * std::abs(outcome.objective)) << method;
    EXPECT_LE(outcome.mismatch_mw, 0.01) << method;
    if (reference == 0.0) reference = outcome.objective;
    EXPECT_NEAR(outcome.objective, reference, 3e-5 * std::abs(reference)) << method;
    double sum = outcome.transmission.value();
    for (const auto& hub : outcome.hubs) sum += hub.value();
    EXPECT_NEAR(sum, outcome.objective, 1e-9 * std::abs(sum));
    for (int d = 0; d < 3; ++d)
      for (int h = 0; h < 3; ++h) {
        const double own = outcome.hubs[static_cast<std::size_t>(d)].boundary[static_cast<std::size_t>(h)];
        EXPECT_NEAR(own, outcome.transmission.boundary[static_cast<std::size_t>(3 * d + h)], 1e-7);
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Methods, testing::Values("det", "sp", "ro", "dro"));

namespace {
struct Form {
  const char *model, *recourse;
  int clusters;
};
void PrintTo(const Form& form, std::ostream* out) {
  *out << form.model << " " << form.recourse << " " << form.clusters;
}
class Forms : public testing::TestWithParam<Form> {};
}  // namespace

TEST_P(Forms, GiveTheSameOptimumAsOneCutAnHour) {
  CoordinationSystem system = small_coordination(3, 2, GetParam().model);
  for (const char* method : {"monolith", "aal", "benders"}) {
    system.coordination.method = method;
    system.coordination.recourse = "cuts";
    system.coordination.cut_clusters = 1;
    const CoordinationOutcome plain = coordinate(system, options(), {});
    system.coordination.recourse = GetParam().recourse;
    system.coordination.cut_clusters = GetParam().clusters;
    const CoordinationOutcome other = coordinate(system, options(), {});
    ASSERT_EQ(plain.status, "solved") << plain.message;
    ASSERT_EQ(other.status, "solved") << other.message;
    EXPECT_NEAR(other.objective, plain.objective, 3e-5 * std::abs(plain.objective)) << method;
    EXPECT_LE(other.lower_bound, plain.objective + 1e-6 * std::abs(plain.objective)) << method;
    EXPECT_LE(other.objective - other.lower_bound, 2e-5 * std::abs(other.objective)) << method;
    EXPECT_EQ(plain.copies, 0);
    const bool moves = std::string(GetParam().model) == "dro" || std::string(GetParam().model) == "ro";
    EXPECT_EQ(other.copies > 0, moves && std::string(GetParam().recourse) == "copies") << method;
  }
}

INSTANTIATE_TEST_SUITE_P(Recourse, Forms,
                         testing::Values(Form{"dro", "copies", 1}, Form{"ro", "copies", 1}, Form{"sp", "copies", 1},
                                         Form{"dro", "cuts", 3}, Form{"dro", "cuts", 50}, Form{"dro", "copies", 2}),
                         [](const auto& info) {
                           return std::string(info.param.model) + "_" + info.param.recourse + "_" +
                                  std::to_string(info.param.clusters);
                         });

// Realisations that one dual prices share a copy at their mean, and copies that no cut needs any more go: far fewer
// than the samples, the same optimum.
TEST(Coordinate, CopiesStayFewWithManySamples) {
  constexpr int samples = 60, agents = 3, hours = 3;
  CoordinationSystem system = small_coordination(hours, agents - 1, "dro", samples);
  const CoordinationOutcome plain = coordinate(system, options(), {});
  system.coordination.recourse = "copies";
  const CoordinationOutcome other = coordinate(system, options(), {});
  ASSERT_EQ(plain.status, "solved") << plain.message;
  ASSERT_EQ(other.status, "solved") << other.message;
  EXPECT_NEAR(other.objective, plain.objective, 2e-5 * std::abs(plain.objective));
  EXPECT_LE(other.lower_bound, plain.objective + 1e-6 * std::abs(plain.objective));
  EXPECT_LE(other.objective - other.lower_bound, 2e-5 * std::abs(other.objective));
  EXPECT_GT(other.copies, 0);
  EXPECT_LT(other.copies, samples * agents * hours / 3);
  // The same for any number of threads.
  SolverOptions one = options();
  one.threads = 1;
  EXPECT_EQ(coordinate(system, one, {}).objective, other.objective);
}

TEST(Coordinate, CopiesComeBackFromACheckpoint) {
  CoordinationSystem system = small_coordination(3, 2, "dro");
  system.coordination.recourse = "copies";
  system.coordination.cut_clusters = 2;
  system.coordination.tolerance_mw = system.coordination.tolerance_price = 1e-5;
  const CoordinationOutcome whole = coordinate(system, options(), {});
  std::string checkpoint;
  int saves = 0;
  CoordinationHooks first, second;
  first.save = [&](const std::string& bytes) { checkpoint = bytes, ++saves; };
  first.stopped = [&] { return saves >= 2; };
  EXPECT_THROW(coordinate(system, options(), first), wattstein::Stopped);
  second.load = [&] { return checkpoint; };
  const CoordinationOutcome resumed = coordinate(system, options(), second);
  EXPECT_EQ(resumed.iterations, whole.iterations);
  EXPECT_NEAR(resumed.objective, whole.objective, 1e-9 * std::abs(whole.objective));
}

TEST(Coordinate, NoHubs) {
  CoordinationSystem system = small_coordination(2, 0, "dro");
  const CoordinationOutcome outcome = coordinate(system, options(), {});
  EXPECT_EQ(outcome.status, "solved");
  EXPECT_LE(outcome.objective - outcome.lower_bound, 2e-5 * std::abs(outcome.objective));
}

TEST(Coordinate, AnInfeasibleFirstStageNamesAgentAndHour) {
  for (const char* method : {"aal", "benders", "monolith"}) {
    CoordinationSystem system = small_coordination(3, 2, "dro");
    system.coordination.method = method;
    // Hub 2 cannot cover hour 2: no generator, more load than it may import.
    Agent& hub = system.hubs[1];
    hub.first_stage.ub.of(0)[4] = 0.0;  // g of hour 2
    hub.first_stage.l.of(0)[3] = hub.first_stage.u.of(0)[3] = 25.0;
    const CoordinationOutcome outcome = coordinate(system, options(), {});
    EXPECT_EQ(outcome.status, "primal_infeasible") << method;
    EXPECT_NE(outcome.message.find("hub_2"), std::string::npos) << method << ": " << outcome.message;
    EXPECT_NE(outcome.message.find("hour 2"), std::string::npos) << method << ": " << outcome.message;
  }
}

TEST(Coordinate, AHubThatBecomesInfeasibleIsNamedAndItsLastGoodAnswerKept) {
  for (const char* method : {"aal", "admm"}) {
    CoordinationSystem system = small_coordination(3, 3, "dro");
    system.coordination.method = method;
    system.coordination.tolerance_mw = system.coordination.tolerance_price = 1e-7;  // does not arrive before
    Agent& hub = system.hubs[1];
    hub.row_carrier.assign(hub.row_hour.size(), "gas");
    int saves = 0;
    CoordinationHooks hooks;
    hooks.save = [&](const std::string&) {
      if (++saves != 3) return;
      hub.first_stage.ub.of(0)[4] = 0.0;  // g of hour 2, as above
      hub.first_stage.l.of(0)[3] = hub.first_stage.u.of(0)[3] = 25.0;
    };
    const CoordinationOutcome outcome = coordinate(system, options(), hooks);
    EXPECT_EQ(outcome.status, "primal_infeasible") << method;
    for (const char* word : {"hub_2", "hour 2", "gas", "iteration 4"})
      EXPECT_NE(outcome.message.find(word), std::string::npos) << method << ": " << outcome.message;
    EXPECT_EQ(outcome.contradiction.agent, "hub_2");
    EXPECT_EQ(outcome.contradiction.carrier, "gas");
    EXPECT_EQ(outcome.contradiction.hour, 2);
    ASSERT_EQ(outcome.history.size(), 3u);
    ASSERT_EQ(outcome.last_answers.size(), 4u);
    ASSERT_EQ(outcome.last_answers[2].boundary.size(), 3u);
    for (std::size_t h = 0; h < 3; ++h)  // of the third iteration
      EXPECT_EQ(outcome.last_answers[2].boundary[h], outcome.history.back().power_hubs[3 + h]);
    EXPECT_FALSE(outcome.last_answers[0].x.empty());
    EXPECT_TRUE(outcome.transmission.x.empty());
  }
}

TEST(Coordinate, OfTwoInfeasibleHubsTheOneInTheMessageIsTheOneNamed) {
  for (const char* method : {"aal", "admm"}) {
    CoordinationSystem system = small_coordination(3, 3, "dro");
    system.coordination.method = method;
    for (const std::size_t hub : {1u, 2u}) {
      system.hubs[hub].first_stage.ub.of(0)[4] = 0.0;  // g of hour 2, as above
      system.hubs[hub].first_stage.l.of(0)[3] = system.hubs[hub].first_stage.u.of(0)[3] = 25.0;
    }
    const CoordinationOutcome outcome = coordinate(system, options(), {});
    EXPECT_EQ(outcome.status, "primal_infeasible") << method;
    EXPECT_EQ(outcome.message.find("hub_2"), 0u) << method << ": " << outcome.message;
    EXPECT_NE(outcome.message.find("neither can hub_3 be scheduled"), std::string::npos) << outcome.message;
    EXPECT_EQ(outcome.contradiction.agent, "hub_2") << method;
  }
}

TEST(Coordinate, StoppedAndResumedGivesTheSameAnswer) {
  CoordinationSystem system = small_coordination(3, 2, "dro");
  system.coordination.tolerance_mw = system.coordination.tolerance_price =
      1e-5;  // enough iterations to stop between them
  const CoordinationOutcome whole = coordinate(system, options(), {});
  std::string checkpoint;
  int saves = 0;
  ASSERT_GT(whole.iterations, 3);
  CoordinationHooks first;
  first.save = [&](const std::string& bytes) { checkpoint = bytes, ++saves; };
  first.stopped = [&] { return saves >= 3; };
  EXPECT_THROW(coordinate(system, options(), first), wattstein::Stopped);
  ASSERT_FALSE(checkpoint.empty());
  CoordinationHooks second;
  second.load = [&] { return checkpoint; };
  const CoordinationOutcome resumed = coordinate(system, options(), second);
  EXPECT_EQ(resumed.iterations, whole.iterations);
  EXPECT_NEAR(resumed.objective, whole.objective, 1e-9 * std::abs(whole.objective));
  EXPECT_NEAR(resumed.lower_bound, whole.lower_bound, 1e-9 * std::abs(whole.lower_bound));
}

TEST(Coordinate, DisconnectedAtTheJointExchangeCostsTheSame) {
  CoordinationSystem system = small_coordination(2, 2, "dro");
  const CoordinationOutcome joint = coordinate(system, options(), {});
  system.coordination.case_name = "disconnected";
  system.disconnected.mismatch_cost_per_mwh = 1500.0;
  for (int d = 0; d < 2; ++d)
    system.disconnected.exchange.emplace_back(joint.exchange.begin() + 2 * d, joint.exchange.begin() + 2 * d + 2);
  const CoordinationOutcome apart = coordinate(system, options(), {});
  EXPECT_EQ(apart.status, "solved");
  EXPECT_NEAR(apart.objective, joint.objective, 5e-5 * std::abs(joint.objective));
  EXPECT_LE(apart.objective - apart.lower_bound, 2e-5 * std::abs(apart.objective));
}
