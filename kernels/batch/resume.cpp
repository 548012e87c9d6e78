#include "kernels/batch/resume.hpp"

#include <algorithm>

namespace wattstein::kernels {

MethodSettings Resume::limited(std::span<const std::int64_t> problems, const MethodSettings& settings,
                               int default_iterations, const RawSolution& spent) const {
  MethodSettings limited = settings;
  int most = 0;
  for (const std::int64_t b : problems) most = std::max(most, spent.iterations[static_cast<std::size_t>(b)]);
  const int limit = settings.max_iterations > 0 ? settings.max_iterations : default_iterations;
  limited.max_iterations = std::max(1, limit - most);
  limited.warm_start = true;
  return limited;
}

Batch with_start(const Batch& batch, const RawSolution& from) {
  Batch started = batch;
  const auto field = [](const std::vector<double>& values, std::int64_t width) {
    Field out;
    out.data = values;
    out.width = width;
    out.per_problem = true;
    return out;
  };
  started.start_x = field(from.x, batch.variables);
  started.start_y = field(from.y, batch.rows);
  started.start_w = field(from.w, batch.cone_rows());
  return started;
}

}  // namespace wattstein::kernels
