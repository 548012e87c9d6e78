#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/models/hub/gas.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

// Variables: squared pressures in units of the largest p_max². The rows' sides are relaxed to what x itself reaches, so
// that the tolerance x was solved to does not make the fit infeasible.
GasConeGap gas_cone_gap(const GasData& data, const GasColumns& columns, std::span<const double> x) {
  if (!data.given || data.pipes.empty()) return {};
  const auto nodes = data.nodes.size();
  const auto hours = columns.pressure.size();
  double highest = 1e-12;
  for (const double p : data.pressure_max_bar) highest = std::max(highest, p);
  const double unit = highest * highest;

  ProblemBuilder lp;
  for (std::size_t node = 0; node < nodes; ++node)
    lp.variable(fmt::format("squared pressure node {}", data.nodes[node]), 0.0, 1.0);
  for (const auto& pipe : data.pipes) {
    // θ (π_i − π_j) ≥ u²; minimise Σ θ (π_i − π_j)
    const int row = lp.row(fmt::format("pipe {}-{}", pipe.from, pipe.to), 0.0, kernels::infinity);
    lp.entry(row, pipe.from, 1.0);
    lp.entry(row, pipe.to, -1.0);
    lp.add_cost(pipe.from, pipe.weymouth * unit);
    lp.add_cost(pipe.to, -pipe.weymouth * unit);
  }
  for (const auto& compressor : data.compressors) {
    const int row = lp.row(fmt::format("compressor {}-{}", compressor.from, compressor.to), 0.0, kernels::infinity);
    lp.entry(row, compressor.from, compressor.ratio_max * compressor.ratio_max);
    lp.entry(row, compressor.to, -1.0);
  }
  kernels::Batch batch = lp.build("pressure re-fit");
  const auto problems = static_cast<std::int64_t>(hours);
  batch.problems = problems;
  batch.l = kernels::Field::rows(problems, batch.rows);
  batch.lb = kernels::Field::rows(problems, batch.variables);
  batch.ub = kernels::Field::rows(problems, batch.variables);
  // The cost in units of 1: divided by its largest coefficient.
  double largest = 0.0;
  for (const double q : batch.q.data) largest = std::max(largest, std::abs(q));
  if (largest > 0.0)
    for (double& q : batch.q.data) q /= largest;
  for (std::size_t h = 0; h < hours; ++h) {
    double* l = batch.l.of(static_cast<std::int64_t>(h));
    std::size_t row = 0;
    const auto pressure = [&](int node) { return columns.pressure[h][static_cast<std::size_t>(node)].at(x) / unit; };
    for (std::size_t k = 0; k < data.pipes.size(); ++k, ++row) {
      const auto& pipe = data.pipes[k];
      const double flow = columns.pipe[h][k].at(x);
      l[row] = std::min(flow * flow / (pipe.weymouth * unit), pressure(pipe.from) - pressure(pipe.to));
    }
    for (const auto& compressor : data.compressors)
      l[row++] = std::min(
          0.0, compressor.ratio_max * compressor.ratio_max * pressure(compressor.from) - pressure(compressor.to));
    double* lb = batch.lb.of(static_cast<std::int64_t>(h));
    double* ub = batch.ub.of(static_cast<std::int64_t>(h));
    for (std::size_t node = 0; node < nodes; ++node) {
      lb[node] =
          std::min(data.pressure_min_bar[node] * data.pressure_min_bar[node] / unit, pressure(static_cast<int>(node)));
      ub[node] =
          std::max(data.pressure_max_bar[node] * data.pressure_max_bar[node] / unit, pressure(static_cast<int>(node)));
    }
  }
  SolverOptions options;
  options.tolerance = 1e-8;
  Solver solver(options);
  const BatchResult result = solver.solve(batch);
  GasConeGap gap;
  const auto limits = pipe_limits(data);
  for (std::size_t h = 0; h < hours; ++h) {
    const auto status = result.status[h];
    const bool usable = status == Status::solved || status == Status::solved_inaccurate;
    for (std::size_t k = 0; k < data.pipes.size(); ++k) {
      const auto& pipe = data.pipes[k];
      const auto value =
          [&](int node) {  // the pressures of x where the fit failed: a gap that is too large, never too small
            return usable ? unit * result.x_of(static_cast<std::int64_t>(h))[node]
                          : columns.pressure[h][static_cast<std::size_t>(node)].at(x);
          };
      const double flow = columns.pipe[h][k].at(x);
      const double loose = pipe.weymouth * (value(pipe.from) - value(pipe.to)) - flow * flow;
      gap.absolute = std::max(gap.absolute, loose);
      const double scale = std::max(limits[k], 1e-6);
      if (loose / (scale * scale) <= gap.per_unit) continue;
      gap.per_unit = loose / (scale * scale);
      gap.where = fmt::format("pipe {}-{} hour {}", data.nodes[static_cast<std::size_t>(pipe.from)],
                              data.nodes[static_cast<std::size_t>(pipe.to)], h + 1);
    }
  }
  return gap;
}

}  // namespace wattstein::engine
