#include "engine/powerflow/ac_power_flow.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

using Complex = std::complex<double>;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

constexpr double radian = std::numbers::pi / 180.0;

/// The case as the kernel sees it: per unit, MATPOWER's set voltages and start.
kernels::PowerGraph graph_of(const grid::Network& network) {
  grid::require_reference_everywhere(network);
  const int n = network.buses();
  kernels::PowerGraph graph;
  graph.kind.resize(at(n));
  graph.shunt.resize(at(n));
  graph.start.resize(at(n));
  // Vg of the last unit in service at the bus, else the bus's Vm
  std::vector<double> set_voltage(at(n));
  for (int i = 0; i < n; ++i) set_voltage[at(i)] = network.bus(i).vm_pu;
  for (std::size_t u = 0; u < network.unit_rows.size(); ++u) {
    set_voltage[at(network.unit_buses[u])] = network.data.units[at(network.unit_rows[u])].v_set_pu;
  }
  const double start_angle = network.bus(network.references.front()).va_deg * radian;
  for (int i = 0; i < n; ++i) {
    const grid::MatpowerBus& bus = network.bus(i);
    const grid::BusType type = network.types[at(i)];
    graph.shunt[at(i)] = Complex(bus.shunt_g_mw, bus.shunt_b_mvar) / network.data.base_mva;
    graph.kind[at(i)] = type == grid::BusType::reference ? kernels::NodeKind::reference
                        : type == grid::BusType::pv      ? kernels::NodeKind::held
                                                         : kernels::NodeKind::free;
    if (type != grid::BusType::pq && !(set_voltage[at(i)] > 0.0)) {
      throw Error("{}: the set voltage of bus {} is {} p.u., expected a positive number", network.data.where(bus.line),
                  bus.number, set_voltage[at(i)]);
    }
    const double magnitude = type == grid::BusType::pq ? 1.0 : set_voltage[at(i)];
    graph.start[at(i)] = std::polar(magnitude, type == grid::BusType::reference ? bus.va_deg * radian : start_angle);
  }
  for (int k = 0; k < static_cast<int>(network.lines.size()); ++k) {
    const grid::MatpowerBranch& branch = network.branch(k);
    kernels::PowerEdge edge;
    edge.from = network.lines[at(k)].from, edge.to = network.lines[at(k)].to;
    edge.impedance = Complex(branch.r_pu, branch.x_pu);
    edge.charging = branch.b_pu;
    edge.ratio =
        branch.shift_deg == 0.0 ? Complex(branch.tap(), 0.0) : std::polar(branch.tap(), branch.shift_deg * radian);
    graph.edges.push_back(edge);
  }
  return graph;
}

std::vector<grid::TwoPort> ports_of(const grid::Network& network) {
  std::vector<grid::TwoPort> ports;
  ports.reserve(network.lines.size());
  for (int k = 0; k < static_cast<int>(network.lines.size()); ++k) ports.push_back(grid::two_port(network.branch(k)));
  return ports;
}

Complex voltage(const AcSolution& solution, std::int64_t s, int buses, int bus) {
  const std::size_t entry = at(s * buses + bus);
  return {solution.raw.re[entry], solution.raw.im[entry]};
}

/// Why a sweep is impossible, in words of the case.
[[noreturn]] void refuse_sweep(const grid::Network& network) {
  const std::string file = network.data.file.filename().string();
  const std::string loop = grid::find_loop(network);
  if (!loop.empty())
    throw Error("{}: the sweep needs a radial network, but lines in service close the loop {}", file, loop);
  if (network.references.size() > 1) {
    throw Error("{}: the sweep needs one reference bus, but buses {} and {} are references", file,
                network.number(network.references[0]), network.number(network.references[1]));
  }
  for (int i = 0; i < network.buses(); ++i) {
    if (network.types[at(i)] == grid::BusType::pv) {
      throw Error("{}: the sweep knows no PV bus, but bus {} is one; use method = \"newton\"", file, network.number(i));
    }
  }
  throw Error("{}: the sweep does not apply to this network", file);
}

}  // namespace

AcPowerFlow::AcPowerFlow(grid::Network network)
    : network_(std::move(network)), ports_(ports_of(network_)), flow_(graph_of(network_)) {}

void AcPowerFlow::case_injections(double load_scale, double generation_scale, std::span<double> p_mw,
                                  std::span<double> q_mvar) const {
  for (int i = 0; i < buses(); ++i) {
    p_mw[at(i)] = -load_scale * network_.bus(i).p_mw;
    q_mvar[at(i)] = -load_scale * network_.bus(i).q_mvar;
  }
  for (std::size_t u = 0; u < network_.unit_rows.size(); ++u) {
    const int bus = network_.unit_buses[u];
    if (network_.types[at(bus)] == grid::BusType::reference) continue;
    const grid::MatpowerUnit& unit = network_.data.units[at(network_.unit_rows[u])];
    p_mw[at(bus)] += generation_scale * unit.p_mw;
    q_mvar[at(bus)] += unit.q_mvar;
  }
}

AcSolution AcPowerFlow::solve(const AcInjections& injections, const AcSettings& settings) const {
  const std::size_t n = at(buses());
  if (injections.p_mw.size() % n != 0 || injections.q_mvar.size() != injections.p_mw.size()) {
    throw Error("power flow: {} active and {} reactive injections for {} buses", injections.p_mw.size(),
                injections.q_mvar.size(), n);
  }
  const bool sweep = settings.method == AcMethod::sweep || (settings.method == AcMethod::automatic && sweep_applies());
  if (sweep && !sweep_applies()) refuse_sweep(network_);
  std::vector<double> p(injections.p_mw), q(injections.q_mvar);
  const double base = network_.data.base_mva;
  for (double& value : p) value /= base;
  for (double& value : q) value /= base;
  kernels::PowerFlowSettings kernel;
  kernel.method = sweep ? kernels::PowerFlowMethod::sweep : kernels::PowerFlowMethod::newton;
  kernel.tolerance = settings.tolerance_pu;
  kernel.max_iterations = settings.max_iterations;
  kernel.threads = settings.threads;
  kernel.device = settings.device;
  kernel.devices = settings.devices;
  AcSolution solution;
  solution.method = kernel.method;
  if (const std::string trouble = flow_.solve(p, q, kernel, solution.raw); !trouble.empty()) {
    throw Error("power flow of {}: {}", network_.data.file.filename().string(), trouble);
  }
  return solution;
}

AcFigures AcPowerFlow::figures(const AcSolution& solution, std::int64_t s, std::span<const double> fixed_p_mw,
                               std::span<const double> fixed_q_mvar) const {
  const int n = buses();
  const double base = network_.data.base_mva;
  AcFigures out;
  Complex loss(0.0), slack(0.0);  // p.u.
  for (std::size_t k = 0; k < ports_.size(); ++k) {
    const grid::NetworkLine& line = network_.lines[k];
    const Complex from = voltage(solution, s, n, line.from), to = voltage(solution, s, n, line.to);
    const Complex s_from = from * std::conj(ports_[k].ff * from + ports_[k].ft * to);
    const Complex s_to = to * std::conj(ports_[k].tf * from + ports_[k].tt * to);
    loss += s_from + s_to;
    if (network_.types[at(line.from)] == grid::BusType::reference) slack += s_from;
    if (network_.types[at(line.to)] == grid::BusType::reference) slack += s_to;
  }
  out.loss_mw = loss.real() * base;
  out.loss_mvar = loss.imag() * base;
  for (int reference : network_.references) {
    const grid::MatpowerBus& bus = network_.bus(reference);
    const double square = std::norm(voltage(solution, s, n, reference));
    slack += square * Complex(bus.shunt_g_mw, -bus.shunt_b_mvar) / base;
    slack -= Complex(fixed_p_mw[at(reference)], fixed_q_mvar[at(reference)]) / base;
  }
  out.slack_p_mw = slack.real() * base;
  out.slack_q_mvar = slack.imag() * base;

  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (int i = 0; i < n; ++i) {
    const double v = vm_pu(solution, s, i);
    low = std::min(low, v);
    high = std::max(high, v);
  }
  out.v_min_pu = low;
  out.v_max_pu = high;
  constexpr double tie = 1e-9;
  for (int i = n - 1; i >= 0; --i) {  // backwards, so that the first of the file stays
    const double v = vm_pu(solution, s, i);
    if (v <= low + tie) out.v_min_bus = network_.number(i);
    if (v >= high - tie) out.v_max_bus = network_.number(i);
  }
  return out;
}

double AcPowerFlow::vm_pu(const AcSolution& solution, std::int64_t s, int bus) const {
  return std::sqrt(std::norm(voltage(solution, s, buses(), bus)));
}

double AcPowerFlow::va_deg(const AcSolution& solution, std::int64_t s, int bus) const {
  return std::arg(voltage(solution, s, buses(), bus)) / radian;
}

AcPowerFlow::LineLoading AcPowerFlow::line_loading(const AcSolution& solution, std::int64_t s, int line) const {
  const grid::NetworkLine& ends = network_.lines[at(line)];
  const Complex from = voltage(solution, s, buses(), ends.from), to = voltage(solution, s, buses(), ends.to);
  const grid::TwoPort& port = ports_[at(line)];
  const double base = network_.data.base_mva;
  return {base * std::abs(from * std::conj(port.ff * from + port.ft * to)),
          base * std::abs(to * std::conj(port.tf * from + port.tt * to))};
}

std::vector<double> AcPowerFlow::sensitivities(const AcSolution& solution,
                                               std::span<const kernels::VoltageSensitivity> pairs, int threads) const {
  std::vector<double> out = flow_.sensitivities(solution.raw.re, solution.raw.im, pairs, threads);
  const std::size_t width = 2 * pairs.size();
  for (std::int64_t s = 0; s < solution.scenarios(); ++s) {
    for (std::size_t k = 0; k < width; ++k) {
      double& value = out[at(s) * width + k];
      value = solution.raw.converged[at(s)] ? value / network_.data.base_mva : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return out;
}

}  // namespace wattstein::engine
