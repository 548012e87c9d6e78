#include "engine/models/market/market.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/models/market/market_admm.hpp"
#include "engine/models/market/microgrid_problem.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

struct Market::State {
  Solver solver;
  kernels::Batch monolith;
  std::vector<MicrogridPart> parts;  // (M)
};

Market::Market(const MarketData& data, SolverOptions options) : data_(data), state_(std::make_unique<State>()) {
  options.method = "auto";
  options.tolerance = data.tolerance;
  state_->solver = Solver(options);
  if (data.admm) {
    admm_ = std::make_unique<MarketAdmm>(data, options);
    return;
  }
  ProblemBuilder builder;
  auto& parts = state_->parts;
  const bool battery = has_battery(data);
  for (const auto& microgrid : data.microgrids) parts.push_back(add_microgrid(builder, data, microgrid, battery));
  // t_mk, m < k: sold by m, bought by k; κ t² for each of the two
  for (int m = 0; m < data.count(); ++m)
    for (int k = m + 1; k < data.count(); ++k)
      for (int h = 0; h < data.hours; ++h) {
        const int t = builder.variable(
            fmt::format("t[{},{},{}]", data.microgrids[at(m)].name, data.microgrids[at(k)].name, h + 1),
            -data.trade_limit, data.trade_limit);
        builder.add_square(t, 2.0 * data.step_hours * data.trade_cost);
        builder.entry(parts[at(m)].trade_row[at(h)], t, -1.0);
        builder.entry(parts[at(k)].trade_row[at(h)], t, 1.0);
      }
  state_->monolith = builder.build("market");
  state_->monolith.objective_unit = "$";
}

Market::~Market() = default;

Clearing Market::clear(const MarketLimits& limits) {
  return admm_ ? admm_->clear(limits) : clear_monolith(limits);
}

Clearing Market::clear_monolith(const MarketLimits& limits) {
  auto& state = *state_;
  const int M = data_.count(), H = data_.hours;
  for (int m = 0; m < M; ++m)
    for (int h = 0; h < H; ++h) {
      const auto e = at(state.parts[at(m)].columns[at(h)].e);
      state.monolith.lb.data[e] = limits.lower[at(m * H + h)];
      state.monolith.ub.data[e] = limits.upper[at(m * H + h)];
    }
  const BatchResult result = state.solver.solve(state.monolith);
  Clearing out;
  out.status = result.status.front();
  out.welfare = -result.objective.front();
  out.bound = -result.bound.front();
  out.iterations = result.iterations.front();
  const double* x = result.x_of(0);
  for (int m = 0; m < M; ++m)
    for (int h = 0; h < H; ++h) {
      const auto& k = state.parts[at(m)].columns[at(h)];
      out.net.push_back(x[k.e]);
      out.generation.push_back(x[k.g]);
      out.load.push_back(x[k.x]);
      // y is the derivative of −welfare by the right side: energy for nothing
      out.price.push_back(-result.y_of(0)[state.parts[at(m)].balance_row[at(h)]] / data_.step_hours);
    }
  return out;
}
std::vector<double> Market::clear_hours(const std::vector<int>& hour, const std::vector<double>& omega,
                                        const std::vector<double>& pv) {
  const int M = data_.count();
  // one hour of the market, no battery
  MarketData one = data_;
  one.hours = 1;
  one.admm = false;
  for (auto& microgrid : one.microgrids) {
    microgrid.battery_power = 0.0;
    microgrid.omega.resize(1), microgrid.load_min.resize(1), microgrid.load_max.resize(1), microgrid.pv.resize(1);
  }
  SolverOptions options = state_->solver.options();
  Market small(one, options);
  kernels::Batch batch = small.state_->monolith;
  const auto rows = static_cast<std::int64_t>(hour.size());
  batch.problems = rows;
  for (auto member : {&kernels::Batch::q, &kernels::Batch::lb, &kernels::Batch::ub}) {
    kernels::Field& field = batch.*member;
    const auto shared = field.data;
    field.per_problem = true;
    field.data.clear();
    for (std::int64_t row = 0; row < rows; ++row) field.data.insert(field.data.end(), shared.begin(), shared.end());
  }
  for (std::int64_t row = 0; row < rows; ++row)
    for (int m = 0; m < M; ++m) {
      const auto& k = small.state_->parts[at(m)].columns.front();
      const auto& microgrid = data_.microgrids[at(m)];
      const auto h = at(hour[at(row)]);
      const double w = omega[at(row * M + m)];
      batch.q.of(row)[k.x] = -data_.step_hours * w;
      batch.lb.of(row)[k.x] = microgrid.load_min[h];
      batch.ub.of(row)[k.x] = std::max(microgrid.load_min[h], largest_load(microgrid, microgrid.load_max[h], w));
      batch.ub.of(row)[k.s] = pv[at(row * M + m)];
      batch.lb.of(row)[k.e] = std::min(0.0, microgrid.p_min_mw);
      batch.ub.of(row)[k.e] = std::max(0.0, microgrid.p_max_mw);
    }
  const BatchResult result = small.state_->solver.solve(batch);
  std::vector<double> net(at(rows * M), NAN);
  for (std::int64_t row = 0; row < rows; ++row)
    if (result.status[at(row)] == kernels::Status::solved ||
        result.status[at(row)] == kernels::Status::solved_inaccurate)
      for (int m = 0; m < M; ++m) net[at(row * M + m)] = result.x_of(row)[small.state_->parts[at(m)].columns.front().e];
  return net;
}

}  // namespace wattstein::engine
