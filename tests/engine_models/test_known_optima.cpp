// Deterministic optima of given systems: all agents, their recourse at the mean and p^T = p^D as one problem.
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>

#include "engine/files/table.hpp"
#include "small_study.hpp"

namespace wattstein::engine {
namespace {

struct Known {
  const char* study;  // below the shared folder
  int hours;
  double step;
  double objective;
};

void PrintTo(const Known& known, std::ostream* out) {
  *out << known.study;
}

class KnownOptimum : public testing::TestWithParam<Known> {};

TEST_P(KnownOptimum, IsReached) {
  const auto& known = GetParam();
  const auto file = std::filesystem::path(WATTSTEIN_SHARED) / known.study;
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no data folder with " << known.study;
  const auto system = read_coordination(files::read_toml(file), known.hours, known.step, 1);
  const auto result = testing_support::solve(testing_support::deterministic_monolith(system), 1e-7);
  EXPECT_NEAR(result.objective.front(), known.objective, 2e-6 * known.objective);
  EXPECT_NEAR(result.bound.front(), known.objective, 2e-5 * known.objective);
}

INSTANTIATE_TEST_SUITE_P(Systems, KnownOptimum,
                         testing::Values(Known{"golden/coordination/tiny-det/study.toml", 3, 1.0, 2795.826117},
                                         Known{"golden/coordination/odd-heat/study.toml", 4, 0.5, 251.34568},
                                         Known{"studies/six-bus/study.toml", 24, 1.0, 105110.132}));

}  // namespace
}  // namespace wattstein::engine
