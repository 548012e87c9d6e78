#include "engine/studies/market_case.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/models/dso/dso_operator.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using Clock = std::chrono::steady_clock;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::vector<std::uint8_t> shedding_buses(const DsoData& data) {
  std::vector<std::uint8_t> may_shed;
  for (const double load : data.feeder.load_mw) may_shed.push_back(load > 0.0 ? 1 : 0);
  return may_shed;
}

class CaseRun {
 public:
  CaseRun(const MarketSystem& system, int number, MarketState state, const SolverOptions& options,
          const MarketHooks& hooks)
      : system_(system),
        hooks_(hooks),
        inputs_(system.inputs),
        market_(system.market, options),
        // all hours have the same power factors, so one matrix serves them all
        dso_(system.data, shedding_buses(system.data), !std::isnan(system.inputs.power_factor.front()), options) {
    out_.number = number;
    out_.state = std::move(state);
  }

  MarketOutcome run() {
    bool finished = false, more = true;
    while (more) {
      const auto begin = Clock::now();
      MarketRound round;
      if (!clear(round)) return std::move(out_);
      if (out_.number == 1) {
        keep(round, begin);
        finished = true;
        break;
      }
      if (!(out_.number == 2 ? ask() : predict())) {
        keep(round, begin);
        return std::move(out_);
      }
      round.accepted = out_.accepted_share();
      if (out_.number == 2 && out_.state.history.empty()) out_.state.acceptance_first = round.accepted;
      for (std::size_t k = 0; k < out_.granted.size(); ++k)
        round.correction_mw = std::max(round.correction_mw, std::abs(out_.granted[k] - out_.clearing.net[k]));
      round.moved_mw = tighten();
      keep(round, begin);
      hooks_.log(
          fmt::format("case {}, round {}: welfare {:.3f} $, accepted {:.1f} %, largest change of a limit {:.6f} MW",
                      out_.number, out_.state.history.size(), round.welfare, 100.0 * round.accepted, round.moved_mw));
      finished = round.accepted == 1.0 || !(round.moved_mw > 1e-9);
      more = !finished && static_cast<int>(out_.state.history.size()) < system_.market.max_rounds;
      if (more && hooks_.save) hooks_.save(out_.state);
    }
    out_.status = !finished ? Status::iteration_limit : out_.clearing.status;
    if (out_.number != 2) {
      const auto begin = Clock::now();
      if (!ask()) return std::move(out_);
      out_.state.acceptance_first = out_.accepted_share();
      out_.state.seconds += seconds_since(begin);
    }
    return std::move(out_);
  }

 private:
  void keep(MarketRound& round, Clock::time_point begin) {
    round.seconds = seconds_since(begin);
    out_.state.seconds += round.seconds;
    out_.state.history.push_back(round);
  }

  void watch() const {
    if (hooks_.stopped && hooks_.stopped())
      throw Stopped("stopped in case {} after {} rounds; --resume goes on from there", out_.number,
                    out_.state.history.size());
  }

  /// Clears under the limits; the injections become the next proposals.
  bool clear(MarketRound& round) {
    watch();
    out_.clearing = market_.clear(out_.state.limits);
    watch();  // a clearing that was cut short means nothing
    out_.status = out_.clearing.status;
    if (!out_.clearing.has_point()) {
      hooks_.log(
          fmt::format("case {}: the market cannot be cleared ({})", out_.number, kernels::status_word(out_.status)));
      return false;
    }
    round.welfare = out_.clearing.welfare;
    const int H = system_.market.hours, M = system_.market.count();
    for (int m = 0; m < M; ++m)
      for (int h = 0; h < H; ++h) inputs_.net[at(h * M + m)] = out_.clearing.net[at(m * H + h)];
    return true;
  }

  /// Takes p, (H, M), and says which pairs are accepted.
  void take(const std::vector<double>& p) {
    const int H = system_.market.hours, M = system_.market.count();
    out_.granted.assign(at(std::int64_t{M} * H), 0.0);
    out_.accepted.assign(at(std::int64_t{M} * H), 0);
    for (int m = 0; m < M; ++m)
      for (int h = 0; h < H; ++h) {
        const double e = out_.clearing.net[at(m * H + h)], granted = p[at(h * M + m)];
        const double allowed = std::max(system_.data.accept_relative * std::abs(e), system_.data.accept_absolute_mw);
        out_.granted[at(m * H + h)] = granted;
        out_.accepted[at(m * H + h)] = std::abs(granted - e) <= allowed ? 1 : 0;
      }
  }

  /// Every hour by the operator's problem. False, and the status of the first hour that failed, unless all are solved.
  bool solve_hours() {
    const auto begin = Clock::now();
    dso_.respond(inputs_, out_.answers);
    out_.state.dso_seconds += seconds_since(begin);
    watch();
    bool good = true;
    for (int h = 0; h < system_.market.hours; ++h) {
      const Status status = out_.answers.status[at(h)];
      if (status == Status::solved) continue;
      if (good) out_.status = status;
      good = false;
      hooks_.log(fmt::format("case {}, hour {}: the operator's problem is {}", out_.number, h + 1,
                             kernels::status_word(status)));
    }
    return good;
  }

  /// The operator answers all hours at once.
  bool ask() {
    const bool good = solve_hours();
    out_.state.dso_calls += system_.market.hours;
    out_.state.messages += std::int64_t{2} * system_.market.count();
    take(out_.answers.pm);  // hours without an answer count as not accepted
    return good;
  }

  /// Corrections as the microgrids expect them; no question to the operator.
  bool predict() {
    if (!system_.predict) {
      const bool good = solve_hours();
      take(out_.answers.pm);
      return good;
    }
    const auto begin = Clock::now();
    std::vector<double> p = system_.predict(inputs_);
    if (p.size() != inputs_.net.size())
      throw Error("{}: gave {} corrections for {} proposals", system_.surrogate, p.size(), inputs_.net.size());
    for (std::size_t k = 0; k < p.size(); ++k) {
      if (!std::isfinite(p[k])) throw Error("{}: gave a correction that is not finite", system_.surrogate);
      p[k] += inputs_.net[k];
    }
    out_.state.predict_seconds += seconds_since(begin);
    take(p);
    return true;
  }

  /// p < e: upper ← max(0, min(upper, p));  p > e: lower ← min(0, max(lower, p)). Returns the largest move.
  double tighten() {
    double moved = 0.0;
    for (std::size_t k = 0; k < out_.granted.size(); ++k) {
      if (out_.accepted[k] != 0) continue;
      const double e = out_.clearing.net[k], p = out_.granted[k];
      double& limit = p < e ? out_.state.limits.upper[k] : out_.state.limits.lower[k];
      const double next = p < e ? std::max(0.0, std::min(limit, p)) : std::min(0.0, std::max(limit, p));
      moved = std::max(moved, std::abs(next - limit));
      limit = next;
    }
    return moved;
  }

  const MarketSystem& system_;
  const MarketHooks& hooks_;
  DsoInputs inputs_;
  Market market_;
  DsoOperator dso_;
  MarketOutcome out_;
};

}  // namespace

double MarketOutcome::accepted_share() const {
  std::int64_t yes = 0;
  for (const auto flag : accepted) yes += flag;
  return accepted.empty() ? 0.0 : static_cast<double>(yes) / static_cast<double>(accepted.size());
}

MarketOutcome run_market_case(const MarketSystem& system, int number, MarketState state, const SolverOptions& options,
                              const MarketHooks& hooks) {
  return CaseRun(system, number, std::move(state), options, hooks).run();
}

}  // namespace wattstein::engine
