#include "engine/problem/convexity.hpp"

#include <cmath>
#include <vector>

#include "engine/problem/quadratic_block.hpp"

namespace wattstein::engine {

bool convex(const kernels::CsrPattern& pattern, const double* given, const double* lb, const double* ub) {
  std::vector<double> left;
  const double* values = given;
  if (lb != nullptr && ub != nullptr) {  // what a fixed variable is multiplied with is a linear cost
    left.assign(given, given + pattern.nonzeros());
    for (int i = 0; i < pattern.rows; ++i)
      for (int e = pattern.indptr[i]; e < pattern.indptr[i + 1]; ++e)
        if (const int j = pattern.indices[e]; i != j && (lb[i] == ub[i] || lb[j] == ub[j])) left[e] = 0.0;
    values = left.data();
  }
  // P_jj − Σ |P_ij| ≥ 0 in every row: enough, and cheap.
  std::vector<double> excess(static_cast<std::size_t>(pattern.rows), 0.0);
  bool dominant = true;
  for (int i = 0; i < pattern.rows; ++i)
    for (int e = pattern.indptr[i]; e < pattern.indptr[i + 1]; ++e) {
      const int j = pattern.indices[e];
      if (i == j) {
        if (values[e] < 0.0) return false;
        excess[j] += values[e];
      } else {
        excess[i] -= std::fabs(values[e]);
        excess[j] -= std::fabs(values[e]);
      }
    }
  for (const double value : excess) dominant = dominant && value >= 0.0;
  if (dominant) return true;
  const CoupledVariables coupled(pattern);
  BlockFactor factor;
  factor.compute(coupled_block(pattern, values, coupled, convexity_slack));
  if (factor.info() != Eigen::Success) return false;  // a pivot of 0 beside entries
  return factor.vectorD().minCoeff() >= 0.0;
}

}  // namespace wattstein::engine
