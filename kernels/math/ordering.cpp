#include "kernels/math/ordering.hpp"

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>
#include <algorithm>

namespace wattstein::kernels {

SymmetricPattern symmetric_pattern(int rows, std::vector<std::pair<int, int>> pairs) {
  SymmetricPattern pattern;
  pattern.rows = rows;
  for (auto& [i, j] : pairs)
    if (i < j) std::swap(i, j);  // i: row, j: column of the lower triangle
  std::erase_if(pairs, [](const auto& pair) { return pair.first == pair.second; });
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second < b.second : a.first < b.first;
  });
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  pattern.indptr.assign(static_cast<std::size_t>(rows) + 1, 0);
  pattern.indices.reserve(pairs.size());
  for (const auto& [i, j] : pairs) {
    pattern.indices.push_back(i);
    ++pattern.indptr[static_cast<std::size_t>(j) + 1];
  }
  for (std::size_t j = 0; j < static_cast<std::size_t>(rows); ++j) pattern.indptr[j + 1] += pattern.indptr[j];
  return pattern;
}

std::vector<int> minimum_degree_order(const SymmetricPattern& pattern) {
  const int n = pattern.rows;
  std::vector<Eigen::Triplet<double, int>> entries;
  entries.reserve(pattern.indices.size() + static_cast<std::size_t>(n));
  for (int j = 0; j < n; ++j) {
    entries.emplace_back(j, j, 1.0);
    for (auto p = pattern.indptr[static_cast<std::size_t>(j)]; p < pattern.indptr[static_cast<std::size_t>(j) + 1]; ++p)
      entries.emplace_back(pattern.indices[static_cast<std::size_t>(p)], j, 1.0);
  }
  Eigen::SparseMatrix<double, Eigen::ColMajor, int> matrix(n, n);
  matrix.setFromTriplets(entries.begin(), entries.end());
  Eigen::AMDOrdering<int> amd;
  Eigen::AMDOrdering<int>::PermutationType permutation;
  amd(matrix.selfadjointView<Eigen::Lower>(), permutation);
  std::vector<int> order(static_cast<std::size_t>(n));
  for (int p = 0; p < n; ++p) order[static_cast<std::size_t>(p)] = permutation.indices()[p];
  return order;
}

}  // namespace wattstein::kernels
