#pragma once
// What Polish keeps per pattern.

#include <vector>

#include "kernels/math/ldl.hpp"
#include "kernels/math/sparse.hpp"

namespace wattstein::kernels {

struct PolishPlan {
  ConstraintPattern pattern;
  // K̂ = [A; QᵀG]: the rows of a cone carry every column that the cone touches, because they are turned (Q) for each
  // point. An entry of K stands at `place` in K̂.
  std::vector<int> row_start, column_index;  // (rows + 1), (entries)
  std::vector<int> place;                    // (nnz of K)
  LdlSymbolic ldl;                           // of [P, K̂ᵀ; K̂, ·], variables first
  std::vector<signed char> sign;             // (n + rows) by place in the factor: + variables, - rows
  std::vector<double> least;                 // (n + rows)
  std::vector<std::int64_t> no_constant;     // (n + rows + 1) zeros: every entry changes
  std::vector<std::int64_t> changing;        // (n + rows + 1)
  std::vector<int> changing_row, changing_source;
  bool supported = false;

  explicit PolishPlan(const Batch& batch);
  LdlView view() const;
};

}  // namespace wattstein::kernels
