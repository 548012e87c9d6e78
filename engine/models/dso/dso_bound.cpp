#include "engine/models/dso/dso_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wattstein::engine {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

/// Row `row` of an array of the given width.
const double* line_of(const std::vector<double>& values, std::int64_t row, int width) {
  return values.data() + row * width;
}

double square(double value) {
  return value * value;
}

/// min over [lo, hi] of p x²/2 + d x,  p >= 0
double least(double p, double d, double lo, double hi) {
  if (p > 0.0) {
    const double x = std::clamp(-d / p, lo, hi);
    return (0.5 * p * x + d) * x;
  }
  return d > 0.0 ? d * lo : d * hi;
}

/// tanφ of a bus whose load sheds at constant power factor
double tangent(double pd, double qd) {
  return pd > 0.0 ? qd / pd : 0.0;
}

/// (R μ)_n and (X μ)_n by one sweep up (Σ of μ below each line) and one down (Σ of r, x times it along the path).
void cap_products(const Feeder& feeder, const double* mu, double* r_mu, double* x_mu, DsoScratch& scratch) {
  double* below = scratch.line[0].data();
  double* weighted = scratch.line[1].data();
  feeder.subtree_sums(mu, below);
  for (int l = 0; l < feeder.line_count(); ++l) weighted[l] = feeder.lines[at(l)].r_pu * below[l];
  feeder.path_sums(weighted, r_mu);
  for (int l = 0; l < feeder.line_count(); ++l) weighted[l] = feeder.lines[at(l)].x_pu * below[l];
  feeder.path_sums(weighted, x_mu);
}

/// Net injections of a primal point, p.u.
void injections(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row, double* p,
                double* q) {
  const int N = data.buses();
  const double base = data.feeder.base_mva;
  const double *pd = line_of(inputs.pd, row, N), *qd = line_of(inputs.qd, row, N), *pv = line_of(inputs.pv, row, N);
  const double* shed = line_of(answers.shed, row, N);
  for (int n = 0; n < N; ++n) {
    p[n] = (pv[n] - pd[n] + shed[n]) / base;
    q[n] = (-qd[n] + tangent(pd[n], qd[n]) * shed[n]) / base;
  }
  const double *pg = line_of(answers.pg, row, data.unit_count()), *qg = line_of(answers.qg, row, data.unit_count());
  for (int g = 0; g < data.unit_count(); ++g) {
    p[data.units[at(g)].bus] += pg[g] / base;
    q[data.units[at(g)].bus] += qg[g] / base;
  }
  const double* pm = line_of(answers.pm, row, data.microgrid_count());
  for (int m = 0; m < data.microgrid_count(); ++m) p[data.microgrids[at(m)].bus] += pm[m] / base;
}

}  // namespace

DsoScratch::DsoScratch(const DsoData& data) {
  for (auto& values : bus) values.assign(at(data.buses()), 0.0);
  for (auto& values : line) values.assign(at(std::max(1, data.lines())), 0.0);
}

double dso_objective(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row) {
  const double* pg = line_of(answers.pg, row, data.unit_count());
  const double* shed = line_of(answers.shed, row, data.buses());
  const double* pm = line_of(answers.pm, row, data.microgrid_count());
  const double* net = line_of(inputs.net, row, data.microgrid_count());
  double cost = 0.0, shed_squares = 0.0, corrections = 0.0;
  for (int g = 0; g < data.unit_count(); ++g) {
    const auto& unit = data.units[at(g)];
    cost += (unit.cost_a_per_mw2h * pg[g] + unit.cost_b_per_mwh) * pg[g];
  }
  for (int n = 0; n < data.buses(); ++n) shed_squares += square(shed[n]);
  for (int m = 0; m < data.microgrid_count(); ++m) corrections += square(pm[m] - net[m]);
  const auto s = static_cast<std::size_t>(row);
  return cost + inputs.shed_cost[s] * shed_squares + inputs.correction_cost[s] * corrections;
}

double dso_certified_bound(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row,
                           bool ray, DsoScratch& scratch) {
  const Feeder& feeder = data.feeder;
  const int N = data.buses(), L = data.lines(), M = data.microgrid_count();
  const double base = feeder.base_mva, with_cost = ray ? 0.0 : 1.0;
  const auto s = static_cast<std::size_t>(row);
  const double *pd = line_of(inputs.pd, row, N), *qd = line_of(inputs.qd, row, N), *pv = line_of(inputs.pv, row, N);
  const double* net = line_of(inputs.net, row, M);
  const double *yp = line_of(answers.balance_p, row, N), *yq = line_of(answers.balance_q, row, N);
  const double *yd = line_of(answers.drop, row, L), *cone = line_of(answers.cone, row, 4 * L);
  const double* cap = line_of(answers.voltage_cap, row, N);
  const double shed_cost = with_cost * inputs.shed_cost[s], correction_cost = with_cost * inputs.correction_cost[s];

  // ap = yp - 2 R mu, aq = yq - 2 X mu: what one p.u. of injection is worth, $/h
  double *mu = scratch.bus[0].data(), *ap = scratch.bus[1].data(), *aq = scratch.bus[2].data();
  double* dv = scratch.bus[3].data();
  for (int n = 0; n < N; ++n) mu[n] = data.capped() && n != feeder.root ? std::max(cap[n], 0.0) : 0.0;
  cap_products(feeder, mu, ap, aq, scratch);
  for (int n = 0; n < N; ++n) {
    ap[n] = base * yp[n] - 2.0 * ap[n];
    aq[n] = base * yq[n] - 2.0 * aq[n];
    dv[n] = 0.0;
  }
  double bound = 0.0;
  const double root_square = square(feeder.root_voltage_pu);
  for (int n = 0; n < N; ++n) {
    // constants of the rows, and the shedding variable
    bound += (ap[n] * (pd[n] - pv[n]) + aq[n] * qd[n]) / base - mu[n] * (square(feeder.v_max_pu[at(n)]) - root_square);
    const double most = std::max(pd[n], 0.0) * data.shed_max_fraction / base;
    bound += least(2.0 * shed_cost * base * base, -ap[n] - tangent(pd[n], qd[n]) * aq[n], 0.0, most);
  }
  for (const auto& unit : data.units) {
    bound += least(with_cost * 2.0 * unit.cost_a_per_mw2h * base * base,
                   with_cost * unit.cost_b_per_mwh * base - ap[unit.bus], unit.p_min_mw / base, unit.p_max_mw / base);
    bound += least(0.0, -aq[unit.bus], unit.q_min_mvar / base, unit.q_max_mvar / base);
  }
  for (int m = 0; m < M; ++m) {
    const auto& microgrid = data.microgrids[at(m)];
    bound += correction_cost * square(net[m]);
    bound += least(2.0 * correction_cost * base * base, -2.0 * correction_cost * base * net[m] - ap[microgrid.bus],
                   microgrid.p_min_mw / base, microgrid.p_max_mw / base);
  }
  const double v_largest = feeder.v_max_largest();
  for (int l = 0; l < L; ++l) {
    const auto& line = feeder.lines[at(l)];
    const int i = line.from, j = line.to;
    // w projected into the dual cone w_P² + w_Q² <= 4 w_l w_v
    const double* w = cone + std::ptrdiff_t{4} * l;
    const double w_l = std::max(w[0], 0.0), w_v = std::max(w[1], 0.0);
    const double size = std::hypot(w[2], w[3]), room = 2.0 * std::sqrt(w_l * w_v);
    const double shrink = size > room ? room / size : 1.0;
    const double w_p = shrink * w[2], w_q = shrink * w[3];
    const double r = line.r_pu, x = line.x_pu, limit = line.limit_mva / base;
    const double flow = limit * v_largest;
    bound += least(0.0, base * (yp[i] - yp[j]) - 2.0 * r * yd[l] - w_p, -flow, flow);
    bound += least(0.0, base * (yq[i] - yq[j]) - 2.0 * x * yd[l] - w_q, -flow, flow);
    bound += least(0.0, base * (r * yp[j] + x * yq[j]) + (r * r + x * x) * yd[l] - w_l, 0.0, limit * limit);
    dv[i] += yd[l] - w_v;
    dv[j] -= yd[l];
  }
  for (int n = 0; n < N; ++n) {
    const bool fixed = n == feeder.root;
    const double low = fixed ? root_square : square(feeder.v_min_pu[at(n)]);
    const double high = fixed ? root_square : square(feeder.v_max_pu[at(n)]);
    bound += least(0.0, dv[n], low, high);
  }
  return bound;
}

void dso_lossless_voltage(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row,
                          double* out, DsoScratch& scratch) {
  const Feeder& feeder = data.feeder;
  double *p = scratch.bus[4].data(), *q = scratch.bus[5].data();
  double *below_p = scratch.line[2].data(), *below_q = scratch.line[3].data();
  injections(data, inputs, answers, row, p, q);
  feeder.subtree_sums(p, below_p);
  feeder.subtree_sums(q, below_q);
  // v̂_j = v̂_i + 2 (r Σ p̂ + x Σ q̂ below the line)
  for (int l = 0; l < feeder.line_count(); ++l)
    below_p[l] = 2.0 * (feeder.lines[at(l)].r_pu * below_p[l] + feeder.lines[at(l)].x_pu * below_q[l]);
  feeder.path_sums(below_p, out);
  for (int n = 0; n < data.buses(); ++n) out[n] += square(feeder.root_voltage_pu);
}

double dso_violation(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row,
                     DsoScratch& scratch) {
  const Feeder& feeder = data.feeder;
  const int N = data.buses(), L = data.lines();
  const double base = feeder.base_mva, v_largest = feeder.v_max_largest();
  double worst = 0.0;
  // a NaN must fail: it is not less than or equal to anything
  const auto note = [&worst](double excess) {
    if (!(excess <= worst)) worst = excess;
  };
  const auto outside = [&note](double value, double low, double high) { note(std::max(low - value, value - high)); };
  double *p = scratch.bus[0].data(), *q = scratch.bus[1].data();
  injections(data, inputs, answers, row, p, q);
  const double *pf = line_of(answers.pf, row, L), *qf = line_of(answers.qf, row, L);
  const double *current = line_of(answers.l, row, L), *v = line_of(answers.v, row, N);
  for (int l = 0; l < L; ++l) {
    const auto& line = feeder.lines[at(l)];
    const double P = pf[l] / base, Q = qf[l] / base, r = line.r_pu, x = line.x_pu, limit = line.limit_mva / base;
    p[line.to] += P - r * current[l];
    q[line.to] += Q - x * current[l];
    p[line.from] -= P;
    q[line.from] -= Q;
    note(std::abs(v[line.to] - v[line.from] + 2.0 * (r * P + x * Q) - (r * r + x * x) * current[l]));
    note(P * P + Q * Q - current[l] * v[line.from]);
    outside(current[l], 0.0, limit * limit);
    outside(P, -limit * v_largest, limit * v_largest);
    outside(Q, -limit * v_largest, limit * v_largest);
  }
  const double *pd = line_of(inputs.pd, row, N), *shed = line_of(answers.shed, row, N);
  for (int n = 0; n < N; ++n) {
    note(std::abs(p[n]));
    note(std::abs(q[n]));
    outside(shed[n] / base, 0.0, std::max(pd[n], 0.0) * data.shed_max_fraction / base);
    const double root = square(feeder.root_voltage_pu);
    if (n == feeder.root) outside(v[n], root, root);
    else outside(v[n], square(feeder.v_min_pu[at(n)]), square(feeder.v_max_pu[at(n)]));
  }
  const double *pg = line_of(answers.pg, row, data.unit_count()), *qg = line_of(answers.qg, row, data.unit_count());
  for (int g = 0; g < data.unit_count(); ++g) {
    const auto& unit = data.units[at(g)];
    outside(pg[g] / base, unit.p_min_mw / base, unit.p_max_mw / base);
    outside(qg[g] / base, unit.q_min_mvar / base, unit.q_max_mvar / base);
  }
  const double* pm = line_of(answers.pm, row, data.microgrid_count());
  for (int m = 0; m < data.microgrid_count(); ++m)
    outside(pm[m] / base, data.microgrids[at(m)].p_min_mw / base, data.microgrids[at(m)].p_max_mw / base);
  if (data.capped()) {
    double* raised = scratch.bus[3].data();
    dso_lossless_voltage(data, inputs, answers, row, raised, scratch);
    for (int n = 0; n < N; ++n)
      if (n != feeder.root) note(raised[n] - square(feeder.v_max_pu[at(n)]));
  }
  return worst;
}

void dso_prices(const DsoData& data, DsoAnswers& answers, std::int64_t row, DsoScratch& scratch) {
  const int N = data.buses();
  const double base = data.feeder.base_mva;
  double *mu = scratch.bus[0].data(), *r_mu = scratch.bus[1].data(), *x_mu = scratch.bus[2].data();
  for (int n = 0; n < N; ++n)
    mu[n] = data.capped() && n != data.feeder.root
                ? std::max(answers.voltage_cap[static_cast<std::size_t>(row) * N + n], 0.0)
                : 0.0;
  cap_products(data.feeder, mu, r_mu, x_mu, scratch);
  for (int n = 0; n < N; ++n) {
    const auto k = static_cast<std::size_t>(row * N + n);
    answers.price_p[k] = answers.balance_p[k] - 2.0 / base * r_mu[n];
    answers.price_q[k] = answers.balance_q[k] - 2.0 / base * x_mu[n];
  }
}

void dso_judge(const DsoData& data, const DsoInputs& inputs, DsoAnswers& answers, std::int64_t row,
               DsoScratch& scratch) {
  const Feeder& feeder = data.feeder;
  const int L = data.lines(), M = data.microgrid_count();
  const auto s = static_cast<std::size_t>(row);
  const double base = feeder.base_mva;
  answers.objective[s] = dso_objective(data, inputs, answers, row);
  answers.lower_bound[s] = dso_certified_bound(data, inputs, answers, row, false, scratch);
  const double *pf = line_of(answers.pf, row, L), *qf = line_of(answers.qf, row, L);
  const double *current = line_of(answers.l, row, L), *v = line_of(answers.v, row, data.buses());
  double gap = L > 0 ? -std::numeric_limits<double>::infinity() : 0.0, lost = 0.0;
  for (int l = 0; l < L; ++l) {
    const auto& line = feeder.lines[at(l)];
    const double flow = square(pf[l] / base) + square(qf[l] / base), v_from = v[line.from];
    gap = std::max(gap, current[l] * v_from - flow);
    lost += line.r_pu * std::max(current[l] - flow / v_from, 0.0);
  }
  answers.socp_gap[s] = gap;
  answers.fictitious_loss[s] = base * lost;
  answers.tight[s] = base * lost <= data.tight_loss_mw ? 1 : 0;
  for (int m = 0; m < M; ++m) {
    const auto k = s * static_cast<std::size_t>(M) + at(m);
    const double allowed = std::max(data.accept_relative * std::abs(inputs.net[k]), data.accept_absolute_mw);
    answers.accepted[k] = std::abs(answers.pm[k] - inputs.net[k]) <= allowed ? 1 : 0;
  }
}

}  // namespace wattstein::engine
