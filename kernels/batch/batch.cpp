#include "kernels/batch/batch.hpp"

#include <algorithm>

namespace wattstein::kernels {

void Matrix::values_of(std::int64_t b, double* out) const {
  const std::int64_t nnz = pattern.nonzeros();
  const double* source = data.data() + (per_problem ? b * nnz : 0);
  std::copy(source, source + nnz, out);
  if (!delta_indptr.empty())
    for (std::int64_t k = delta_indptr[b]; k < delta_indptr[b + 1]; ++k) out[delta_position[k]] = delta_value[k];
}

Field Field::shared(std::vector<double> values) {
  Field field;
  field.width = static_cast<std::int64_t>(values.size());
  field.data = std::move(values);
  return field;
}

Field Field::constant(std::int64_t width, double value) {
  return shared(std::vector<double>(static_cast<std::size_t>(width), value));
}

Field Field::rows(std::int64_t problems, std::int64_t width, double value) {
  Field field;
  field.width = width;
  field.per_problem = true;
  field.data.assign(static_cast<std::size_t>(problems * width), value);
  return field;
}

Batch make_batch(std::int64_t problems, int variables, int rows) {
  Batch batch;
  batch.problems = problems;
  batch.variables = variables;
  batch.rows = rows;
  const auto empty = [&](Matrix& matrix, int matrix_rows) {
    matrix.pattern.rows = matrix_rows;
    matrix.pattern.columns = variables;
    matrix.pattern.indptr.assign(static_cast<std::size_t>(matrix_rows) + 1, 0);
  };
  empty(batch.A, rows);
  empty(batch.P, variables);
  empty(batch.G, 0);
  batch.q = Field::constant(variables, 0.0);
  batch.r = Field::constant(1, 0.0);
  batch.l = Field::constant(rows, -infinity);
  batch.u = Field::constant(rows, infinity);
  batch.lb = Field::constant(variables, -infinity);
  batch.ub = Field::constant(variables, infinity);
  batch.g = Field::constant(0, 0.0);
  return batch;
}

Batch extract(const Batch& batch, std::int64_t b) {
  Batch one = batch;
  one.problems = 1;
  const auto take_matrix = [b](const Matrix& from, Matrix& to) {
    to = Matrix{};
    to.pattern = from.pattern;
    to.data.resize(static_cast<std::size_t>(from.pattern.nonzeros()));
    from.values_of(b, to.data.data());
  };
  const auto take_field = [b](const Field& from, Field& to) {
    to = from.empty() ? Field{} : Field::shared({from.of(b), from.of(b) + from.width});
  };
  take_matrix(batch.A, one.A);
  take_matrix(batch.P, one.P);
  take_matrix(batch.G, one.G);
  take_field(batch.q, one.q);
  take_field(batch.r, one.r);
  take_field(batch.l, one.l);
  take_field(batch.u, one.u);
  take_field(batch.lb, one.lb);
  take_field(batch.ub, one.ub);
  take_field(batch.g, one.g);
  take_field(batch.start_x, one.start_x);
  take_field(batch.start_y, one.start_y);
  take_field(batch.start_w, one.start_w);
  return one;
}

}  // namespace wattstein::kernels
