#pragma once
// Fill-reducing order of a symmetric pattern.

#include <cstdint>
#include <vector>

namespace wattstein::kernels {

/// Pattern of a symmetric matrix by columns, lower triangle without the diagonal.
struct SymmetricPattern {
  int rows = 0;
  std::vector<std::int64_t> indptr{0};  // (rows + 1)
  std::vector<int> indices;             // rows > column, ascending
};

/// Builds the pattern from pairs (i, j); pairs may repeat, stand in either triangle, or lie on the diagonal (ignored).
SymmetricPattern symmetric_pattern(int rows, std::vector<std::pair<int, int>> pairs);

/// Approximate minimum degree: order[p] is the row that becomes row p.
std::vector<int> minimum_degree_order(const SymmetricPattern& pattern);

}  // namespace wattstein::kernels
