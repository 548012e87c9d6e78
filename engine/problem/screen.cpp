#include "engine/problem/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/error/error.hpp"
#include "engine/problem/convexity.hpp"
#include "engine/problem/judge_passes.hpp"
#include "kernels/backend/clones.hpp"

namespace wattstein::engine {
namespace {

using kernels::Batch;
using kernels::Field;
using kernels::infinity;
using kernels::Matrix;

WATTSTEIN_CLONES bool ordered(const double* lower, const double* upper, std::int64_t count) {
  std::int64_t good = 0;  // comparisons with NaN are false
#pragma omp simd reduction(+ : good)
  for (std::int64_t i = 0; i < count; ++i)
    good += (lower[i] <= upper[i]) & (lower[i] < infinity) & (upper[i] > -infinity) ? 1 : 0;
  return good == count;
}

// One test for what all share, else one per problem.
template <class Test>
void apply(std::vector<char>& valid, bool per_problem, const Test& test) {
  if (!per_problem) {
    if (!test(0)) std::fill(valid.begin(), valid.end(), char{0});
    return;
  }
  for (std::size_t b = 0; b < valid.size(); ++b)
    if (valid[b] && !test(static_cast<std::int64_t>(b))) valid[b] = 0;
}

void screen_finite(std::vector<char>& valid, const Field& field) {
  apply(valid, field.per_problem, [&](std::int64_t b) { return all_finite(field.of(b), field.width); });
}

void screen_ordered(std::vector<char>& valid, const Field& lower, const Field& upper) {
  apply(valid, lower.per_problem || upper.per_problem,
        [&](std::int64_t b) { return ordered(lower.of(b), upper.of(b), lower.width); });
}

// A shared entry that every problem but some replaces is judged by what remains.
void screen_matrix(std::vector<char>& valid, const Matrix& matrix) {
  const auto good = [&](const double* values) { return all_finite(values, matrix.pattern.nonzeros()); };
  if (matrix.delta_indptr.empty()) {
    apply(valid, matrix.per_problem, [&](std::int64_t b) {
      return good(matrix.data.data() + (matrix.per_problem ? b * matrix.pattern.nonzeros() : 0));
    });
    return;
  }
  std::vector<double> values(static_cast<std::size_t>(matrix.pattern.nonzeros()));
  apply(valid, true, [&](std::int64_t b) {
    matrix.values_of(b, values.data());
    return good(values.data());
  });
}

// Convex in all variables, which may do for all problems at once, or in those that are not fixed.
void screen_convexity(std::vector<char>& valid, const Batch& batch) {
  const auto& pattern = batch.P.pattern;
  if (pattern.nonzeros() == 0) return;
  std::vector<double> values(static_cast<std::size_t>(pattern.nonzeros()));
  bool of_all = false;
  for (std::size_t b = 0; b < valid.size(); ++b) {
    const auto problem = static_cast<std::int64_t>(b);
    if (!valid[b] || of_all) continue;
    batch.P.values_of(problem, values.data());
    if (convex(pattern, values.data())) of_all = !batch.P.varies();
    else if (!convex(pattern, values.data(), batch.lb.of(problem), batch.ub.of(problem))) valid[b] = 0;
  }
}

void require_field(const Batch& batch, const Field& field, std::int64_t width, std::string_view name, bool optional) {
  if (optional && field.empty() && field.width == 0) return;
  const std::int64_t expected = field.per_problem ? batch.problems * width : width;
  if (field.width != width || static_cast<std::int64_t>(field.data.size()) != expected)
    throw Error("batch '{}': {} has width {} and {} numbers, expected width {} and {} numbers", batch.name, name,
                field.width, field.data.size(), width, expected);
}

void require_matrix(const Batch& batch, const Matrix& matrix, int rows, std::string_view name) {
  const auto& pattern = matrix.pattern;
  const auto nnz = pattern.nonzeros();
  const bool shape = pattern.rows == rows && pattern.columns == batch.variables &&
                     pattern.indptr.size() == static_cast<std::size_t>(rows) + 1 && pattern.indptr.front() == 0 &&
                     pattern.indptr.back() == nnz;
  if (!shape)
    throw Error("batch '{}': the pattern of {} contradicts its sizes ({} rows expected)", batch.name, name, rows);
  for (int row = 0; row < rows; ++row)
    for (int k = pattern.indptr[row]; k < pattern.indptr[row + 1]; ++k)
      if (k < 0 || k >= nnz || pattern.indices[k] < 0 || pattern.indices[k] >= batch.variables ||
          (k > pattern.indptr[row] && pattern.indices[k] <= pattern.indices[k - 1]))
        throw Error("batch '{}': row {} of {} has a column out of range or order", batch.name, row, name);
  const std::int64_t expected = matrix.per_problem ? batch.problems * nnz : nnz;
  if (static_cast<std::int64_t>(matrix.data.size()) != expected)
    throw Error("batch '{}': {} has {} numbers, expected {}", batch.name, name, matrix.data.size(), expected);
  if (matrix.delta_indptr.empty()) return;
  const auto count = static_cast<std::int64_t>(matrix.delta_position.size());
  if (matrix.per_problem || static_cast<std::int64_t>(matrix.delta_indptr.size()) != batch.problems + 1 ||
      matrix.delta_indptr.front() != 0 || matrix.delta_indptr.back() != count ||
      !std::is_sorted(matrix.delta_indptr.begin(), matrix.delta_indptr.end()) ||
      static_cast<std::int64_t>(matrix.delta_value.size()) != count ||
      std::any_of(matrix.delta_position.begin(), matrix.delta_position.end(),
                  [&](std::int64_t k) { return k < 0 || k >= nnz; }))
    throw Error("batch '{}': the deltas of {} contradict each other", batch.name, name);
}

}  // namespace

std::vector<char> screen(const Batch& batch) {
  std::vector<char> valid(static_cast<std::size_t>(batch.problems), char{1});
  screen_finite(valid, batch.q);
  screen_finite(valid, batch.r);
  if (batch.cone_rows() > 0) screen_finite(valid, batch.g);
  screen_ordered(valid, batch.l, batch.u);
  screen_ordered(valid, batch.lb, batch.ub);
  screen_matrix(valid, batch.A);
  screen_matrix(valid, batch.P);
  screen_matrix(valid, batch.G);
  screen_convexity(valid, batch);
  return valid;
}

std::string invalid_reason(const Batch& batch, std::int64_t b) {
  const auto unordered = [&](const Field& lower, const Field& upper, std::string_view what,
                             const std::vector<std::string>& names) -> std::string {
    for (std::int64_t i = 0; i < lower.width; ++i)
      if (const double l = lower.of(b)[i], u = upper.of(b)[i]; !ordered(&l, &u, 1))
        return fmt::format("{} {} has the sides {} and {}; expected lower <= upper", what,
                           names.empty() ? fmt::format("{}", i) : fmt::format("'{}'", names[i]), l, u);
    return {};
  };
  for (const auto& [field, name] :
       {std::pair{&batch.q, "a linear cost"}, {&batch.r, "the constant cost"}, {&batch.g, "a cone's offset"}})
    if (field->width > 0 && !field->empty() && !all_finite(field->of(b), field->width))
      return fmt::format("{} is not a finite number", name);
  if (auto reason = unordered(batch.l, batch.u, "row", batch.row_names); !reason.empty()) return reason;
  if (auto reason = unordered(batch.lb, batch.ub, "variable", batch.variable_names); !reason.empty()) return reason;
  std::vector<double> values;
  for (const auto& [matrix, name] :
       {std::pair{&batch.A, "a row"}, {&batch.P, "the quadratic cost"}, {&batch.G, "a cone"}}) {
    values.resize(matrix->pattern.indices.size());
    matrix->values_of(b, values.data());
    if (!all_finite(values.data(), matrix->pattern.nonzeros()))
      return fmt::format("{} has an entry that is not a finite number", name);
    if (matrix == &batch.P && !convex(matrix->pattern, values.data(), batch.lb.of(b), batch.ub.of(b)))
      return "the quadratic cost is not convex";
  }
  return {};
}

void require_consistent(const Batch& batch) {
  if (batch.problems < 1 || batch.variables < 1 || batch.rows < 0)
    throw Error("batch '{}': {} problems, {} variables, {} rows; expected at least 1, 1 and 0", batch.name,
                batch.problems, batch.variables, batch.rows);
  std::int64_t cone_rows = 0;
  for (const auto& cone : batch.cones) {
    if (cone.size < (cone.kind == kernels::ConeKind::rotated ? 2 : 1))
      throw Error("batch '{}': a cone of size {}", batch.name, cone.size);
    cone_rows += cone.size;
  }
  require_matrix(batch, batch.A, batch.rows, "A");
  require_matrix(batch, batch.P, batch.variables, "P");
  require_matrix(batch, batch.G, static_cast<int>(cone_rows), "G");
  require_field(batch, batch.q, batch.variables, "q", false);
  require_field(batch, batch.r, 1, "r", false);
  require_field(batch, batch.l, batch.rows, "l", false);
  require_field(batch, batch.u, batch.rows, "u", false);
  require_field(batch, batch.lb, batch.variables, "lb", false);
  require_field(batch, batch.ub, batch.variables, "ub", false);
  require_field(batch, batch.g, cone_rows, "g", cone_rows == 0);
  require_field(batch, batch.start_x, batch.variables, "start_x", true);
  require_field(batch, batch.start_y, batch.rows, "start_y", true);
  require_field(batch, batch.start_w, cone_rows, "start_w", true);
}

}  // namespace wattstein::engine
