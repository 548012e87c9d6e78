#pragma once
// Options that the tests of the solver share.

#include <string>

#include "engine/solver/solver.hpp"

namespace wattstein::test {

inline engine::SolverOptions with(const std::string& method, double tolerance) {
  engine::SolverOptions options;
  options.method = method;
  options.tolerance = tolerance;
  options.device = "cpu";
  options.threads = 1;
  return options;
}

}  // namespace wattstein::test
