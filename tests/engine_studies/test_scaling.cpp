// Scaling studies: fitted exponents, and the hubs and samples that are made beyond those of the base study.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "engine/files/hdf5_file.hpp"
#include "engine/studies/coordination_system.hpp"
#include "engine/studies/scaling_fit.hpp"
#include "engine/studies/scaling_inputs.hpp"

namespace wattstein::engine {
namespace {

TEST(PowerLaw, FindsTheExponentsOfAPowerLaw) {
  std::vector<double> hubs, samples, values;
  for (const double d : {1.0, 2.0, 5.0, 20.0})
    for (const double e : {10.0, 100.0, 1000.0}) {
      hubs.push_back(d);
      samples.push_back(e);
      values.push_back(0.3 * std::pow(d, 1.25) * std::pow(e, 0.4));
    }
  const PowerLaw law = fit_power_law(hubs, samples, values);
  EXPECT_NEAR(law.first, 1.25, 1e-12);
  EXPECT_NEAR(law.second, 0.4, 1e-12);
  EXPECT_NEAR(law.constant, 0.3, 1e-12);
  EXPECT_NEAR(law.r_squared, 1.0, 1e-12);
}

TEST(PowerLaw, SaysNothingAboutASizeThatDoesNotVary) {
  const std::vector<double> hubs{1, 2, 4}, samples{10, 10, 10}, values{3, 6, 12};
  const PowerLaw law = fit_power_law(hubs, samples, values);
  EXPECT_NEAR(law.first, 1.0, 1e-12);
  EXPECT_TRUE(std::isnan(law.second));
  const PowerLaw together = fit_power_law(hubs, hubs, values);  // both vary, but only together
  EXPECT_TRUE(std::isnan(together.first));
  EXPECT_TRUE(std::isnan(fit_power_law({}, {}, {}).first));
}

class Inputs : public testing::Test {
 protected:
  Inputs()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("wattstein_scaling_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::filesystem::remove_all(folder_);
    base_.file = std::filesystem::path(WATTSTEIN_SOURCE) / "engine/studies/bundled/six-bus/study.toml";
  }
  ~Inputs() override { std::filesystem::remove_all(folder_); }

  CoordinationSystem read(const std::vector<std::string>& settings) const {
    return read_coordination(base_document(base_, settings), 24, 1.0, 1);
  }

  std::filesystem::path folder_;
  BaseStudy base_;
};

TEST_F(Inputs, AtTheStudysOwnSizeNothingChanges) {
  const ScalingInputs inputs(base_, folder_, 1);
  EXPECT_EQ(inputs.base_hubs(), 2);
  EXPECT_EQ(inputs.base_samples(), 30);
  const CoordinationSystem own = read({}), made = read(inputs.point(2, 30));
  ASSERT_EQ(made.hubs.size(), 2u);
  EXPECT_EQ(made.transmission.samples.values, own.transmission.samples.values);
  for (std::size_t d = 0; d < 2; ++d) {
    EXPECT_EQ(made.hubs[d].samples.values, own.hubs[d].samples.values);
    EXPECT_EQ(made.hubs[d].first_stage.l.data, own.hubs[d].first_stage.l.data);
    EXPECT_EQ(made.hubs[d].first_stage.q.data, own.hubs[d].first_stage.q.data);
  }
}

TEST_F(Inputs, SmallerPointsArePartsOfLargerOnes) {
  const ScalingInputs inputs(base_, folder_, 1);
  const CoordinationSystem small = read(inputs.point(3, 40)), large = read(inputs.point(5, 70));
  ASSERT_EQ(small.hubs.size(), 3u);
  ASSERT_EQ(large.hubs.size(), 5u);
  const auto begins_with = [](const std::vector<double>& whole, const std::vector<double>& part) {
    ASSERT_LE(part.size(), whole.size());
    for (std::size_t i = 0; i < part.size(); ++i) ASSERT_EQ(part[i], whole[i]);
  };
  begins_with(large.transmission.samples.values, small.transmission.samples.values);
  // hub_a_1, hub_a_2, hub_b of the small one; hub_a_1 .. hub_a_3, hub_b_1, hub_b_2 of the large one
  begins_with(large.hubs[0].samples.values, small.hubs[0].samples.values);
  begins_with(large.hubs[1].samples.values, small.hubs[1].samples.values);
  begins_with(large.hubs[3].samples.values, small.hubs[2].samples.values);
  EXPECT_EQ(large.hubs[1].first_stage.l.data, small.hubs[1].first_stage.l.data);
  EXPECT_NE(large.hubs[1].first_stage.l.data, large.hubs[0].first_stage.l.data);  // perturbed
  EXPECT_NE(large.hubs[1].samples.values, large.hubs[0].samples.values);
}

TEST_F(Inputs, MadeSamplesKeepMeanAndSpreadAndStayInTheSupport) {
  const ScalingInputs inputs(base_, folder_, 3);
  const AgentSamples own = read({}).transmission.samples;
  const AgentSamples made = read(inputs.point(1, 3000)).transmission.samples;
  ASSERT_EQ(made.count, 3000);
  for (int h = 0; h < 24; ++h) {
    const auto moments = [&](const AgentSamples& s, int first) {
      double mean = 0.0, square = 0.0;
      const int n = s.count - first;
      for (int e = first; e < s.count; ++e) mean += s.at(e, h)[0] / n;
      for (int e = first; e < s.count; ++e) square += (s.at(e, h)[0] - mean) * (s.at(e, h)[0] - mean) / n;
      return std::pair{mean, std::sqrt(square)};
    };
    const auto [mean, spread] = moments(own, 0);
    const auto [made_mean, made_spread] = moments(made, 30);
    EXPECT_NEAR(made_mean, mean, 0.08 * spread + 0.02 * mean);  // 3 standard errors, and what the cut moves
    EXPECT_NEAR(made_spread, spread, 0.15 * spread);
    for (int e = 0; e < made.count; ++e) {
      ASSERT_GE(made.at(e, h)[0], own.lower[static_cast<std::size_t>(h)]);
      ASSERT_LE(made.at(e, h)[0], own.upper[static_cast<std::size_t>(h)]);
    }
  }
}

}  // namespace
}  // namespace wattstein::engine
