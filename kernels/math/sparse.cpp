#include "kernels/math/sparse.hpp"

#include <algorithm>

namespace wattstein::kernels {

namespace {

/// Threads of a block that share one row: the power of two nearest to a quarter of the mean length, 1 to 32.
int group_of(std::int64_t nnz, int count) {
  const std::int64_t mean = count > 0 ? nnz / count : 0;
  int group = 1;
  while (group < 32 && group * 4 < mean) group *= 2;
  return group;
}

}  // namespace

ConstraintPattern::ConstraintPattern(const Batch& batch)
    : n(batch.variables), m(batch.rows), rows(batch.rows + batch.cone_rows()) {
  const CsrPattern& a = batch.A.pattern;
  const CsrPattern& g = batch.G.pattern;
  nnz_a = static_cast<int>(a.nonzeros());
  row_start.reserve(static_cast<std::size_t>(rows) + 1);
  row_start.assign(a.indptr.begin(), a.indptr.end());
  for (int i = 0; i < g.rows; ++i) row_start.push_back(nnz_a + g.indptr[i + 1]);
  column_index = a.indices;
  column_index.insert(column_index.end(), g.indices.begin(), g.indices.end());

  // Column form by counting; rows ascend within a column.
  const auto nnz = column_index.size();
  column_start.assign(static_cast<std::size_t>(n) + 1, 0);
  for (const int j : column_index) ++column_start[j + 1];
  for (int j = 0; j < n; ++j) column_start[j + 1] += column_start[j];
  row_index.resize(nnz);
  to_row_form.resize(nnz);
  std::vector<int> at(column_start.begin(), column_start.end());
  for (int i = 0; i < rows; ++i)
    for (int k = row_start[i]; k < row_start[i + 1]; ++k) {
      const int place = at[column_index[k]]++;
      row_index[place] = i;
      to_row_form[place] = k;
    }

  cone_start.push_back(m);
  for (const Cone& cone : batch.cones) {
    cone_start.push_back(cone_start.back() + cone.size);
    cone_kind.push_back(static_cast<int>(cone.kind));
  }

  const CsrPattern& p = batch.P.pattern;
  nnz_p = static_cast<int>(p.nonzeros());
  if (nnz_p > 0) {
    p_diagonal.assign(static_cast<std::size_t>(n), -1);
    for (int i = 0; i < p.rows; ++i)
      for (int k = p.indptr[i]; k < p.indptr[i + 1]; ++k) {
        if (p.indices[k] == i) p_diagonal[i] = k;
        else p_is_diagonal = false;
      }
  }
}

PatternView ConstraintPattern::view() const {
  PatternView v;
  v.n = n;
  v.m = m;
  v.rows = rows;
  v.nnz = static_cast<int>(column_index.size());
  v.nnz_a = nnz_a;
  v.nnz_p = nnz_p;
  v.cones = static_cast<int>(cone_kind.size());
  v.row_group = group_of(v.nnz, rows);
  v.column_group = group_of(v.nnz, n);
  v.row_start = row_start.data();
  v.column_index = column_index.data();
  v.column_start = column_start.data();
  v.row_index = row_index.data();
  v.to_row_form = to_row_form.data();
  v.cone_start = cone_start.data();
  v.cone_kind = cone_kind.data();
  v.p_diagonal = nnz_p > 0 ? p_diagonal.data() : nullptr;
  return v;
}

BatchView view_of(const Batch& batch) {
  const auto field = [](const Field& f) {
    return f.empty() ? FieldView{} : FieldView{f.data.data(), f.per_problem ? f.width : 0};
  };
  const auto matrix = [](const Matrix& a) {
    MatrixView v;
    v.data = a.data.data();
    v.nnz = a.pattern.nonzeros();
    v.stride = a.per_problem ? v.nnz : 0;
    if (!a.delta_indptr.empty()) {
      v.delta_indptr = a.delta_indptr.data();
      v.delta_position = a.delta_position.data();
      v.delta_value = a.delta_value.data();
    }
    return v;
  };
  BatchView v;
  v.a = matrix(batch.A);
  v.g_matrix = matrix(batch.G);
  v.p = matrix(batch.P);
  v.q = field(batch.q);
  v.r = field(batch.r);
  v.l = field(batch.l);
  v.u = field(batch.u);
  v.lb = field(batch.lb);
  v.ub = field(batch.ub);
  v.g = field(batch.g);
  v.start_x = field(batch.start_x);
  v.start_y = field(batch.start_y);
  v.start_w = field(batch.start_w);
  v.matrix_varies = batch.A.varies() || batch.G.varies() || batch.P.varies();
  return v;
}

}  // namespace wattstein::kernels
