#pragma once
// Polishing: the last digits of an answer that a first-order method has nearly found. Newton's method on the optimality
// conditions (semismooth, Qi and Sun 1993): a point tells by itself which bounds, rows and cones it leans on; with
// these fixed the conditions are linear, one sparse LDLᵀ solves them, and the new point is asked again.

#include <cstdint>
#include <memory>

#include "kernels/batch/batch.hpp"

namespace wattstein::kernels {

struct PolishPlan;     // polish_plan.hpp
struct PolishNumbers;  // polish_plan.hpp

class Polish {
 public:
  /// Plans for the pattern of `batch` (A, P, G, cones): the rows of cones with all columns that the cone touches,
  /// ordering and symbolic LDLᵀ. No numbers are kept.
  explicit Polish(const Batch& batch);
  ~Polish();

  /// Linear and separable quadratic terms, any cones: no entry of P off its diagonal, and a factor that is worth its
  /// work (cones of thousands of rows are not).
  bool supports() const;

  /// Scratch of one thread for the problems of one batch, which must outlive it.
  class Work {
   public:
    Work(const Polish& polish, const Batch& batch);
    ~Work();
    Work(Work&&) noexcept;

    /// Moves (x, y, w) of problem b, given in the units and signs of the canonical form, to the best point on the way
    /// of at most `most` steps, best by the distance from a fixed point of the projections. Returns the number of
    /// steps taken; 0: left as it was. Depends on the problem and the point alone. Judges nothing: the caller does.
    int improve(std::int64_t b, int most, double* x, double* y, double* w);

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

 private:
  std::unique_ptr<PolishPlan> plan_;
};

}  // namespace wattstein::kernels
