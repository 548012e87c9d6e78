#include "engine/problem/lifted.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wattstein::engine {
namespace {

// Added to the diagonal, relative to its largest: a semidefinite P has pivots that are rounding.
constexpr double shift = 1e-12;

kernels::Field extended(const kernels::Field& field, std::int64_t problems, int more, double value) {
  kernels::Field out;
  out.width = field.width + more;
  out.per_problem = field.per_problem;
  const std::int64_t rows = field.per_problem ? problems : 1;
  out.data.assign(static_cast<std::size_t>(rows * out.width), value);
  for (std::int64_t b = 0; b < rows; ++b) std::copy_n(field.of(b), field.width, out.data.data() + b * out.width);
  return out;
}

}  // namespace

Lifted::Lifted(const kernels::Batch& batch)
    : n_(batch.variables), m_(batch.rows), k_(batch.cone_rows()), coupled_(batch.P.pattern) {
  lifted_.name = batch.name;
  lifted_.objective_unit = batch.objective_unit;
  lifted_.problems = batch.problems;
  lifted_.cones = batch.cones;
  lifted_.variables = n_ + coupled_.size();
  lifted_.rows = m_ + coupled_.size();
  build_patterns(batch);
  fill_numbers(batch);
  extend_fields(batch);
}

// A' = [A 0; F −I], P' = the diagonal of the others and I, G' = [G 0].
void Lifted::build_patterns(const kernels::Batch& batch) {
  const int r = coupled_.size();
  std::vector<double> ones(batch.P.pattern.indices.size(), 1.0);
  BlockFactor factor;
  SparseBlock block = coupled_block(batch.P.pattern, ones.data(), coupled_, shift);
  // Any values of this pattern that have a factor: the pattern of L is what counts.
  for (int j = 0; j < r; ++j)
    for (SparseBlock::InnerIterator it(block, j); it; ++it) it.valueRef() = it.row() == it.col() ? r + 1.0 : 1.0;
  factor.compute(block);
  order_.resize(static_cast<std::size_t>(r));
  for (int j = 0; j < r; ++j)
    order_[static_cast<std::size_t>(factor.permutationP().indices()[j])] = coupled_.variable[j];

  kernels::CsrPattern& a = lifted_.A.pattern;
  a = batch.A.pattern;
  a.rows = m_ + r;
  a.columns = n_ + r;
  const SparseBlock l = factor.matrixL().nestedExpression();
  for (int i = 0; i < r; ++i) {  // row i: √D_i (x_i + Σ_k L_ki x_k) − v_i, k and i by pivots
    std::vector<std::pair<int, int>> row{{order_[i], -1}};
    for (SparseBlock::InnerIterator it(l, i); it; ++it)
      if (it.row() > i) row.emplace_back(order_[it.row()], factor_entries_++);
    std::sort(row.begin(), row.end());
    for (const auto& [column, source] : row) {
      a.indices.push_back(column);
      factor_row_.push_back(i);
      source_.push_back(source);
    }
    a.indices.push_back(n_ + i);
    a.indptr.push_back(static_cast<int>(a.indices.size()));
  }
  kernels::CsrPattern& p = lifted_.P.pattern;
  p = {n_ + r, n_ + r, {0}, {}};
  for (int j = 0; j < n_ + r; ++j) {
    if (j >= n_) p.indices.push_back(j);
    else if (coupled_.place[j] < 0)
      for (int e = batch.P.pattern.indptr[j]; e < batch.P.pattern.indptr[j + 1]; ++e) {
        kept_.push_back(e);
        p.indices.push_back(j);
      }
    p.indptr.push_back(static_cast<int>(p.indices.size()));
  }
  lifted_.G = batch.G;
  lifted_.G.pattern.columns = n_ + r;
}

// L below its diagonal, column by column, and √D; zeros where a pivot of 0 ended the factorisation.
void Lifted::read_factor(const BlockFactor& factor, std::vector<double>& lower, std::vector<double>& pivot) const {
  lower.assign(static_cast<std::size_t>(factor_entries_), 0.0);
  std::fill(pivot.begin(), pivot.end(), 0.0);
  if (factor.info() != Eigen::Success) return;
  const SparseBlock l = factor.matrixL().nestedExpression();
  std::size_t entry = 0;
  for (int i = 0; i < coupled_.size(); ++i) {
    for (SparseBlock::InnerIterator it(l, i); it; ++it)
      if (it.row() > i) lower[entry++] = it.value();
    pivot[static_cast<std::size_t>(i)] = std::sqrt(std::max(factor.vectorD()[i], 0.0));
  }
}

void Lifted::fill_numbers(const kernels::Batch& batch) {
  const int r = coupled_.size();
  const std::size_t own = batch.A.pattern.indices.size();
  const std::size_t a_size = lifted_.A.pattern.indices.size(), p_size = lifted_.P.pattern.indices.size();
  lifted_.A.per_problem = batch.A.varies() || batch.P.varies();
  lifted_.P.per_problem = batch.P.varies();
  const auto problems = static_cast<std::size_t>(batch.problems);
  lifted_.A.data.resize(a_size * (lifted_.A.per_problem ? problems : 1));
  lifted_.P.data.resize(p_size * (lifted_.P.per_problem ? problems : 1));
  std::vector<double> values(batch.P.pattern.indices.size()), lower;
  std::vector<double> pivot(static_cast<std::size_t>(r));
  BlockFactor factor;
  for (std::size_t b = 0; b < (lifted_.A.per_problem ? problems : 1); ++b) {
    if (b == 0 || batch.P.varies()) {
      batch.P.values_of(static_cast<std::int64_t>(b), values.data());
      const SparseBlock block = coupled_block(batch.P.pattern, values.data(), coupled_, shift);
      if (b == 0) factor.analyzePattern(block);
      factor.factorize(block);
      read_factor(factor, lower, pivot);
      double* p = lifted_.P.data.data() + b * p_size;
      for (const int e : kept_) *p++ = values[static_cast<std::size_t>(e)];
      std::fill_n(p, r, 1.0);
    }
    double* a = lifted_.A.data.data() + b * a_size;
    batch.A.values_of(static_cast<std::int64_t>(b), a);
    a += own;
    for (std::size_t e = 0; e < source_.size(); ++e) {
      const double scale = pivot[static_cast<std::size_t>(factor_row_[e])];
      *a++ = source_[e] < 0 ? scale : scale * lower[static_cast<std::size_t>(source_[e])];
      if (e + 1 == source_.size() || factor_row_[e + 1] != factor_row_[e]) *a++ = -1.0;
    }
  }
}

void Lifted::extend_fields(const kernels::Batch& batch) {
  const int r = coupled_.size();
  lifted_.q = extended(batch.q, batch.problems, r, 0.0);
  lifted_.lb = extended(batch.lb, batch.problems, r, -kernels::infinity);
  lifted_.ub = extended(batch.ub, batch.problems, r, kernels::infinity);
  lifted_.l = extended(batch.l, batch.problems, r, 0.0);
  lifted_.u = extended(batch.u, batch.problems, r, 0.0);
  lifted_.r = batch.r;
  lifted_.g = batch.g;
  lifted_.start_w = batch.start_w;
  if (!batch.start_y.empty()) lifted_.start_y = extended(batch.start_y, batch.problems, r, 0.0);
  if (batch.start_x.empty()) return;
  lifted_.start_x = extended(batch.start_x, batch.problems, r, 0.0);
  if (!lifted_.start_x.per_problem) {  // v differs where F does
    const kernels::Field one = std::move(lifted_.start_x);
    lifted_.start_x = kernels::Field::rows(batch.problems, one.width);
    for (std::int64_t b = 0; b < batch.problems; ++b) std::copy_n(one.of(0), one.width, lifted_.start_x.of(b));
  }
  std::vector<double> a(lifted_.A.pattern.indices.size());
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    if (b == 0 || lifted_.A.per_problem) lifted_.A.values_of(b, a.data());
    double* x = lifted_.start_x.of(b);
    for (int i = 0; i < r; ++i)
      for (int e = lifted_.A.pattern.indptr[m_ + i]; e + 1 < lifted_.A.pattern.indptr[m_ + i + 1]; ++e)
        x[n_ + i] += a[static_cast<std::size_t>(e)] * x[lifted_.A.pattern.indices[e]];
  }
}

void Lifted::restore(std::int64_t b, const double* x, const double* y, const double* w,
                     kernels::RawSolution& out) const {
  std::copy_n(x, n_, out.x.data() + b * n_);
  std::copy_n(y, m_, out.y.data() + b * m_);
  std::copy_n(w, k_, out.w.data() + b * k_);
}

}  // namespace wattstein::engine
