#pragma once
// Random problems built around a known optimum: a primal point, multipliers and reduced costs that satisfy the
// optimality conditions are drawn first, the data follow from them.

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::test {

struct KnownOptimum {
  kernels::Batch batch;
  std::vector<double> objective;  // (B)
};

struct Shape {
  std::int64_t problems = 33;
  int variables = 20;
  int rows = 11;
  int cones = 0;           // of size 4, second-order and rotated in turn
  bool quadratic = false;  // diagonal P > 0
  bool varying = false;    // every problem has its own numbers in A, G, P
  unsigned seed = 1;
};

inline KnownOptimum make_known_optimum(const Shape& shape) {
  using kernels::infinity;
  std::mt19937 random(shape.seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0.1, 1.0);
  const int n = shape.variables, m = shape.rows, k = 4 * shape.cones;
  KnownOptimum known;
  kernels::Batch& batch = known.batch;
  batch = kernels::make_batch(shape.problems, n, m);
  const auto pattern = [&](kernels::Matrix& matrix, int rows) {
    matrix.pattern.rows = rows;
    matrix.pattern.indptr.assign(1, 0);
    matrix.pattern.indices.clear();
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < n; ++j)
        if (j == (i * 5) % n || uniform(random) < 0.1 + 3.0 / n) matrix.pattern.indices.push_back(j);
      matrix.pattern.indptr.push_back(static_cast<int>(matrix.pattern.indices.size()));
    }
  };
  pattern(batch.A, m);
  pattern(batch.G, k);
  for (int c = 0; c < shape.cones; ++c)
    batch.cones.push_back({c % 2 == 0 ? kernels::ConeKind::second_order : kernels::ConeKind::rotated, 4});
  if (shape.quadratic) {
    for (int j = 0; j < n; ++j) {
      batch.P.pattern.indices.push_back(j);
      batch.P.pattern.indptr[j + 1] = j + 1;
    }
  }
  const std::int64_t sets = shape.varying ? shape.problems : 1;
  for (kernels::Matrix* matrix : {&batch.A, &batch.G, &batch.P}) {
    matrix->per_problem = shape.varying;
    matrix->data.resize(static_cast<std::size_t>(sets * matrix->pattern.nonzeros()));
    for (double& value : matrix->data) value = matrix == &batch.P ? uniform(random) : normal(random);
  }
  batch.q = kernels::Field::rows(shape.problems, n);
  batch.l = kernels::Field::rows(shape.problems, m);
  batch.u = kernels::Field::rows(shape.problems, m);
  batch.lb = kernels::Field::rows(shape.problems, n);
  batch.ub = kernels::Field::rows(shape.problems, n);
  batch.g = kernels::Field::rows(shape.problems, k);
  batch.r = kernels::Field::rows(shape.problems, 1);

  for (std::int64_t b = 0; b < shape.problems; ++b) {
    std::vector<double> a(batch.A.pattern.indices.size()), g(batch.G.pattern.indices.size()),
        p(batch.P.pattern.indices.size());
    batch.A.values_of(b, a.data());
    batch.G.values_of(b, g.data());
    batch.P.values_of(b, p.data());
    std::vector<double> x(n), slope(n, 0.0);
    for (double& value : x) value = normal(random);
    batch.r.of(b)[0] = normal(random);
    double objective = batch.r.of(b)[0];
    // Rows: equality, active below, active above, inactive, free.
    for (int i = 0; i < m; ++i) {
      double ax = 0.0;
      for (int e = batch.A.pattern.indptr[i]; e < batch.A.pattern.indptr[i + 1]; ++e)
        ax += a[e] * x[batch.A.pattern.indices[e]];
      const int kind = i % 5;
      double y = 0.0;
      double& l = batch.l.of(b)[i];
      double& u = batch.u.of(b)[i];
      l = ax - uniform(random);
      u = ax + uniform(random);
      if (kind == 0) l = u = ax, y = normal(random);
      if (kind == 1) l = ax, u = i % 2 ? infinity : u, y = uniform(random);
      if (kind == 2) u = ax, l = i % 2 ? -infinity : l, y = -uniform(random);
      if (kind == 4) l = -infinity, u = infinity;
      for (int e = batch.A.pattern.indptr[i]; e < batch.A.pattern.indptr[i + 1]; ++e)
        slope[batch.A.pattern.indices[e]] += a[e] * y;
    }
    // Cones: both on the boundary and complementary, s inside, w inside in turn. Rotated ones by the rotation of the
    // leading pair.
    for (int c = 0; c < shape.cones; ++c) {
      double s[4], w[4];
      double norm = 0.0;
      for (int i = 1; i < 4; ++i) {
        s[i] = normal(random);
        norm = std::hypot(norm, s[i]);
      }
      s[0] = norm;
      const double size = uniform(random);
      for (int i = 0; i < 4; ++i) w[i] = i == 0 ? size * norm : -size * s[i];
      if (c % 3 == 1) {
        s[0] += 0.5;
        for (double& value : w) value = 0.0;
      }
      if (c % 3 == 2) {
        for (double& value : s) value = 0.0;
        w[0] += 0.5;
      }
      if (c % 2 == 1) {
        const double root = std::sqrt(0.5);
        const double s0 = s[0], w0 = w[0];
        s[0] = root * (s0 + s[1]), s[1] = root * (s0 - s[1]);
        w[0] = root * (w0 + w[1]), w[1] = root * (w0 - w[1]);
      }
      for (int i = 0; i < 4; ++i) {
        const int row = 4 * c + i;
        double gx = 0.0;
        for (int e = batch.G.pattern.indptr[row]; e < batch.G.pattern.indptr[row + 1]; ++e) {
          gx += g[e] * x[batch.G.pattern.indices[e]];
          slope[batch.G.pattern.indices[e]] += g[e] * w[i];
        }
        batch.g.of(b)[row] = s[i] - gx;
      }
    }
    // Variables: at the lower bound, at the upper bound, inside, fixed.
    for (int j = 0; j < n; ++j) {
      const int kind = j % 4;
      double d = 0.0;
      double& lb = batch.lb.of(b)[j];
      double& ub = batch.ub.of(b)[j];
      lb = x[j] - 2.0 * uniform(random);
      ub = x[j] + 2.0 * uniform(random);
      if (kind == 0) lb = x[j], d = uniform(random);
      if (kind == 1) ub = x[j], d = -uniform(random);
      if (kind == 3 && j % 3 == 0) lb = ub = x[j], d = normal(random);
      const double px = shape.quadratic ? p[j] * x[j] : 0.0;
      const double q = slope[j] + d - px;
      batch.q.of(b)[j] = q;
      objective += (q + 0.5 * px) * x[j];
    }
    known.objective.push_back(objective);
  }
  return known;
}

}  // namespace wattstein::test
