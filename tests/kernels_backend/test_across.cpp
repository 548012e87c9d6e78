// Vectors of several problems turned side by side.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "kernels/backend/across.hpp"

namespace {

using namespace wattstein::kernels;

template <class P>
struct Across : testing::Test {};
using Packs =
    testing::Types<Pack<double, 2>, Pack<double, 4>, Pack<double, 8>, Pack<float, 4>, Pack<float, 8>, Pack<float, 16>>;
TYPED_TEST_SUITE(Across, Packs);

TYPED_TEST(Across, EveryNumberComesIntoItsLaneAndNothingElseIsTouched) {
  constexpr int lanes = LanesOf<TypeParam>::value;
  using Scalar = ScalarOf<TypeParam>;
  for (const int count : {0, 1, lanes - 1, lanes, lanes + 1, 2 * lanes, 5 * lanes + 3}) {
    std::vector<std::vector<double>> vectors;
    const double* from[lanes];
    for (int t = 0; t < lanes; ++t) {
      vectors.emplace_back();
      for (int i = 0; i < count; ++i) vectors.back().push_back(1000.0 * t + i + 0.25);
      from[t] = vectors.back().data();
    }
    std::vector<TypeParam> out(static_cast<std::size_t>(count) + 2, TypeParam(-1.0));
    copy_across(from, count, out.data() + 1);
    for (int t = 0; t < lanes; ++t) {
      for (int i = 0; i < count; ++i)
        EXPECT_EQ(get_lane(out[static_cast<std::size_t>(i) + 1], t),
                  static_cast<Scalar>(vectors[static_cast<std::size_t>(t)][static_cast<std::size_t>(i)]))
            << lanes << " lanes, lane " << t << ", number " << i << " of " << count;
      EXPECT_EQ(get_lane(out.front(), t), Scalar(-1));
      EXPECT_EQ(get_lane(out.back(), t), Scalar(-1));
    }
  }
}

TYPED_TEST(Across, TheWayBackServesTheLanesThatAreWanted) {
  constexpr int lanes = LanesOf<TypeParam>::value;
  using Scalar = ScalarOf<TypeParam>;
  for (const int count : {0, 1, lanes - 1, lanes, lanes + 1, 5 * lanes + 3}) {
    const auto size = static_cast<std::size_t>(count);
    std::vector<TypeParam> from(size);
    for (std::size_t i = 0; i < size; ++i)
      for (int t = 0; t < lanes; ++t) set_lane(from[i], t, static_cast<Scalar>(1000 * t + static_cast<int>(i)));
    std::vector<std::vector<Scalar>> vectors(lanes, std::vector<Scalar>(size + 2, Scalar(-1)));
    Scalar* to[lanes];
    for (int t = 0; t < lanes; ++t) to[t] = t % 3 == 1 ? nullptr : vectors[static_cast<std::size_t>(t)].data() + 1;
    copy_apart(from.data(), count, to);
    for (int t = 0; t < lanes; ++t)
      for (int i = -1; i <= count; ++i)
        EXPECT_EQ(vectors[static_cast<std::size_t>(t)][static_cast<std::size_t>(i + 1)],
                  !to[t] || i < 0 || i == count ? Scalar(-1) : static_cast<Scalar>(1000 * t + i));
  }
}

TYPED_TEST(Across, AVectorThatAllShareIsSpread) {
  constexpr int lanes = LanesOf<TypeParam>::value;
  const std::vector<double> shared = {0.5, -2.0, 1e300, 3.0};
  const double* from[lanes];
  for (const double*& vector : from) vector = shared.data();
  std::vector<TypeParam> out(shared.size());
  copy_across(from, static_cast<std::int64_t>(shared.size()), out.data());
  for (std::size_t i = 0; i < shared.size(); ++i)
    for (int t = 0; t < lanes; ++t) EXPECT_EQ(get_lane(out[i], t), static_cast<ScalarOf<TypeParam>>(shared[i]));
}

}  // namespace
