#pragma once
// The block of P whose variables it couples, as a matrix of Eigen's: for its factor (lifted.cpp, model_writer.cpp) and
// its signs (convexity.cpp).

#include <Eigen/SparseCholesky>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

using SparseBlock = Eigen::SparseMatrix<double>;
using BlockFactor = Eigen::SimplicialLDLT<SparseBlock, Eigen::Lower, Eigen::AMDOrdering<int>>;

/// Variables with an entry of P beside its diagonal.
struct CoupledVariables {
  std::vector<int> variable;  // (r)
  std::vector<int> place;     // (n) place among them, or -1
  explicit CoupledVariables(const kernels::CsrPattern& p);
  int size() const { return static_cast<int>(variable.size()); }
};

/// Lower triangle of the coupled block (r × r) from P's values, with `shift` times its largest diagonal entry added to
/// the diagonal.
SparseBlock coupled_block(const kernels::CsrPattern& p, const double* values, const CoupledVariables& coupled,
                          double shift);

}  // namespace wattstein::engine
