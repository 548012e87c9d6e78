#include "engine/studies/recourse_drawing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wattstein::engine {
namespace {

constexpr std::int64_t most_rows = 100'000;  // kept for histograms
constexpr double at_limit_share = 0.9999;    // of a line's limit

double sum(const std::vector<double>& values, std::int64_t row, int width) {
  double total = 0.0;
  for (int i = 0; i < width; ++i) total += values[static_cast<std::size_t>(row * width + i)];
  return total;
}

}  // namespace

RecourseDrawing::RecourseDrawing(const RecourseSystem& system) : system_(system) {
  report::AgentSystem& out = data_.system;
  out.agent = "transmission";
  for (int n = 0; n < system.buses(); ++n)
    out.buses.push_back({std::to_string(system.bus_number[static_cast<std::size_t>(n)]),
                         {system.load_mw[static_cast<std::size_t>(n)]},
                         0.0,
                         0.0});
  for (const auto& line : system.lines)
    out.lines.push_back(
        {out.buses[static_cast<std::size_t>(line.from)].name + "-" + out.buses[static_cast<std::size_t>(line.to)].name,
         line.from, line.to, line.limit_mw});
  for (const auto& unit : system.units) out.devices.push_back({"unit", unit.name, unit.bus, unit.p_max_mw, 0.0});
  for (const auto& r : system.renewables) out.devices.push_back({"renewable", r.name, r.bus, r.capacity_mw, 0.0});
  data_.line_loading_percent.assign(system.lines.size(), std::numeric_limits<double>::quiet_NaN());
  at_limit_.assign(system.lines.size(), 0.0);
}

void RecourseDrawing::add(const RecourseRows& rows) {
  const int N = system_.buses(), L = system_.line_count(), G = system_.unit_count();
  data_.rows += rows.count;
  for (std::int64_t s = 0; s < rows.count; ++s) {
    const auto k = static_cast<std::size_t>(s);
    const bool kept = data_.looked_at < most_rows;
    data_.looked_at += kept ? 1 : 0;
    if (rows.status[k] != kernels::Status::solved) continue;
    solved_ += 1.0;
    for (int l = 0; l < L; ++l) {
      const double limit = system_.lines[static_cast<std::size_t>(l)].limit_mw;
      if (!(limit > 0.0)) continue;
      const double share = std::abs(rows.flow[static_cast<std::size_t>(s * L + l)]) / limit;
      double& largest = data_.line_loading_percent[static_cast<std::size_t>(l)];
      largest = std::fmax(largest, 100.0 * share);
      at_limit_[static_cast<std::size_t>(l)] += share >= at_limit_share ? 1.0 : 0.0;
    }
    if (!kept) continue;
    data_.objective.push_back(rows.objective[k]);
    data_.gap.push_back(std::abs(rows.objective[k] - rows.lower_bound[k]) / (1.0 + std::abs(rows.objective[k])));
    data_.shed_mw.push_back(sum(rows.shed, s, N));
    data_.deployed_mw.push_back(sum(rows.up, s, G) + sum(rows.down, s, G));
    data_.price.push_back(sum(rows.balance, s, N) / std::max(N, 1));
    data_.iterations.push_back(static_cast<double>(rows.iterations[k]));
  }
}

report::RecourseReportData& RecourseDrawing::finish() {
  data_.bound_share = at_limit_;
  for (double& share : data_.bound_share) share /= std::max(solved_, 1.0);
  return data_;
}

}  // namespace wattstein::engine
