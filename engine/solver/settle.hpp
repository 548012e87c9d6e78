#pragma once
// From a method's raw answer to a settled one: the status that the independent judgement allows.

#include <cstdint>
#include <span>

#include "engine/problem/judge.hpp"
#include "engine/solver/methods.hpp"
#include "engine/solver/solver.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::engine {

/// Sizes of all vectors for a batch; everything NaN, status invalid_data.
void prepare_result(const Batch& batch, BatchResult& result);

/// How far a settled answer is from done, to compare answers of several methods: 0 when proven (solved, or infeasible
/// with a verified ray), else its relative residual.
struct Settled {
  Status status = Status::numerical_error;
  double distance = kernels::infinity;
  bool done() const { return distance == 0.0; }
};

/// Judges the raw answer of problem b (whose y and w are cut and projected in place) and, when it is nearer to done
/// than `known`, writes it to the result and to `known`.
void settle(const Batch& batch, std::int64_t b, MethodName method, kernels::RawSolution& raw, double tolerance,
            Judge& judge, BatchResult& result, Settled& known);

}  // namespace wattstein::engine
