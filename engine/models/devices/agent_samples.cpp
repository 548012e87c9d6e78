#include "engine/models/devices/agent_samples.hpp"

#include <algorithm>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

// Support box Ξ, (H, n_r) each. samples: [min − m (max − min), max + m (max − min)] cut to [0, capacity].
void set_support(const SampleRequest& request, const std::vector<Renewable>& renewables, AgentSamples& samples) {
  const auto n = renewables.size();
  const auto cells = static_cast<std::size_t>(samples.hours) * n;
  samples.lower.assign(cells, 0.0);
  samples.upper.assign(cells, 0.0);
  if (request.support == "file") {
    const auto bounds = grid::read_bounds(request.support_file, samples.renewables, samples.hours);
    for (std::size_t i = 0; i < cells; ++i) {
      samples.lower[i] = request.scale * bounds.lower[i];
      samples.upper[i] = request.scale * bounds.upper[i];
    }
    return;
  }
  for (std::size_t i = 0; i < cells; ++i) {
    const double capacity = renewables[i % n].capacity_mw;
    samples.upper[i] = capacity;
    if (request.support != "samples") continue;
    double low = kernels::infinity, high = -kernels::infinity;
    for (int e = 0; e < samples.count; ++e) {
      const double value = samples.values[static_cast<std::size_t>(e) * cells + i];
      low = std::min(low, value);
      high = std::max(high, value);
    }
    const double margin = request.support_margin * (high - low);
    samples.lower[i] = std::clamp(low - margin, 0.0, capacity);
    samples.upper[i] = std::clamp(high + margin, 0.0, capacity);
  }
}

}  // namespace

AgentSamples make_samples(const SampleRequest& request, const std::vector<Renewable>& renewables, int hours,
                          grid::SampleCache& cache) {
  AgentSamples samples;
  samples.hours = hours;
  samples.radius_mw = request.radius_mw;
  for (const auto& renewable : renewables) samples.renewables.push_back(renewable.name);
  const auto cells = static_cast<std::size_t>(hours) * renewables.size();
  if (request.file.empty() && !renewables.empty())
    throw Error("{}: 'samples' is missing; there are renewables ({} ...)", request.where, renewables.front().name);
  if (request.file.empty()) return samples;
  const auto& table = cache.read(request.file, samples.renewables, hours);
  const int available = table.count - (request.first - 1);
  const int count = request.count == 0 ? available : request.count;
  if (count < 1 || count > available)
    throw Error("{}: the samples {} .. {} are asked for, but {} has only {}", request.where, request.first,
                request.first + std::max(count, 1) - 1, request.file.string(), table.count);
  if (renewables.empty()) return samples;
  samples.count = count;
  samples.values.assign(
      table.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(request.first - 1) * cells),
      table.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(request.first - 1 + count) * cells));
  for (double& value : samples.values) value *= request.scale;
  samples.mean.assign(cells, 0.0);
  for (int e = 0; e < count; ++e)
    for (std::size_t i = 0; i < cells; ++i) samples.mean[i] += samples.values[static_cast<std::size_t>(e) * cells + i];
  for (double& value : samples.mean) value /= count;
  set_support(request, renewables, samples);
  for (int e = 0; e < count; ++e)
    for (std::size_t i = 0; i < cells; ++i) {
      const double value = samples.values[static_cast<std::size_t>(e) * cells + i];
      const double tolerance = 1e-9 * (1.0 + value);
      if (!(value >= samples.lower[i] - tolerance && value <= samples.upper[i] + tolerance))
        throw Error(
            "{}: sample {}, hour {}, '{}' = {} MW is outside its support {} .. {} (support = {}, capacity {} MW)",
            request.file.string(), request.first + e, i / renewables.size() + 1,
            samples.renewables[i % renewables.size()], value, samples.lower[i], samples.upper[i], request.support,
            renewables[i % renewables.size()].capacity_mw);
    }
  if (!request.test_file.empty()) {
    samples.test = cache.read(request.test_file, samples.renewables, hours).values;
    for (double& value : samples.test) value *= request.scale;
  }
  return samples;
}

}  // namespace wattstein::engine
