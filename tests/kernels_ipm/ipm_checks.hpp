#pragma once
// What the tests of the interior point share.

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "kernels/ipm/ipm.hpp"

namespace wattstein::test {

using kernels::Batch, kernels::IpmMethod, kernels::MethodSettings, kernels::RawSolution;

inline std::vector<std::int64_t> all_of(const Batch& batch) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(batch.problems));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

inline RawSolution solve(const Batch& batch, const MethodSettings& settings, std::vector<std::int64_t> problems = {}) {
  if (problems.empty()) problems = all_of(batch);
  RawSolution out;
  out.resize(batch);
  IpmMethod(batch, settings).solve(batch, problems, settings, out);
  return out;
}

inline MethodSettings with_tolerance(double tolerance, int lanes = 0) {
  MethodSettings settings;
  settings.tolerance_absolute = settings.tolerance_relative = tolerance;
  settings.lanes = lanes;
  settings.threads = 1;
  return settings;
}

inline void expect_same_bits(const Batch& batch, const RawSolution& a, std::int64_t i, const RawSolution& b,
                             std::int64_t j) {
  EXPECT_EQ(a.status[static_cast<std::size_t>(i)], b.status[static_cast<std::size_t>(j)]);
  EXPECT_EQ(a.iterations[static_cast<std::size_t>(i)], b.iterations[static_cast<std::size_t>(j)]);
  const auto same = [&](const std::vector<double>& u, const std::vector<double>& v, std::int64_t width) {
    return std::memcmp(u.data() + i * width, v.data() + j * width, static_cast<std::size_t>(width) * sizeof(double)) ==
           0;
  };
  EXPECT_TRUE(same(a.x, b.x, batch.variables)) << "x of " << i;
  EXPECT_TRUE(same(a.y, b.y, batch.rows)) << "y of " << i;
  EXPECT_TRUE(batch.cone_rows() == 0 || same(a.w, b.w, batch.cone_rows())) << "w of " << i;
}

}  // namespace wattstein::test
