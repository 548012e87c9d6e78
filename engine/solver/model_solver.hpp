#pragma once
// One problem of unknown origin: presolved, solved to more digits than asked for, led back and judged as it was given.

#include "engine/solver/solver.hpp"

namespace wattstein::engine {

/// Solves a batch of one. The answer is that of the given problem: a presolved answer that does not stand the judgement
/// there is given up and the problem is solved as it is. Same errors as Solver::solve.
BatchResult solve_model(Solver& solver, const Batch& problem);

}  // namespace wattstein::engine
