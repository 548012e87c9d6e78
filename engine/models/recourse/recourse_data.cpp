#include "engine/models/recourse/recourse_data.hpp"

#include <limits>

namespace wattstein::engine {

std::vector<double> RecourseSystem::surplus_mw() const {
  std::vector<double> out(bus_number.size(), 0.0);
  for (const Unit& unit : units) out[static_cast<std::size_t>(unit.bus)] += unit.p_max_mw;
  return out;
}

void RecourseRows::resize(std::int64_t rows, const RecourseSystem& system) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  count = rows;
  const auto size = [rows](auto& values, int width, auto value) {
    values.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(width), value);
  };
  const int N = system.buses(), L = system.line_count(), G = system.unit_count(), R = system.renewable_count();
  size(id, 1, std::int64_t{0});
  size(load_scale, 1, 0.0);
  size(pd, N, 0.0);
  for (auto* field : {&pg, &reserve_up, &reserve_down}) size(*field, G, 0.0);
  size(available, R, 0.0);
  for (auto* field : {&up, &down}) size(*field, G, nan);
  size(used, R, nan);
  for (auto* field : {&shed, &surplus, &angle}) size(*field, N, nan);
  size(flow, L, nan);
  size(balance, N, 0.0);
  size(limit, L, 0.0);
  size(status, 1, kernels::Status::numerical_error);
  for (auto* field : {&objective, &lower_bound}) size(*field, 1, nan);
  size(seconds, 1, 0.0);
  size(iterations, 1, std::int64_t{0});
}

}  // namespace wattstein::engine
