#pragma once
// The constraint pattern of a batch as the first-order methods see it: one matrix K = [A; G] in row and column form,
// the cones as row ranges, and the diagonal of P. Built once per pattern; plain views of it travel to every team.

#include <cstdint>
#include <vector>

#include "kernels/backend/pack.hpp"
#include "kernels/batch/batch.hpp"

namespace wattstein::kernels {

/// Pointers into a ConstraintPattern (or its copy on a device).
struct PatternView {
  int n = 0;      // variables
  int m = 0;      // rows of A
  int rows = 0;   // m + cone rows
  int nnz = 0;    // of K
  int nnz_a = 0;  // the first nnz_a entries of K are A's, in A's order
  int cones = 0;
  int nnz_p = 0;
  int row_group = 1;  // threads of a block per row, per column: chosen from the mean length
  int column_group = 1;
  const int* row_start = nullptr;     // (rows + 1)
  const int* column_index = nullptr;  // (nnz)
  const int* column_start = nullptr;  // (n + 1)
  const int* row_index = nullptr;     // (nnz) column form
  const int* to_row_form = nullptr;   // (nnz) position in row form of each entry of the column form
  const int* cone_start = nullptr;    // (cones + 1) rows of K
  const int* cone_kind = nullptr;     // (cones) 0 second-order, 1 rotated
  const int* p_diagonal = nullptr;    // (n) position of P_jj in P's data, -1: none; null when P is empty
};

struct ConstraintPattern {
  int n = 0, m = 0, rows = 0, nnz_a = 0, nnz_p = 0;
  bool p_is_diagonal = true;
  std::vector<int> row_start, column_index, column_start, row_index, to_row_form, cone_start, cone_kind, p_diagonal;

  explicit ConstraintPattern(const Batch& batch);
  PatternView view() const;
};

/// A vector field of a batch: entry i of problem b is data[b * stride + i]; stride 0 when shared.
struct FieldView {
  const double* data = nullptr;
  std::int64_t stride = 0;
  WATTSTEIN_HD double at(std::int64_t b, int i) const { return data[b * stride + i]; }
};

/// Numbers of a sparse matrix of a batch, with its deltas.
struct MatrixView {
  const double* data = nullptr;
  std::int64_t stride = 0;  // 0: shared
  std::int64_t nnz = 0;
  const std::int64_t* delta_indptr = nullptr;  // null: no deltas
  const std::int64_t* delta_position = nullptr;
  const double* delta_value = nullptr;
};

/// A whole batch in plain pointers. `first` is the problem that stands at index 0 of the per-problem arrays
/// (chunks of a batch travel to a device); results are written at the same offset.
struct BatchView {
  MatrixView a, g_matrix, p;
  FieldView q, r, l, u, lb, ub, g, start_x, start_y, start_w;  // data null: not given
  bool matrix_varies = false;
};

/// Where answers go; rows as in RawSolution.
struct SolutionView {
  std::int8_t* status = nullptr;
  int* iterations = nullptr;
  int* restarts = nullptr;
  double* x = nullptr;
  double* y = nullptr;
  double* w = nullptr;
};

BatchView view_of(const Batch& batch);

}  // namespace wattstein::kernels
