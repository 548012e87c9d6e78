#pragma once
// The public door: build a problem, put numbers for thousands of them beside one another, solve them at once.
//
//     #include <wattstein/solver.hpp>
//     find_package(wattstein REQUIRED)      target_link_libraries(my_program wattstein::solver)

#include "engine/error/error.hpp"
#include "engine/problem/builder.hpp"
#include "engine/solver/solver.hpp"
#include "kernels/batch/batch.hpp"

namespace wattstein {

using engine::BatchResult;
using engine::ProblemBuilder;
using engine::Solver;
using engine::SolverOptions;
using kernels::Batch;
using kernels::Cone;
using kernels::ConeKind;
using kernels::Field;
using kernels::infinity;
using kernels::Matrix;
using kernels::Status;
using kernels::status_word;

}  // namespace wattstein
