#pragma once
// Random problems with a constructed optimum: choose x*, the active sides and the multipliers, then the cost.

#include <cmath>
#include <random>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::test {

struct Made {
  kernels::Batch batch;
  std::vector<double> objective;  // (B) of the constructed optimum
};

struct Shape {
  int problems = 33, variables = 33, rows = 21;
  int second_order = 0, rotated = 0, cone_size = 4;
  bool quadratic = false, full_quadratic = false, matrices_vary = false;
  double per_row = 4.0;         // entries of A in a row
  double infinite_sides = 0.2;  // share of bounds and sides left open
  unsigned seed = 1;
};

inline Made make_problem(const Shape& shape) {
  using kernels::Batch, kernels::Field;
  std::mt19937_64 engine(shape.seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::normal_distribution<double> normal;
  const int n = shape.variables, m = shape.rows, B = shape.problems;
  Made made;
  Batch& batch = made.batch = kernels::make_batch(B, n, m);
  const auto random_pattern = [&](kernels::CsrPattern& pattern, int rows, double per_row) {
    pattern.rows = rows;
    pattern.columns = n;
    pattern.indptr.assign(1, 0);
    pattern.indices.clear();
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < n; ++j)
        if (uniform(engine) < per_row / n || j == i % n) pattern.indices.push_back(j);
      pattern.indptr.push_back(static_cast<int>(pattern.indices.size()));
    }
  };
  random_pattern(batch.A.pattern, m, shape.per_row);
  for (int c = 0; c < shape.second_order; ++c)
    batch.cones.push_back({kernels::ConeKind::second_order, shape.cone_size});
  for (int c = 0; c < shape.rotated; ++c) batch.cones.push_back({kernels::ConeKind::rotated, shape.cone_size});
  const int k = static_cast<int>(batch.cones.size()) * shape.cone_size;
  random_pattern(batch.G.pattern, k, 1.5);
  if (shape.quadratic) {
    auto& pattern = batch.P.pattern;
    pattern.rows = pattern.columns = n;
    pattern.indptr.assign(1, 0);
    pattern.indices.clear();
    for (int j = 0; j < n; ++j) {
      if (j % 3 != 2) {
        pattern.indices.push_back(j);
        if (shape.full_quadratic && j + 1 < n && (j + 1) % 3 != 2) pattern.indices.push_back(j + 1);
      }
      pattern.indptr.push_back(static_cast<int>(pattern.indices.size()));
    }
  }
  const auto fill = [&](kernels::Matrix& matrix, bool definite) {
    matrix.per_problem = shape.matrices_vary;
    const auto sets = static_cast<std::size_t>(shape.matrices_vary ? B : 1);
    matrix.data.clear();
    for (std::size_t set = 0; set < sets; ++set)
      for (int i = 0; i < matrix.pattern.rows; ++i)
        for (int e = matrix.pattern.indptr[static_cast<std::size_t>(i)];
             e < matrix.pattern.indptr[static_cast<std::size_t>(i) + 1]; ++e)
          // Diagonal 1 to 2, off the diagonal at most 0.4: diagonally dominant.
          matrix.data.push_back(definite ? (matrix.pattern.indices[static_cast<std::size_t>(e)] == i
                                                ? 1.0 + uniform(engine)
                                                : 0.8 * uniform(engine) - 0.4)
                                         : normal(engine));
  };
  fill(batch.A, false);
  fill(batch.G, false);
  fill(batch.P, true);
  batch.q = Field::rows(B, n);
  batch.r = Field::rows(B, 1);
  batch.l = Field::rows(B, m);
  batch.u = Field::rows(B, m);
  batch.lb = Field::rows(B, n);
  batch.ub = Field::rows(B, n);
  batch.g = Field::rows(B, k);

  for (int b = 0; b < B; ++b) {
    std::vector<double> av(batch.A.pattern.indices.size()), pv(batch.P.pattern.indices.size()),
        gv(batch.G.pattern.indices.size());
    batch.A.values_of(b, av.data());
    batch.P.values_of(b, pv.data());
    batch.G.values_of(b, gv.data());
    std::vector<double> x(static_cast<std::size_t>(n)), d(static_cast<std::size_t>(n), 0.0);
    for (double& v : x) v = 2.0 * normal(engine);
    double* q = batch.q.of(b);
    // Sides of a value with a multiplier: 0 lower active, 1 upper active, 2 equality, 3 inactive.
    const auto sides = [&](double value, double& lower, double& upper, double& multiplier, bool equality_allowed) {
      const double pick = uniform(engine);
      lower = value - 0.1 - 2.0 * uniform(engine);
      upper = value + 0.1 + 2.0 * uniform(engine);
      multiplier = 0.0;
      if (equality_allowed && pick < 0.25) {
        lower = upper = value;
        multiplier = normal(engine);
      } else if (pick < 0.45) {
        lower = value;
        multiplier = 0.1 + uniform(engine);
        if (uniform(engine) < shape.infinite_sides) upper = kernels::infinity;
      } else if (pick < 0.65) {
        upper = value;
        multiplier = -0.1 - uniform(engine);
        if (uniform(engine) < shape.infinite_sides) lower = -kernels::infinity;
      } else {
        if (uniform(engine) < shape.infinite_sides) lower = -kernels::infinity;
        if (uniform(engine) < shape.infinite_sides) upper = kernels::infinity;
      }
    };
    double objective = 0.0;
    for (int j = 0; j < n; ++j) {
      double multiplier;
      sides(x[static_cast<std::size_t>(j)], batch.lb.of(b)[j], batch.ub.of(b)[j], multiplier, j % 11 == 5);
      q[j] = multiplier;  // reduced cost
    }
    for (int i = 0; i < m; ++i) {
      double ax = 0.0, y;
      const int from = batch.A.pattern.indptr[static_cast<std::size_t>(i)],
                to = batch.A.pattern.indptr[static_cast<std::size_t>(i) + 1];
      for (int e = from; e < to; ++e)
        ax += av[static_cast<std::size_t>(e)] *
              x[static_cast<std::size_t>(batch.A.pattern.indices[static_cast<std::size_t>(e)])];
      sides(ax, batch.l.of(b)[i], batch.u.of(b)[i], y, true);
      for (int e = from; e < to; ++e)
        q[batch.A.pattern.indices[static_cast<std::size_t>(e)]] += av[static_cast<std::size_t>(e)] * y;
    }
    int row = 0;
    for (const kernels::Cone& cone : batch.cones) {
      // Second-order: s = (t, z), w = (t', z') with sᵀw = 0; one in three cones inactive (w = 0).
      std::vector<double> s(static_cast<std::size_t>(cone.size)), w(s.size(), 0.0);
      double norm = 0.0;
      for (std::size_t i = 1; i < s.size(); ++i) {
        s[i] = normal(engine);
        norm += s[i] * s[i];
      }
      norm = std::sqrt(norm);
      if (uniform(engine) < 0.33) {
        s[0] = norm + 0.5 + uniform(engine);
      } else {
        s[0] = norm;
        const double size = 0.1 + uniform(engine);
        w[0] = size * norm;
        for (std::size_t i = 1; i < s.size(); ++i) w[i] = -size * s[i];
      }
      if (cone.kind == kernels::ConeKind::rotated)
        for (auto* v : {&s, &w}) {
          const double a = (*v)[0], c = (*v)[1];
          (*v)[0] = (a + c) * std::sqrt(0.5);
          (*v)[1] = (a - c) * std::sqrt(0.5);
        }
      for (std::size_t i = 0; i < s.size(); ++i, ++row) {
        double gx = 0.0;
        for (int e = batch.G.pattern.indptr[static_cast<std::size_t>(row)];
             e < batch.G.pattern.indptr[static_cast<std::size_t>(row) + 1]; ++e) {
          const auto j = static_cast<std::size_t>(batch.G.pattern.indices[static_cast<std::size_t>(e)]);
          gx += gv[static_cast<std::size_t>(e)] * x[j];
          q[j] += gv[static_cast<std::size_t>(e)] * w[i];
        }
        batch.g.of(b)[row] = s[i] - gx;
      }
    }
    // q = d + Aᵀy + Gᵀw − Px
    double half = 0.0;
    for (int j = 0; j < n; ++j)
      for (int e = batch.P.pattern.indptr[static_cast<std::size_t>(j)];
           e < batch.P.pattern.indptr[static_cast<std::size_t>(j) + 1]; ++e) {
        const int i = batch.P.pattern.indices[static_cast<std::size_t>(e)];
        const double value = pv[static_cast<std::size_t>(e)];
        q[j] -= value * x[static_cast<std::size_t>(i)];
        if (i != j) q[i] -= value * x[static_cast<std::size_t>(j)];
        half += (i == j ? 0.5 : 1.0) * value * x[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(j)];
      }
    batch.r.of(b)[0] = normal(engine);
    objective = batch.r.of(b)[0] + half;
    for (int j = 0; j < n; ++j) objective += q[j] * x[static_cast<std::size_t>(j)];
    made.objective.push_back(objective);
  }
  return made;
}

}  // namespace wattstein::test
