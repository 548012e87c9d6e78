#include "engine/problem/builder.hpp"

#include <algorithm>

namespace wattstein::engine {

int ProblemBuilder::variable(std::string name, double lower, double upper, double cost) {
  variable_names_.push_back(std::move(name));
  lower_.push_back(lower);
  upper_.push_back(upper);
  cost_.push_back(cost);
  return variables() - 1;
}

void ProblemBuilder::add_product(int i, int j, double coefficient) {
  // ½ xᵀ P x with the upper triangle stored: c x_i² is P_ii = 2 c, c x_i x_j is P_ij = c.
  p_.push_back({std::min(i, j), std::max(i, j), i == j ? 2.0 * coefficient : coefficient});
}

void ProblemBuilder::set_bounds(int variable, double lower, double upper) {
  lower_[static_cast<std::size_t>(variable)] = lower;
  upper_[static_cast<std::size_t>(variable)] = upper;
}

int ProblemBuilder::row(std::string name, double lower, double upper) {
  row_names_.push_back(std::move(name));
  row_lower_.push_back(lower);
  row_upper_.push_back(upper);
  return rows() - 1;
}

void ProblemBuilder::entry(int row, int variable, double coefficient) {
  a_.push_back({row, variable, coefficient});
}

void ProblemBuilder::set_sides(int row, double lower, double upper) {
  row_lower_[static_cast<std::size_t>(row)] = lower;
  row_upper_[static_cast<std::size_t>(row)] = upper;
}

int ProblemBuilder::cone(ConeKind kind, int size) {
  const int first = static_cast<int>(offsets_.size());
  cones_.push_back({kind, size});
  offsets_.resize(offsets_.size() + static_cast<std::size_t>(size), 0.0);
  return first;
}

void ProblemBuilder::cone_entry(int cone_row, int variable, double coefficient) {
  g_.push_back({cone_row, variable, coefficient});
}

void ProblemBuilder::cone_offset(int cone_row, double offset) {
  offsets_[static_cast<std::size_t>(cone_row)] += offset;
}

kernels::Matrix ProblemBuilder::compress(const std::vector<Entry>& entries, int rows, int columns) {
  std::vector<Entry> sorted = entries;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Entry& a, const Entry& b) { return a.row != b.row ? a.row < b.row : a.column < b.column; });
  kernels::Matrix matrix;
  matrix.pattern.rows = rows;
  matrix.pattern.columns = columns;
  matrix.pattern.indptr.assign(static_cast<std::size_t>(rows) + 1, 0);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const bool repeated = i > 0 && sorted[i].row == sorted[i - 1].row && sorted[i].column == sorted[i - 1].column;
    if (repeated) {
      matrix.data.back() += sorted[i].value;
      continue;
    }
    matrix.pattern.indices.push_back(sorted[i].column);
    matrix.data.push_back(sorted[i].value);
    ++matrix.pattern.indptr[static_cast<std::size_t>(sorted[i].row) + 1];
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i)
    matrix.pattern.indptr[i + 1] += matrix.pattern.indptr[i];
  return matrix;
}

Batch ProblemBuilder::build(std::string name) const {
  Batch batch = kernels::make_batch(1, variables(), rows());
  batch.name = std::move(name);
  batch.A = compress(a_, rows(), variables());
  batch.P = compress(p_, variables(), variables());
  batch.G = compress(g_, static_cast<int>(offsets_.size()), variables());
  batch.cones = cones_;
  batch.q = kernels::Field::shared(cost_);
  batch.r = kernels::Field::constant(1, constant_);
  batch.l = kernels::Field::shared(row_lower_);
  batch.u = kernels::Field::shared(row_upper_);
  batch.lb = kernels::Field::shared(lower_);
  batch.ub = kernels::Field::shared(upper_);
  batch.g = kernels::Field::shared(offsets_);
  batch.variable_names = variable_names_;
  batch.row_names = row_names_;
  return batch;
}

}  // namespace wattstein::engine
