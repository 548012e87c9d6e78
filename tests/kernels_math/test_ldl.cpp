// Ordering, symbolic and numeric LDLᵀ against dense Eigen; the cone algebra against its definitions.

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <random>

#include "kernels/math/cones.hpp"
#include "kernels/math/ldl.hpp"
#include "kernels/math/ldl_body.hpp"
#include "kernels/math/ldl_list.hpp"
#include "kernels/math/ldl_single.hpp"

namespace {

using namespace wattstein::kernels;

struct Quasidefinite {
  SymmetricPattern pattern;
  Eigen::MatrixXd matrix;
  std::vector<signed char> sign;
};

// [H Bᵀ; B −C] with sparse B, H and C positive diagonal plus a few symmetric entries.
Quasidefinite random_quasidefinite(int rows, unsigned seed, int per_row = 2) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  Quasidefinite k;
  k.matrix = Eigen::MatrixXd::Zero(rows, rows);
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < rows; ++i) k.sign.push_back(i % 3 == 2 ? -1 : 1);
  for (int i = 0; i < rows; ++i) {
    k.matrix(i, i) = k.sign[static_cast<std::size_t>(i)] * (2.0 * per_row + uniform(engine));
    for (int t = 0; t < per_row; ++t) {
      const int j = static_cast<int>(engine() % static_cast<unsigned>(rows));
      if (j == i) continue;
      pairs.emplace_back(i, j);
      pairs.emplace_back(j, i);  // repeated on purpose
      k.matrix(i, j) = k.matrix(j, i) = 0.5 * uniform(engine);
    }
  }
  k.pattern = symmetric_pattern(rows, pairs);
  return k;
}

// How an entry of L's pattern is given to a factorisation.
enum Kind { fill, constant, changing, both, changing_twice, kinds };

// The matrix as a factorisation takes it.
struct Given {
  std::vector<double> constants, changings, diagonal, least;
  std::vector<std::int64_t> constant_start{0}, changing_start{0};
  std::vector<int> constant_row, constant_source, changing_row, changing_source;
  std::vector<signed char> sign;
  int count[kinds] = {};

  // kind_of(i, value): of an entry in row i.
  template <class KindOf>
  Given(const Quasidefinite& k, const LdlSymbolic& s, const KindOf& kind_of) {
    const auto size = static_cast<std::size_t>(s.rows);
    least.assign(size, 1e-14);
    for (std::size_t j = 0; j < size; ++j) {
      const int original = s.order[j];
      diagonal.push_back(k.matrix(original, original));
      sign.push_back(k.sign[static_cast<std::size_t>(original)]);
      for (auto p = s.column[j]; p < s.column[j + 1]; ++p) {
        const int i = s.index[static_cast<std::size_t>(p)];
        const double value = k.matrix(s.order[static_cast<std::size_t>(i)], original);
        const Kind kind = kind_of(i, value);
        ++count[kind];
        if (kind == constant || kind == both) {
          constant_row.push_back(i);
          constant_source.push_back(static_cast<int>(constants.size()));
          constants.push_back(kind == both ? 0.3 * value : value);
        }
        const int changes = kind == changing || kind == both ? 1 : kind == changing_twice ? 2 : 0;
        for (int t = 0; t < changes; ++t) {
          changing_row.push_back(i);
          changing_source.push_back(static_cast<int>(changings.size()));
          changings.push_back((kind == both ? 0.7 : 1.0 / changes) * value);
        }
      }
      constant_start.push_back(static_cast<std::int64_t>(constant_row.size()));
      changing_start.push_back(static_cast<std::int64_t>(changing_row.size()));
    }
  }

  LdlView view(const LdlSymbolic& s) const {
    LdlView v = ldl_view(s);
    v.sign = sign.data(), v.least = least.data();
    v.constant = constant_start.data(), v.constant_row = constant_row.data();
    v.constant_source = constant_source.data();
    v.changing = changing_start.data(), v.changing_row = changing_row.data();
    v.changing_source = changing_source.data();
    return v;
  }
};

TEST(Ordering, IsAPermutationAndKeepsAnArrowSparse) {
  // An arrow pointing the wrong way fills completely unless its tip comes last.
  std::vector<std::pair<int, int>> pairs;
  for (int i = 1; i < 33; ++i) pairs.emplace_back(0, i);
  const SymmetricPattern arrow = symmetric_pattern(33, pairs);
  auto order = minimum_degree_order(arrow);
  EXPECT_EQ(ldl_symbolic(arrow, order).column.back(), 32);
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 33; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

// The last two fill up: supernodes wider than one pass takes.
TEST(Ldl, SolvesLikeADenseFactorAtAwkwardSizes) {
  for (const auto& [rows, per_row] : {std::pair{1, 2}, {2, 2}, {7, 2}, {33, 2}, {129, 2}, {200, 5}, {331, 9}}) {
    const Quasidefinite k = random_quasidefinite(rows, static_cast<unsigned>(rows), per_row);
    const LdlSymbolic s = ldl_symbolic(k.pattern, minimum_degree_order(k.pattern));
    const auto size = static_cast<std::size_t>(rows);
    Given given(k, s, [](int, double) { return constant; });
    LdlView view = given.view(s);
    std::vector<double> lower(s.index.size()), pivot(size), inverse(size), work(ldl_block * size);
    ldl_factor<double>(view, given.constants.data(), given.changings.data(), given.diagonal.data(), lower.data(),
                       pivot.data(), inverse.data(), work.data(), 1e-8);
    const Eigen::VectorXd b = Eigen::VectorXd::LinSpaced(rows, -1.0, 2.0);
    std::vector<double> x(size);
    for (int i = 0; i < rows; ++i) x[static_cast<std::size_t>(s.place[static_cast<std::size_t>(i)])] = b(i);
    ldl_solve<double>(view, lower.data(), inverse.data(), x.data());
    // By supernodes: the same bits.
    view.supernodes = static_cast<int>(s.supernode.size()) - 1;
    std::vector<double> other_lower(lower.size()), other_pivot(size), other_inverse(size), other_x(size),
        scratch(static_cast<std::size_t>(ldl_single_scratch(view)));
    for (int i = 0; i < rows; ++i) other_x[static_cast<std::size_t>(s.place[static_cast<std::size_t>(i)])] = b(i);
    ldl_factor_single(view, given.constants.data(), given.changings.data(), given.diagonal.data(), other_lower.data(),
                      other_pivot.data(), other_inverse.data(), scratch.data(), 1e-8);
    ldl_solve_single(view, other_lower.data(), other_inverse.data(), other_x.data(), scratch.data());
    EXPECT_EQ(lower, other_lower) << rows;
    EXPECT_EQ(pivot, other_pivot) << rows;
    EXPECT_EQ(inverse, other_inverse) << rows;
    EXPECT_EQ(x, other_x) << rows;
    const Eigen::VectorXd expected = k.matrix.fullPivLu().solve(b);
    for (int i = 0; i < rows; ++i) {
      const double error = std::fabs(x[static_cast<std::size_t>(s.place[static_cast<std::size_t>(i)])] - expected(i));
      EXPECT_TRUE(error <= 1e-11 * (1.0 + expected.cwiseAbs().maxCoeff())) << rows << ": " << error;
    }
  }
}

// Every kind of entry: constant, changing, both, changing twice, fill.
TEST(Ldl, ListsGiveTheBitsOfColumnByColumn) {
  for (const auto& [rows, per_row] : {std::pair{1, 2}, {9, 2}, {60, 1}, {129, 3}, {200, 5}}) {
    const Quasidefinite k = random_quasidefinite(rows, 7u + static_cast<unsigned>(rows), per_row);
    const LdlSymbolic s = ldl_symbolic(k.pattern, minimum_degree_order(k.pattern));
    const auto size = static_cast<std::size_t>(rows);
    Given given(k, s, [](int i, double value) { return value == 0.0 ? fill : static_cast<Kind>(1 + i % 4); });
    LdlView view = given.view(s);
    struct Numbers {
      std::vector<double> lower, pivot, inverse, x;
    };
    const auto solved = [&](const LdlView& by) {
      Numbers n{std::vector<double>(s.index.size(), 99.0), std::vector<double>(size), std::vector<double>(size), {}};
      std::vector<double> work(ldl_block * size);
      for (std::size_t j = 0; j < size; ++j) n.x.push_back(std::sin(1.0 + static_cast<double>(j)));
      ldl_factor<double>(by, given.constants.data(), given.changings.data(), given.diagonal.data(), n.lower.data(),
                         n.pivot.data(), n.inverse.data(), work.data(), 1e-8);
      ldl_solve<double>(by, n.lower.data(), n.inverse.data(), n.x.data());
      return n;
    };
    const Numbers expected = solved(view);
    LdlList list;
    list.make(s, view);
    view.list = list.view();
    ASSERT_NE(view.list.row, nullptr);
    const Numbers found = solved(view);
    EXPECT_EQ(expected.lower, found.lower) << rows;
    EXPECT_EQ(expected.pivot, found.pivot) << rows;
    EXPECT_EQ(expected.inverse, found.inverse) << rows;
    EXPECT_EQ(expected.x, found.x) << rows;
    for (const int count : given.count) EXPECT_TRUE(rows < 200 || count > 10) << count;
  }
}

TEST(Ldl, NoListsForAFactorThatTheyWouldOutgrow) {
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < 200; ++i)
    for (int j = 0; j < i; ++j) pairs.emplace_back(i, j);
  const SymmetricPattern dense = symmetric_pattern(200, pairs);
  const LdlSymbolic s = ldl_symbolic(dense, minimum_degree_order(dense));
  ASSERT_GT(s.flops, ldl_list_most);
  const std::vector<std::int64_t> none(201, 0);
  LdlView view = ldl_view(s);
  view.constant = none.data(), view.changing = none.data();
  LdlList list;
  list.make(s, view);
  EXPECT_EQ(list.view().row, nullptr);
}

TEST(Ldl, CancelledPivotIsReplacedWithItsSign) {
  // [1 1; 1 1]: the second pivot is exactly zero.
  const SymmetricPattern pattern = symmetric_pattern(2, {{0, 1}});
  const LdlSymbolic s = ldl_symbolic(pattern, {0, 1});
  const std::int64_t start[] = {0, 1, 1}, none[] = {0, 0, 0};
  const int row[] = {1}, source[] = {0};
  const signed char sign[] = {1, 1};
  const double least[] = {1e-14, 1e-14}, constant[] = {1.0};
  double diagonal[] = {1.0, 1.0}, lower[1], pivot[2], inverse[2], work[2 * ldl_block];
  LdlView view = ldl_view(s);
  view.sign = sign, view.least = least;
  view.constant = start, view.constant_row = row, view.constant_source = source;
  view.changing = none, view.changing_row = row, view.changing_source = source;
  double* none_changing = nullptr;
  ldl_factor<double>(view, static_cast<const double*>(constant), none_changing, static_cast<double*>(diagonal),
                     static_cast<double*>(lower), static_cast<double*>(pivot), static_cast<double*>(inverse),
                     static_cast<double*>(work), 1e-7);
  EXPECT_EQ(pivot[1], 1e-7);
}

struct Cones : testing::TestWithParam<int> {
  static constexpr int most = 33;
  double s[most], w[most], v[most], lambda[most], t[most], u[most];
  ConeScaling<double> scaling;
  int q = 0;
  void SetUp() override {
    q = GetParam();
    std::mt19937 engine(static_cast<unsigned>(q));
    std::normal_distribution<double> normal;
    double ns = 0.0, nw = 0.0;
    for (int i = 1; i < q; ++i) {
      s[i] = normal(engine), w[i] = normal(engine);
      ns += s[i] * s[i], nw += w[i] * w[i];
    }
    s[0] = std::sqrt(ns) + 0.3, w[0] = std::sqrt(nw) + 0.01;
    scaling = soc_scaling<double>(s, w, q, v, lambda);
  }
};

TEST_P(Cones, ScalingMapsBothPointsToLambda) {
  soc_apply(v, scaling.eta, scaling.share, w, q, t);
  soc_apply_inverse(v, scaling.inverse_eta, scaling.share, s, q, u);
  for (int i = 0; i < q; ++i) {
    EXPECT_NEAR(t[i], lambda[i], 1e-12 * (1.0 + lambda[0]));
    EXPECT_NEAR(u[i], lambda[i], 1e-12 * (1.0 + lambda[0]));
  }
}

TEST_P(Cones, InverseUndoesApplyAndDivideUndoesProduct) {
  soc_apply(v, scaling.eta, scaling.share, s, q, t);
  soc_apply_inverse(v, scaling.inverse_eta, scaling.share, t, q, t);
  for (int i = 0; i < q; ++i) EXPECT_NEAR(t[i], s[i], 1e-11 * (1.0 + s[0]));
  // λ ∘ s = (λᵀs, λ_0 s_1 + s_0 λ_1)
  t[0] = lambda[0] * s[0];
  for (int i = 1; i < q; ++i) t[0] += lambda[i] * s[i], t[i] = lambda[0] * s[i] + s[0] * lambda[i];
  soc_divide<double>(lambda, scaling.inverse_root, t, q, t);
  for (int i = 0; i < q; ++i) EXPECT_NEAR(t[i], s[i], 1e-11 * (1.0 + s[0]));
}

TEST_P(Cones, ExpansionIsTheSquareOfTheScaling) {
  // W² x = η² (D x + u uᵀx − z zᵀx)
  soc_apply(v, scaling.eta, scaling.share, s, q, t);
  soc_apply(v, scaling.eta, scaling.share, t, q, t);
  const ConeExpansion<double> e = soc_expansion<double>(v);
  double us = e.u0 * s[0], zs = 0.0;
  for (int i = 1; i < q; ++i) us += e.u1 * v[i] * s[i], zs += e.z1 * v[i] * s[i];
  const double eta2 = scaling.eta * scaling.eta;
  EXPECT_NEAR(t[0], eta2 * (e.d * s[0] + e.u0 * us), 1e-11 * (1.0 + std::fabs(t[0])));
  for (int i = 1; i < q; ++i)
    EXPECT_NEAR(t[i], eta2 * (s[i] + e.u1 * v[i] * us - e.z1 * v[i] * zs), 1e-11 * (1.0 + std::fabs(t[0])));
}

TEST_P(Cones, StepEndsOnTheBoundary) {
  for (int i = 0; i < q; ++i) u[i] = i == 0 ? -0.4 : 0.3 / i;
  const double inverse_step = soc_inverse_step<double>(lambda, scaling.inverse_root, scaling.turn, u, q);
  ASSERT_GT(inverse_step, 0.0);
  for (int i = 0; i < q; ++i) t[i] = lambda[i] + u[i] / inverse_step;
  EXPECT_NEAR(soc_determinant<double>(t, q), 0.0, 1e-10 * lambda[0] * lambda[0]);
  for (int i = 0; i < q; ++i) u[i] = i == 0 ? 1.0 : 0.0;
  EXPECT_EQ(soc_inverse_step<double>(lambda, scaling.inverse_root, scaling.turn, u, q), 0.0) << "inwards for ever";
}

INSTANTIATE_TEST_SUITE_P(Sizes, Cones, testing::Values(1, 2, 4, 33));

}  // namespace
