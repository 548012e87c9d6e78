#pragma once
// Factor of a simplex basis B = m columns of [A, −I]: sparse LU with Markowitz pivots, then one product-form update per
// exchanged column. Copies share what they have in common.

#include <memory>
#include <vector>

namespace wattstein::kernels {

/// [A, −I] by columns, and A by rows: variable j < columns is x_j, variable columns + i the activity z_i of row i
/// (Ax − z = 0).
struct PoolMatrix {
  int rows = 0, columns = 0;                  // of A
  std::vector<int> row_start, row_column;     // (m + 1), (nnz)
  std::vector<double> row_value;              // (nnz)
  std::vector<int> column_start, column_row;  // (n + 1), (nnz)
  std::vector<double> column_value;           // (nnz)
  int variables() const { return columns + rows; }

  /// call(row, value) for the entries of variable v's column.
  template <class Call>
  void each_in_column(int v, Call&& call) const {
    if (v >= columns) return call(v - columns, -1.0);
    for (int e = column_start[v]; e < column_start[v + 1]; ++e) call(column_row[e], column_value[e]);
  }
  /// to (m) += factor times the column of variable v.
  void add_column(int v, double factor, double* to) const {
    each_in_column(v, [&](int row, double value) { to[row] += value * factor; });
  }
};

class BasisFactor {
 public:
  /// Most vectors side by side in `solve_block`.
  static constexpr int block = 8;

  /// Factors the basis of the variables in `head` (m), and reorders `head` so that head[r] is the variable pivoted in
  /// row r. False when it is singular; `missing` then gets the rows without a pivot, and `head` the variables that have
  /// one in the other rows.
  bool factor(const PoolMatrix& matrix, std::vector<int>& head, std::vector<int>* missing = nullptr);

  /// x ← B⁻¹ x, by row before, by row of `head` after.
  void solve(double* x) const { solve_block(x, 1); }
  /// The same for `width` vectors (1, 2, 4 or 8), interleaved: x[row · width + vector]. A vector's answer does not
  /// depend on the others.
  void solve_block(double* x, int width) const;
  /// y ← B⁻ᵀ y.
  void solve_transposed(double* y) const;

  /// Column `row` of B becomes the one whose B⁻¹a stands in `column` (m). Its entry `row` must not be 0.
  void replace(int row, const double* column);

  /// Entries of all updates, and of L and U.
  std::int64_t update_entries() const { return update_entries_; }
  std::int64_t factor_entries() const;
  int updates() const { return static_cast<int>(updates_.size()); }

 private:
  struct Entry {
    int row;
    double value;
  };
  struct Step {
    int row;           // pivot row
    int lower, upper;  // first entries of its L column and its U row; they end where the next step's begin
    double pivot, inverse;
  };
  struct Factor {
    std::vector<Step> steps;  // (m + 1) in the order of the pivots; the last one only ends the lists
    std::vector<Entry> lower, upper;
  };
  struct Update {
    int row;
    double pivot;
    std::vector<Entry> entries;  // without that of `row`
  };
  template <int W>
  void solve_vectors(double* x) const;

  std::shared_ptr<const Factor> factor_;
  std::vector<std::shared_ptr<const Update>> updates_;
  std::int64_t update_entries_ = 0;
};

}  // namespace wattstein::kernels
