#include "engine/powerflow/verify_ac.hpp"

#include <algorithm>
#include <limits>
#include <span>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

AcHour judge(const AcPowerFlow& flow, const AcSolution& solution, std::int64_t hour, const AcLimits& limits) {
  const grid::Network& network = flow.network();
  AcHour out;
  for (int i = 0; i < flow.buses(); ++i) {
    if (network.types[at(i)] == grid::BusType::reference) continue;
    const double v = flow.vm_pu(solution, hour, i);
    const double low = (limits.v_min_pu.empty() ? network.bus(i).v_min_pu : limits.v_min_pu[at(i)]) - v;
    const double high = v - (limits.v_max_pu.empty() ? network.bus(i).v_max_pu : limits.v_max_pu[at(i)]);
    if (low > out.v_low_pu) out.v_low_pu = low, out.v_low_bus = network.number(i);
    if (high > out.v_high_pu) out.v_high_pu = high, out.v_high_bus = network.number(i);
  }
  for (int k = 0; limits.line_ratings && k < static_cast<int>(network.lines.size()); ++k) {
    const double rating = network.branch(k).rate_a_mva;
    if (!(rating > 0.0)) continue;
    const AcPowerFlow::LineLoading loading = flow.line_loading(solution, hour, k);
    const double excess = std::max(loading.from_mva, loading.to_mva) - rating;
    if (excess > out.overload_mva) {
      out.overload_mva = excess;
      out.overload_from = network.branch(k).from, out.overload_to = network.branch(k).to;
    }
  }
  out.converged = true;
  out.feasible = out.v_low_pu <= limits.voltage_tolerance_pu && out.v_high_pu <= limits.voltage_tolerance_pu &&
                 out.overload_mva <= limits.loading_tolerance_mva;
  return out;
}

}  // namespace

AcVerdict verify_ac(const AcPowerFlow& flow, const AcInjections& injections, const AcLimits& limits,
                    const AcSettings& settings) {
  const std::size_t n = at(flow.buses());
  for (const std::vector<double>* bound : {&limits.v_min_pu, &limits.v_max_pu}) {
    if (!bound->empty() && bound->size() != n)
      throw Error("verify_ac: {} voltage limits for {} buses", bound->size(), n);
  }
  const AcSolution solution = flow.solve(injections, settings);
  AcVerdict verdict;
  verdict.feasible = true;
  verdict.v_min_pu = verdict.v_max_pu = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t h = 0; h < solution.scenarios(); ++h) {
    AcHour hour;
    if (solution.raw.converged[at(h)]) {
      hour = judge(flow, solution, h, limits);
      hour.figures = flow.figures(solution, h, std::span(injections.p_mw).subspan(at(h) * n, n),
                                  std::span(injections.q_mvar).subspan(at(h) * n, n));
      verdict.v_min_pu = verdict.converged ? std::min(verdict.v_min_pu, hour.figures.v_min_pu) : hour.figures.v_min_pu;
      verdict.v_max_pu = verdict.converged ? std::max(verdict.v_max_pu, hour.figures.v_max_pu) : hour.figures.v_max_pu;
      verdict.v_low_pu = std::max(verdict.v_low_pu, hour.v_low_pu);
      verdict.v_high_pu = std::max(verdict.v_high_pu, hour.v_high_pu);
      verdict.overload_mva = std::max(verdict.overload_mva, hour.overload_mva);
      ++verdict.converged;
    }
    verdict.feasible = verdict.feasible && hour.feasible;
    verdict.hours.push_back(hour);
  }
  return verdict;
}

std::string AcVerdict::sentence() const {
  if (feasible) return fmt::format("ac: feasible, voltages {:.4f} to {:.4f} p.u.", v_min_pu, v_max_pu);
  std::string text = "ac: not feasible";
  const int lost = static_cast<int>(hours.size()) - converged;
  if (lost > 0) text += fmt::format("; no power flow solution in {} of {} hours", lost, hours.size());
  for (std::size_t h = 0; h < hours.size(); ++h) {
    const AcHour& hour = hours[h];
    if (v_low_pu > 0.0 && hour.v_low_pu == v_low_pu) {
      text += fmt::format("; bus {} is {:.2e} p.u. below its limit in hour {}", hour.v_low_bus, v_low_pu, h + 1);
      break;
    }
  }
  for (std::size_t h = 0; h < hours.size(); ++h) {
    const AcHour& hour = hours[h];
    if (v_high_pu > 0.0 && hour.v_high_pu == v_high_pu) {
      text += fmt::format("; bus {} is {:.2e} p.u. above its limit in hour {}", hour.v_high_bus, v_high_pu, h + 1);
      break;
    }
  }
  for (std::size_t h = 0; h < hours.size(); ++h) {
    const AcHour& hour = hours[h];
    if (overload_mva > 0.0 && hour.overload_mva == overload_mva) {
      text += fmt::format("; line {}-{} is {:.3g} MVA over its rating in hour {}", hour.overload_from, hour.overload_to,
                          overload_mva, h + 1);
      break;
    }
  }
  return text;
}

}  // namespace wattstein::engine
