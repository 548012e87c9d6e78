#include "engine/problem/quadratic_block.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {

CoupledVariables::CoupledVariables(const kernels::CsrPattern& p) : place(static_cast<std::size_t>(p.rows), -1) {
  std::vector<char> is_coupled(static_cast<std::size_t>(p.rows), 0);
  for (int i = 0; i < p.rows; ++i)
    for (int e = p.indptr[i]; e < p.indptr[i + 1]; ++e)
      if (p.indices[e] != i) is_coupled[i] = is_coupled[p.indices[e]] = 1;
  for (int j = 0; j < p.rows; ++j)
    if (is_coupled[j]) {
      place[j] = size();
      variable.push_back(j);
    }
}

SparseBlock coupled_block(const kernels::CsrPattern& p, const double* values, const CoupledVariables& coupled,
                          double shift) {
  std::vector<Eigen::Triplet<double>> entries;
  double largest = 0.0;
  for (int i = 0; i < p.rows; ++i)
    for (int e = p.indptr[i]; e < p.indptr[i + 1]; ++e) {
      const int row = coupled.place[i], column = coupled.place[p.indices[e]];
      if (row < 0 || column < 0) continue;
      entries.emplace_back(std::max(row, column), std::min(row, column), values[e]);
      if (row == column) largest = std::max(largest, std::fabs(values[e]));
    }
  const double add = shift * (largest > 0.0 ? largest : 1.0);
  for (int i = 0; i < coupled.size(); ++i) entries.emplace_back(i, i, add);
  SparseBlock block(coupled.size(), coupled.size());
  block.setFromTriplets(entries.begin(), entries.end());
  return block;
}

}  // namespace wattstein::engine
