#pragma once
// A batch: B problems of the canonical form that share one sparsity pattern.
//
//     minimise    ½ xᵀ P x + qᵀ x + r
//     subject to  l ≤ A x ≤ u,   lb ≤ x ≤ ub,   G_k x + g_k ∈ K_k
//
// Plain arrays only; who fills them lives in engine/problem.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace wattstein::kernels {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// Compressed sparse rows: `indices[indptr[i] .. indptr[i+1])` are the columns of row i, ascending.
struct CsrPattern {
  int rows = 0;
  int columns = 0;
  std::vector<int> indptr{0};  // (rows + 1)
  std::vector<int> indices;    // (nonzeros)
  std::int64_t nonzeros() const { return static_cast<std::int64_t>(indices.size()); }
  bool operator==(const CsrPattern&) const = default;
};

/// A pattern with its numbers: one set for the whole batch (`data` is nnz long), one set per problem
/// (`per_problem`, B × nnz), or a shared set in which problem b replaces
/// `data[delta_position[k]]` by `delta_value[k]` for k in [delta_indptr[b], delta_indptr[b+1]).
struct Matrix {
  CsrPattern pattern;
  std::vector<double> data;
  bool per_problem = false;
  std::vector<std::int64_t> delta_indptr;    // (B + 1) or empty
  std::vector<std::int64_t> delta_position;  // (D)
  std::vector<double> delta_value;           // (D)

  bool varies() const { return per_problem || !delta_indptr.empty(); }
  /// Writes the nnz values of problem b to `out`.
  void values_of(std::int64_t b, double* out) const;
};

/// A vector given once for all problems, or one row per problem.
struct Field {
  std::vector<double> data;  // (width) or (B × width)
  std::int64_t width = 0;
  bool per_problem = false;

  static Field shared(std::vector<double> values);
  static Field constant(std::int64_t width, double value);
  static Field rows(std::int64_t problems, std::int64_t width, double value = 0.0);  // per problem
  bool empty() const { return data.empty(); }
  const double* of(std::int64_t b) const { return data.data() + (per_problem ? b * width : 0); }
  double* of(std::int64_t b) { return data.data() + (per_problem ? b * width : 0); }
};

enum class ConeKind : std::int8_t { second_order = 0, rotated = 1 };

/// second_order: (t, z), ‖z‖₂ ≤ t.   rotated: (s, t, z), ‖z‖₂² ≤ 2 s t, s, t ≥ 0.
struct Cone {
  ConeKind kind = ConeKind::second_order;
  int size = 1;
  bool operator==(const Cone&) const = default;
};

struct Batch {
  std::string name;
  std::string objective_unit;
  std::int64_t problems = 1;  // B
  int variables = 0;          // n
  int rows = 0;               // m
  Matrix A;                   // (m × n)
  Matrix P;                   // (n × n) upper triangle; pattern.rows = n even when empty
  Matrix G;                   // (k × n) all cones below one another
  std::vector<Cone> cones;
  Field q;                                             // (n)
  Field r;                                             // (1)
  Field l, u;                                          // (m)
  Field lb, ub;                                        // (n)
  Field g;                                             // (k)
  Field start_x, start_y, start_w;                     // empty, or a start point; an entry NaN: none for that problem
  std::vector<std::string> variable_names, row_names;  // empty, or (n), (m)

  int cone_rows() const { return G.pattern.rows; }  // k
};

/// An empty batch of the given sizes: no nonzeros, q = r = g = 0, rows and variables free.
Batch make_batch(std::int64_t problems, int variables, int rows);

/// One problem of a batch as a batch of one; values are copied.
Batch extract(const Batch& batch, std::int64_t b);

}  // namespace wattstein::kernels
