#pragma once
// What a row is worth, from the data and the row alone. Nothing here uses the assembled matrices, so it also judges
// the assembly.

#include "engine/models/recourse/recourse_data.hpp"

namespace wattstein::engine {

/// Objective of the row's point, $.
double recourse_objective(const RecourseSystem& system, const RecourseRows& rows, std::int64_t row);

/// Certified bound β of the row's prices (canonical page): with λ = balance, μ = limit, both $/MWh and times Δt,
/// Σ λ·side + Σ (μ⁺ lower + μ⁻ upper) + Σ min over its box of reduced cost · variable, $.
double recourse_bound(const RecourseSystem& system, const RecourseRows& rows, std::int64_t row);

/// Largest violation of a balance, limit or box by the row's point, MW; flows are recomputed from the angles.
double recourse_violation(const RecourseSystem& system, const RecourseRows& rows, std::int64_t row);

/// Fills flow, objective and lower_bound of a row that has a point; demotes a solved row whose violation or gap,
/// relative to the largest load or 1 + |objective|, exceeds 10 × tolerance.
void recourse_judge(const RecourseSystem& system, RecourseRows& rows, std::int64_t row, double tolerance);

}  // namespace wattstein::engine
