#include "engine/models/recourse/recourse_problem.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <unordered_map>

#include "engine/error/error.hpp"
#include "engine/models/recourse/recourse_judge.hpp"
#include "engine/models/transmission/transmission_recourse.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

RecourseSystem system_of(const TransmissionData& data, double step_hours, double markup) {
  const auto& network = data.network;
  RecourseSystem out;
  out.base_mva = network.data.base_mva;
  out.step_hours = step_hours;
  out.markup = markup;
  out.shedding_cost_per_mwh = data.shedding_cost_per_mwh;
  out.overgeneration_cost_per_mwh = data.overgeneration_cost_per_mwh;
  out.reference = network.references.front();
  for (int n = 0; n < network.buses(); ++n) {
    out.bus_number.push_back(network.number(n));
    out.load_mw.push_back(data.load(0, n));
  }
  for (int l = 0; l < static_cast<int>(network.lines.size()); ++l) {
    const auto& line = network.lines[at(l)];
    const auto& branch = network.branch(l);
    out.lines.push_back({line.from, line.to, branch.x_pu * branch.tap(), branch.shift_deg * std::numbers::pi / 180.0,
                         data.limit_mw[at(l)]});
  }
  for (const auto& unit : data.units)
    out.units.push_back({unit.name, unit.bus, unit.p_min_mw, unit.p_max_mw, unit.reserve_up_max_mw,
                         unit.reserve_down_max_mw, unit.cost_per_mwh, unit.deployment_up_cost_per_mwh,
                         unit.deployment_down_cost_per_mwh});
  for (const auto& r : data.renewables)
    out.renewables.push_back({r.name, r.bus, r.capacity_mw, r.curtailment_cost_per_mwh});
  return out;
}

/// A first stage of one hour: the schedule's columns, one after another.
TransmissionColumns schedule_columns(std::size_t units) {
  TransmissionColumns columns;
  for (std::size_t g = 0; g < units; ++g) {
    UnitColumns unit;
    const auto column = [](std::size_t place) {
      Quantity out;
      out.column = static_cast<int>(place);
      return out;
    };
    unit.power = {column(3 * g)};
    unit.reserve_up = {column(3 * g + 1)};
    unit.reserve_down = {column(3 * g + 2)};
    columns.units.push_back(std::move(unit));
  }
  return columns;
}

}  // namespace

RecourseProblem::RecourseProblem(TransmissionData data, double step_hours, double markup, double largest_load,
                                 SolverOptions options)
    : system_(system_of(data, step_hours, markup)) {
  // High accuracy and almost no fill: a row that the interior point cannot finish is flagged, it is not to hold up
  // thousands of others in a first-order method.
  if (options.method == "auto") options.method = "ipm";
  solver_ = Solver(std::move(options));
  StageSettings settings;
  settings.hours = 1;
  settings.step_hours = step_hours;
  settings.deployment_markup = markup;
  for (double& load : data.load_mw) load *= largest_load;  // boxes of angles hold for every row
  const double x_ref = angle_unit(data.network);
  const Recourse recourse = transmission_recourse(data, settings, schedule_columns(data.units.size()), x_ref, {});
  lp_ = recourse.lp;
  hour_ = recourse.hours.front();
  angle_unit_rad_ = x_ref / system_.base_mva;
  find_columns();
  for (int n = 0; n < system_.buses(); ++n) {
    const int column = angle_[at(n)];
    system_.angle_min_rad.push_back(column >= 0 ? angle_unit_rad_ * hour_.lb[at(column)] : 0.0);
    system_.angle_max_rad.push_back(column >= 0 ? angle_unit_rad_ * hour_.ub[at(column)] : 0.0);
  }
}

void RecourseProblem::find_columns() {
  std::unordered_map<std::string, int> variable, row;
  for (std::size_t j = 0; j < lp_.variable_names.size(); ++j) variable[lp_.variable_names[j]] = static_cast<int>(j);
  for (std::size_t i = 0; i < lp_.row_names.size(); ++i) row[lp_.row_names[i]] = static_cast<int>(i);
  const auto find = [](const std::unordered_map<std::string, int>& names, const std::string& name) {
    const auto found = names.find(name);
    return found == names.end() ? -1 : found->second;
  };
  for (const auto& unit : system_.units) {
    up_.push_back(find(variable, "deploy up " + unit.name));
    down_.push_back(find(variable, "deploy down " + unit.name));
  }
  for (const auto& r : system_.renewables) used_.push_back(find(variable, "used " + r.name));
  for (const int number : system_.bus_number) {
    const std::string bus = "bus " + std::to_string(number);
    shed_.push_back(find(variable, "shed " + bus));
    surplus_.push_back(find(variable, "surplus " + bus));
    angle_.push_back(find(variable, "angle " + bus));
  }
  std::unordered_map<std::string, int> twins;
  for (const auto& line : system_.lines) {
    const std::string pair = fmt::format("{}-{}", system_.bus_number[at(line.from)], system_.bus_number[at(line.to)]);
    const int before = twins[pair]++;
    limit_row_.push_back(find(row, before == 0 ? "limit " + pair : fmt::format("limit {}#{}", pair, before + 1)));
  }
}

kernels::Batch RecourseProblem::fill(const RecourseRows& rows) const {
  const int N = system_.buses(), G = system_.unit_count(), R = system_.renewable_count();
  const auto surplus = system_.surplus_mw();
  kernels::Batch batch = lp_;
  batch.problems = rows.count;
  batch.l = kernels::Field::rows(rows.count, lp_.rows);
  batch.lb = kernels::Field::rows(rows.count, lp_.variables);
  batch.ub = kernels::Field::rows(rows.count, lp_.variables);
  batch.r = kernels::Field::rows(rows.count, 1);
  batch.u = batch.l;
  for (std::int64_t b = 0; b < rows.count; ++b) {
    double *l = batch.l.of(b), *u = batch.u.of(b), *ub = batch.ub.of(b);
    std::copy(hour_.l.begin(), hour_.l.end(), l);
    std::copy(hour_.u.begin(), hour_.u.end(), u);
    std::copy(hour_.lb.begin(), hour_.lb.end(), batch.lb.of(b));
    std::copy(hour_.ub.begin(), hour_.ub.end(), ub);
    // balance rows stand first, in the order of the buses: load − Σ P_g − phase shifters
    for (int n = 0; n < N; ++n) l[n] = rows.pd[at(b * N + n)];
    for (int g = 0; g < G; ++g) l[system_.units[at(g)].bus] -= rows.pg[at(b * G + g)];
    for (const auto& line : system_.lines) {
      const double shifted = system_.base_mva * line.shift_rad / line.reactance_pu;
      l[line.from] -= shifted;
      l[line.to] += shifted;
    }
    std::copy_n(l, N, u);
    for (int n = 0; n < N; ++n) {
      const double load = rows.pd[at(b * N + n)];
      if (shed_[at(n)] >= 0) ub[shed_[at(n)]] = std::max(load, 0.0);
      if (surplus_[at(n)] >= 0) ub[surplus_[at(n)]] = std::max(-load, 0.0) + surplus[at(n)];
    }
    for (int g = 0; g < G; ++g) {
      ub[up_[at(g)]] = rows.reserve_up[at(b * G + g)];
      ub[down_[at(g)]] = rows.reserve_down[at(b * G + g)];
    }
    double constant = 0.0;  // Δt Σ C_r ω
    for (int r = 0; r < R; ++r) {
      const double available = rows.available[at(b * R + r)];
      ub[used_[at(r)]] = available;
      constant += system_.step_hours * system_.renewables[at(r)].curtailment_cost_per_mwh * available;
    }
    *batch.r.of(b) = constant;
  }
  return batch;
}

void RecourseProblem::unpack(const BatchResult& result, RecourseRows& rows) const {
  const int N = system_.buses(), L = system_.line_count(), G = system_.unit_count(), R = system_.renewable_count();
  const double dt = system_.step_hours;
  for (std::int64_t b = 0; b < rows.count; ++b) {
    const kernels::Status status = rows.status[at(b)] = result.status[at(b)];
    rows.iterations[at(b)] = result.iterations[at(b)];
    if (status != kernels::Status::solved && status != kernels::Status::solved_inaccurate) continue;
    const double *x = result.x_of(b), *y = result.y_of(b);
    const auto value = [x](int column) { return column >= 0 ? x[column] : 0.0; };
    for (int g = 0; g < G; ++g) {
      rows.up[at(b * G + g)] = value(up_[at(g)]);
      rows.down[at(b * G + g)] = value(down_[at(g)]);
    }
    for (int r = 0; r < R; ++r) rows.used[at(b * R + r)] = value(used_[at(r)]);
    for (int n = 0; n < N; ++n) {
      rows.shed[at(b * N + n)] = value(shed_[at(n)]);
      rows.surplus[at(b * N + n)] = value(surplus_[at(n)]);
      rows.angle[at(b * N + n)] = angle_unit_rad_ * value(angle_[at(n)]);
      rows.balance[at(b * N + n)] = y[n] / dt;
    }
    for (int l = 0; l < L; ++l) rows.limit[at(b * L + l)] = limit_row_[at(l)] >= 0 ? y[limit_row_[at(l)]] / dt : 0.0;
  }
}

void RecourseProblem::respond(RecourseRows& rows) {
  if (rows.count == 0) return;
  const auto begin = std::chrono::steady_clock::now();
  const BatchResult result = solver_.solve(fill(rows));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  device_ = result.device;
  method_ = result.method;
  unpack(result, rows);
  for (std::int64_t b = 0; b < rows.count; ++b) {
    rows.seconds[at(b)] = seconds / static_cast<double>(rows.count);
    recourse_judge(system_, rows, b, solver_.options().tolerance);
  }
}

}  // namespace wattstein::engine
