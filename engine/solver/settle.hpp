#pragma once
// From a method's raw answer to a settled one: the status that the independent judgement allows.

#include <cstdint>
#include <span>

#include "engine/problem/judge.hpp"
#include "engine/solver/methods.hpp"
#include "engine/solver/solver.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::engine {

/// Sizes of all vectors for a batch but x, y, w, which `hand_over` brings; everything NaN, status invalid_data.
void prepare_result(const Batch& batch, BatchResult& result);

/// How far a settled answer is from done, to compare answers of several methods: 0 when proven (solved, or infeasible
/// with a verified ray), else its relative residual.
struct Settled {
  Status status = Status::numerical_error;
  double distance = kernels::infinity;
  std::vector<double> point;  // x, y, w of an answer that is not done; a done one stays where it was judged
  bool done() const { return distance == 0.0; }
};

/// Judges the raw answer of problem b (whose y and w are cut and projected in place). True when it is nearer to done
/// than `known`: then the result gets all of it but x, y, w, which stand in `raw` and, unless it is done, in
/// `known.point`.
bool settle(const Batch& batch, std::int64_t b, MethodName method, kernels::RawSolution& raw, double tolerance,
            Judge& judge, BatchResult& result, Settled& known);

/// Moves the raw rows, which must be those judged last where an answer is done, into the result; puts the best answers
/// of the others back, and NaN where there is none.
void hand_over(const Batch& batch, const std::vector<Settled>& known, kernels::RawSolution& raw, BatchResult& result);

}  // namespace wattstein::engine
