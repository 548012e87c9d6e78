#pragma once
// Whether a kept basis is optimal for some problems, several side by side.

#include <cstdint>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/pool/dual_simplex.hpp"
#include "kernels/pool/pool_screen.hpp"

namespace wattstein::kernels {

/// A basis with what the pool remembers of it.
struct KeptBasis {
  Basis basis;
  std::int64_t used = 0;  // when it last gave an answer
  std::int64_t work = 0;  // entries of updates that were read for it

  // What all problems share of a trial; +-inf where a side differs between them.
  std::vector<double> right_side;           // (m) −N x_N of the sides that do not vary
  std::vector<double> least, most;          // (m) for the basic variable of each row, allowance included
  std::vector<double> point;                // (n) of the variables that stand at such a side, 0 for the others
  std::vector<int> lower, upper;            // variables that stand at their lower, upper side, which varies
  std::vector<int> lower_rows, upper_rows;  // rows whose basic variable has a lower, upper side that varies

  KeptBasis(Basis kept, std::int64_t now) : basis(std::move(kept)), used(now) {}
  /// Fills the shared part; sides are met to feasible·(1 + |side|).
  void prepare(const PoolMatrix& matrix, const PoolScreen& screen, double feasible);
};

/// Sides of problem b.
PoolBounds bounds_of(const Batch& batch, std::int64_t b);

class BasisTrial {
 public:
  static constexpr int block = BasisFactor::block;

  /// `matrix` must outlive this. Sides are met to feasible·(1 + |side|), as the bases were prepared for.
  BasisTrial(const PoolMatrix& matrix, double feasible)
      : a_(matrix), feasible_(feasible), value_(static_cast<std::size_t>(matrix.rows) * block) {}

  /// held[i]: the basis is optimal for problems[i], i < count ≤ block; their rows of x and y are then written. A
  /// problem's answer does not depend on the others.
  void run(const KeptBasis& kept, const Batch& batch, const std::int64_t* problems, int count, RawSolution& out,
           bool* held);

 private:
  void write(const KeptBasis& kept, const PoolBounds& bounds, int width, const double* value, std::int64_t b,
             RawSolution& out) const;

  const PoolMatrix& a_;
  double feasible_;
  std::vector<double> value_;  // (rows, width) of the basic variables
};

}  // namespace wattstein::kernels
