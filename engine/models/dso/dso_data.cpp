#include "engine/models/dso/dso_data.hpp"

#include <limits>

namespace wattstein::engine {
namespace {

template <class T>
void size_to(std::vector<T>& values, std::int64_t rows, int width, T value) {
  values.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(width), value);
}

}  // namespace

void DsoInputs::resize(std::int64_t rows, const DsoData& data) {
  count = rows;
  const int N = data.buses(), M = data.microgrid_count();
  size_to<std::int64_t>(id, rows, 1, 0);
  for (auto* field : {&load_scale, &power_factor, &shed_cost, &correction_cost}) size_to(*field, rows, 1, 0.0);
  for (auto* field : {&pd, &qd, &pv}) size_to(*field, rows, N, 0.0);
  size_to(net, rows, M, 0.0);
}

void DsoAnswers::resize(std::int64_t rows, const DsoData& data) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  count = rows;
  const int N = data.buses(), L = data.lines(), G = data.unit_count(), M = data.microgrid_count();
  for (auto* field : {&pg, &qg}) size_to(*field, rows, G, nan);
  size_to(pm, rows, M, nan);
  for (auto* field : {&pf, &qf, &l}) size_to(*field, rows, L, nan);
  for (auto* field : {&shed, &v}) size_to(*field, rows, N, nan);
  for (auto* field : {&balance_p, &balance_q, &voltage_cap, &price_p, &price_q}) size_to(*field, rows, N, 0.0);
  size_to(drop, rows, L, 0.0);
  size_to(cone, rows, 4 * L, 0.0);
  size_to(status, rows, 1, kernels::Status::numerical_error);
  for (auto* field : {&objective, &lower_bound, &socp_gap, &fictitious_loss}) size_to(*field, rows, 1, nan);
  size_to(seconds, rows, 1, 0.0);
  size_to<std::int64_t>(iterations, rows, 1, 0);
  size_to<std::uint8_t>(tight, rows, 1, 0);
  size_to<std::uint8_t>(accepted, rows, M, 0);
}

}  // namespace wattstein::engine
