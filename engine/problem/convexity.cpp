#include "engine/problem/convexity.hpp"

#include <cmath>
#include <vector>

#include "engine/problem/quadratic_block.hpp"
#include "kernels/math/definite.hpp"

namespace wattstein::engine {
namespace {

bool positive_definite(const SparseBlock& block) {
  std::vector<std::pair<int, int>> pairs;
  std::vector<double> below, diagonal(static_cast<std::size_t>(block.rows()), 0.0);
  for (int j = 0; j < block.outerSize(); ++j)
    for (SparseBlock::InnerIterator entry(block, j); entry; ++entry) {
      if (entry.row() == j) {
        diagonal[static_cast<std::size_t>(j)] = entry.value();
      } else {
        pairs.emplace_back(static_cast<int>(entry.row()), j);
        below.push_back(entry.value());  // by columns, rows ascending: as the pattern has them
      }
    }
  const auto pattern = kernels::symmetric_pattern(static_cast<int>(block.rows()), std::move(pairs));
  return kernels::positive_definite(pattern, below.data(), diagonal.data());
}

}  // namespace

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
  return positive_definite(coupled_block(pattern, values, CoupledVariables(pattern), convexity_slack));
}

}  // namespace wattstein::engine
