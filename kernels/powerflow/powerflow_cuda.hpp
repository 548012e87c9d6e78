#pragma once
// The CUDA side of the power flow, or a stub where it is not compiled.

#include <string>

#include "kernels/powerflow/lanes.hpp"

namespace wattstein::kernels {

/// Solves the task on at most `devices` CUDA devices (0: all), one thread a scenario. Host pointers. Returns "" or why
/// not everything was solved. `sweep` is null for Newton's method.
std::string solve_on_cuda(const NewtonView& newton, const int* newton_order, const SweepView* sweep,
                          const PowerFlowTask& task, int devices);

}  // namespace wattstein::kernels
