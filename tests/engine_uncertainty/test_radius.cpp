#include <gtest/gtest.h>

#include <cmath>

#include "engine/uncertainty/atoms.hpp"
#include "engine/uncertainty/radius.hpp"

using namespace wattstein::engine;

TEST(Radius, EqualDistancesReachTheInfimumAtTheLimit) {
  // All a_e = a: (1 + ρ a) / (2ρ) falls to a / 2, so C = 2 √(a/2).
  const std::vector<double> a(10, 8.0);
  const double expected = 2.0 * std::sqrt(4.0) * std::sqrt(std::log(20.0) / 10.0);
  EXPECT_NEAR(radius_of_squares(a, 0.95), expected, 1e-6 * expected);
}

TEST(Radius, AgreesWithAFineGrid) {
  const std::vector<double> a = {0.3, 1.1, 2.0, 0.1, 6.5, 0.9, 0.4, 1.7, 0.2, 0.8};
  double least = 1e300;
  for (int i = 0; i <= 2'000'000; ++i) {
    const double rho = std::exp(-8.0 + 16.0 * i / 2'000'000.0);
    double sum = 0.0;
    for (const double v : a) sum += std::exp(rho * (v - 6.5)) / 10.0;
    least = std::min(least, (1.0 + std::log(sum) + rho * 6.5) / (2.0 * rho));
  }
  const double expected = 2.0 * std::sqrt(least) * std::sqrt(-std::log(0.1) / 10.0);
  EXPECT_NEAR(radius_of_squares(a, 0.9), expected, 1e-6 * expected);
}

TEST(Radius, HugeDistancesDoNotOverflow) {
  const std::vector<double> a = {1e12, 3e12, 2.5e11};
  const double phi = radius_of_squares(a, 0.95), small = radius_of_squares(std::vector<double>{1.0, 3.0, 0.25}, 0.95);
  EXPECT_NEAR(phi, 1e6 * small, 1e-6 * phi);
}

TEST(Radius, SamplesAllAlikeGiveZero) {
  EXPECT_EQ(radius_of_squares(std::vector<double>(5, 0.0), 0.95), 0.0);
}

TEST(Draw, IsReproducibleSortedAndWithoutRepeats) {
  const auto a = draw_without_replacement(100, 30, 7), b = draw_without_replacement(100, 30, 7),
             c = draw_without_replacement(100, 30, 8);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  for (std::size_t i = 1; i < a.size(); ++i) EXPECT_LT(a[i - 1], a[i]);
  EXPECT_EQ(draw_without_replacement(5, 9, 1).size(), 5u);
}

TEST(Model, UnknownWordIsRefused) {
  EXPECT_THROW(uncertainty_model("wasserstein"), std::runtime_error);
}
