#include "engine/models/dso/dso_data.hpp"

#include <algorithm>
#include <limits>

namespace wattstein::engine {
namespace {

template <class T>
void size_to(std::vector<T>& values, std::int64_t rows, int width, T value) {
  values.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(width), value);
}

/// Calls visit(array of `mine`, array of `theirs`, width) for every array.
template <class Mine, class Theirs, class Visit>
void each_input(const DsoData& data, Mine& mine, Theirs& theirs, Visit&& visit) {
  const int N = data.buses(), M = data.microgrid_count();
  visit(mine.id, theirs.id, 1), visit(mine.load_scale, theirs.load_scale, 1);
  visit(mine.power_factor, theirs.power_factor, 1), visit(mine.shed_cost, theirs.shed_cost, 1);
  visit(mine.correction_cost, theirs.correction_cost, 1);
  visit(mine.pd, theirs.pd, N), visit(mine.qd, theirs.qd, N), visit(mine.pv, theirs.pv, N);
  visit(mine.net, theirs.net, M);
}

template <class Mine, class Theirs, class Visit>
void each_answer(const DsoData& data, Mine& mine, Theirs& theirs, Visit&& visit) {
  const int N = data.buses(), L = data.lines(), G = data.unit_count(), M = data.microgrid_count();
  visit(mine.pg, theirs.pg, G), visit(mine.qg, theirs.qg, G), visit(mine.pm, theirs.pm, M);
  visit(mine.shed, theirs.shed, N), visit(mine.pf, theirs.pf, L), visit(mine.qf, theirs.qf, L);
  visit(mine.l, theirs.l, L), visit(mine.v, theirs.v, N);
  visit(mine.balance_p, theirs.balance_p, N), visit(mine.balance_q, theirs.balance_q, N);
  visit(mine.drop, theirs.drop, L), visit(mine.cone, theirs.cone, 4 * L);
  visit(mine.voltage_cap, theirs.voltage_cap, N);
  visit(mine.price_p, theirs.price_p, N), visit(mine.price_q, theirs.price_q, N);
  visit(mine.status, theirs.status, 1), visit(mine.objective, theirs.objective, 1);
  visit(mine.lower_bound, theirs.lower_bound, 1), visit(mine.socp_gap, theirs.socp_gap, 1);
  visit(mine.fictitious_loss, theirs.fictitious_loss, 1), visit(mine.seconds, theirs.seconds, 1);
  visit(mine.iterations, theirs.iterations, 1), visit(mine.tight, theirs.tight, 1);
  visit(mine.accepted, theirs.accepted, M);
}

/// Row `from` of theirs becomes row `to` of mine.
auto row_copier(std::int64_t from, std::int64_t to) {
  return [from, to](auto& mine, const auto& theirs, int width) {
    std::copy_n(theirs.begin() + from * width, width, mine.begin() + to * width);
  };
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

void DsoInputs::copy_row(const DsoData& data, const DsoInputs& source, std::int64_t from, std::int64_t to) {
  each_input(data, *this, source, row_copier(from, to));
}

void DsoAnswers::copy_row(const DsoData& data, const DsoAnswers& source, std::int64_t from, std::int64_t to) {
  each_answer(data, *this, source, row_copier(from, to));
}

}  // namespace wattstein::engine
