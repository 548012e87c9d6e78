#include "engine/models/market/market_admm.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

constexpr int most_iterations = 5000;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

MarketAdmm::MarketAdmm(const MarketData& data, SolverOptions options) : data_(data), battery_(has_battery(data)) {
  options.tolerance = std::max(0.1 * data.tolerance, 1e-11);
  solver_ = Solver(std::move(options));
  double alpha = 0.0;
  for (const auto& microgrid : data.microgrids) alpha += microgrid.alpha / data.count();
  // between the curvature of trading alone (2 κ) and that of all trades of a microgrid together
  sigma_ = std::sqrt(2.0 * data.trade_cost * (2.0 * data.trade_cost + alpha * std::max(1, data.count() - 1)));
  build();
}

std::size_t MarketAdmm::index(int m, int place, int h) const {
  return (at(m) * at(data_.count() - 1) + at(place)) * at(data_.hours) + at(h);
}

/// One problem per microgrid, one pattern.
void MarketAdmm::build() {
  const int H = data_.hours, K = data_.count() - 1;
  std::vector<kernels::Batch> single;
  for (const auto& microgrid : data_.microgrids) {
    ProblemBuilder builder;
    part_ = add_microgrid(builder, data_, microgrid, battery_);
    trades_.assign(at(K), {});
    for (int place = 0; place < K; ++place)
      for (int h = 0; h < H; ++h) {
        const int t =
            builder.variable(fmt::format("t[{},{}]", place + 1, h + 1), -data_.trade_limit, data_.trade_limit);
        builder.add_square(t, data_.step_hours * (data_.trade_cost + 0.5 * sigma_));
        builder.entry(part_.trade_row[at(h)], t, -1.0);
        trades_[at(place)].push_back(t);
      }
    single.push_back(builder.build("microgrid"));
  }
  batch_ = single.front();
  batch_.problems = data_.count();
  const auto gather = [&](auto member) {
    auto& array = batch_.*member;
    array.per_problem = true;
    array.data.clear();
    for (const auto& one : single)
      array.data.insert(array.data.end(), (one.*member).data.begin(), (one.*member).data.end());
  };
  for (auto member : {&kernels::Batch::q, &kernels::Batch::r, &kernels::Batch::l, &kernels::Batch::u,
                      &kernels::Batch::lb, &kernels::Batch::ub})
    gather(member);
  gather(&kernels::Batch::A);
  gather(&kernels::Batch::P);
  plain_cost_ = batch_.q;
}

void MarketAdmm::set_limits(const MarketLimits& limits) {
  const int H = data_.hours;
  for (int m = 0; m < data_.count(); ++m)
    for (int h = 0; h < H; ++h) {
      const int e = part_.columns[at(h)].e;
      batch_.lb.of(m)[e] = limits.lower[at(m * H + h)];
      batch_.ub.of(m)[e] = limits.upper[at(m * H + h)];
    }
}

void MarketAdmm::set_prices() {
  for (int m = 0; m < data_.count(); ++m)
    for (int place = 0; place + 1 < data_.count(); ++place)
      for (int h = 0; h < data_.hours; ++h) {
        const auto k = index(m, place, h);
        const int t = trades_[at(place)][at(h)];
        batch_.q.of(m)[t] = plain_cost_.of(m)[t] + data_.step_hours * (lambda_[k] - sigma_ * agreed_[k]);
      }
}

MarketAdmm::Progress MarketAdmm::agree() {
  const int M = data_.count(), H = data_.hours, K = M - 1;
  const auto before = agreed_;
  for (int m = 0; m < M; ++m)
    for (int place = m; place < K; ++place) {  // partners behind m: every pair once
      const int k = partner(m, place), back = place_of(k, m);
      for (int h = 0; h < H; ++h) {
        const auto there = index(m, place, h), here = index(k, back, h);
        const double agreed = 0.5 * (wish_[there] - wish_[here]) + 0.5 * (lambda_[there] - lambda_[here]) / sigma_;
        agreed_[there] = agreed;
        agreed_[here] = -agreed;
      }
    }
  Progress progress;
  for (int m = 0; m < M; ++m) {
    double off_sum = 0.0, move_sum = 0.0, trade_sum = 0.0, price_sum = 0.0;
    for (int place = 0; place < K; ++place) {
      double off2 = 0.0, move2 = 0.0, trade2 = 0.0, price2 = 0.0;
      for (int h = 0; h < H; ++h) {
        const auto k = index(m, place, h);
        const double off = wish_[k] - agreed_[k], move = agreed_[k] - before[k];
        lambda_[k] += sigma_ * off;
        off2 += off * off;
        move2 += move * move;
        trade2 += wish_[k] * wish_[k];
        price2 += lambda_[k] * lambda_[k];
      }
      off_sum += std::sqrt(off2), move_sum += std::sqrt(move2);
      trade_sum += std::sqrt(trade2), price_sum += std::sqrt(price2);
    }
    progress.primal = std::max(progress.primal, off_sum);
    progress.moved = std::max(progress.moved, move_sum);
    progress.trade_size = std::max(progress.trade_size, trade_sum);
    progress.price_size = std::max(progress.price_size, price_sum);
  }
  return progress;
}

/// Welfare of the schedule, trades as agreed, $.
double MarketAdmm::welfare(const BatchResult& result) const {
  double welfare = 0.0;
  for (int m = 0; m < data_.count(); ++m) {
    const double* x = result.x_of(m);
    const auto& microgrid = data_.microgrids[at(m)];
    for (int h = 0; h < data_.hours; ++h) {
      const auto& k = part_.columns[at(h)];
      double rate = (microgrid.omega[at(h)] - 0.5 * microgrid.alpha * x[k.x]) * x[k.x] -
                    (microgrid.generator_a * x[k.g] + microgrid.generator_b) * x[k.g];
      if (battery_) rate -= microgrid.battery_wear * (x[k.c] * x[k.c] + x[k.d] * x[k.d]);
      for (int place = 0; place + 1 < data_.count(); ++place) {
        const double agreed = agreed_[index(m, place, h)];
        rate -= data_.trade_cost * agreed * agreed;
      }
      welfare += data_.step_hours * rate;
    }
  }
  return welfare;
}

BatchResult MarketAdmm::solve_alone() {
  kernels::Batch alone = batch_;
  for (int m = 0; m < data_.count(); ++m)
    for (int place = 0; place + 1 < data_.count(); ++place)
      for (int h = 0; h < data_.hours; ++h) {
        const int t = trades_[at(place)][at(h)], other = partner(m, place);
        // both sides see the same price, so that what they trade costs nothing together
        const double price = 0.5 * (lambda_[index(m, place, h)] + lambda_[index(other, place_of(other, m), h)]);
        alone.q.of(m)[t] = plain_cost_.of(m)[t] + data_.step_hours * price;
        alone.P.data[at(m) * alone.P.pattern.indices.size() + at(alone.P.pattern.indptr[at(t)])] =
            2.0 * data_.step_hours * data_.trade_cost;
      }
  return solver_.solve(alone);
}

Clearing MarketAdmm::clear(const MarketLimits& limits) {
  const int M = data_.count(), H = data_.hours, K = M - 1;
  set_limits(limits);
  lambda_.assign(at(M) * at(K) * at(H), 0.0);
  agreed_ = wish_ = lambda_;
  Clearing out;
  BatchResult result;
  bool converged = false;
  while (!converged && out.iterations < most_iterations) {
    ++out.iterations;
    set_prices();
    result = solver_.solve(batch_);
    for (int m = 0; m < M; ++m) {
      out.status = result.status[at(m)];
      if (!out.has_point()) return out;
      for (int place = 0; place < K; ++place)
        for (int h = 0; h < H; ++h) wish_[index(m, place, h)] = result.x_of(m)[trades_[at(place)][at(h)]];
    }
    const Progress progress = agree();
    converged = progress.primal <= data_.tolerance * progress.trade_size &&
                sigma_ * std::max(progress.primal, progress.moved) <= data_.tolerance * progress.price_size;
  }
  out.status = converged ? kernels::Status::solved : kernels::Status::iteration_limit;
  out.welfare = welfare(result);
  for (int m = 0; m < M; ++m)
    for (int h = 0; h < H; ++h) {
      const auto& k = part_.columns[at(h)];
      const double* x = result.x_of(m);
      out.net.push_back(x[k.e]);
      out.generation.push_back(x[k.g]);
      out.load.push_back(x[k.x]);
      // y is the derivative of −welfare by the right side: energy for nothing
      out.price.push_back(-result.y_of(m)[part_.balance_row[at(h)]] / data_.step_hours);
    }
  const BatchResult alone = solve_alone();
  for (int m = 0; m < M; ++m) out.bound -= alone.bound[at(m)];
  return out;
}

}  // namespace wattstein::engine
