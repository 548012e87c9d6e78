// Definiteness by the factor against the smallest eigenvalue.

#include "kernels/math/definite.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <limits>
#include <random>

namespace {

using namespace wattstein::kernels;

bool definite(const Eigen::MatrixXd& matrix) {
  std::vector<std::pair<int, int>> pairs;
  std::vector<double> below, diagonal;
  const int rows = static_cast<int>(matrix.rows());
  for (int j = 0; j < rows; ++j) {
    diagonal.push_back(matrix(j, j));
    for (int i = j + 1; i < rows; ++i)
      if (matrix(i, j) != 0.0) pairs.emplace_back(i, j), below.push_back(matrix(i, j));
  }
  return positive_definite(symmetric_pattern(rows, std::move(pairs)), below.data(), diagonal.data());
}

// B Bᵀ of low rank with its smallest eigenvalue moved to `least`.
Eigen::MatrixXd random_matrix(int rows, double share, double least, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  Eigen::MatrixXd b = Eigen::MatrixXd::Zero(rows, rows / 2 + 1);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < b.cols(); ++j)
      if (std::fabs(uniform(engine)) < share) b(i, j) = uniform(engine);
  Eigen::MatrixXd matrix = b * b.transpose();
  const double smallest = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix).eigenvalues()(0);
  matrix.diagonal().array() += least - smallest;
  return matrix;
}

TEST(Definite, IsToldByTheSmallestEigenvalue) {
  for (const int rows : {1, 2, 9, 70, 400})  // the last: supernodes of several panels
    for (const double share : {0.02, 1.0})
      for (const double least : {1e-3, 1e-7, -1e-7, -1e-3}) {
        const auto matrix = random_matrix(rows, share, least, static_cast<unsigned>(rows));
        EXPECT_EQ(definite(matrix), least > 0.0) << rows << " rows, share " << share << ", eigenvalue " << least;
      }
}

TEST(Definite, WhatIsNotFiniteIsNot) {
  Eigen::MatrixXd matrix = random_matrix(30, 1.0, 1.0, 3);
  matrix(7, 3) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(definite(matrix));
}

}  // namespace
