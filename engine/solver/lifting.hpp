#pragma once
// Quadratic costs that couple variables, by the methods that take no more of P than its diagonal.

#include "engine/solver/solver.hpp"

namespace wattstein::engine {

/// Solves the lifted form of `batch` (engine/problem/lifted.hpp) by options.method, pdhg or admm, and judges its
/// answers as the batch was given.
BatchResult solve_lifted(const SolverOptions& options, const Batch& batch);

}  // namespace wattstein::engine
