#include "engine/models/dso/dso_batch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "engine/problem/builder.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

double square(double value) {
  return value * value;
}

double tangent(double pd, double qd) {
  return pd > 0.0 ? qd / pd : 0.0;
}

/// Position in `matrix.data` of an entry that is there.
std::int64_t position(const kernels::Matrix& matrix, int row, int column) {
  const auto begin = matrix.pattern.indices.begin() + matrix.pattern.indptr[at(row)];
  const auto end = matrix.pattern.indices.begin() + matrix.pattern.indptr[at(row) + 1];
  return std::lower_bound(begin, end, column) - matrix.pattern.indices.begin();
}

}  // namespace

DsoBatch::DsoBatch(const DsoData& data, DsoPattern pattern) : data_(data), pattern_(std::move(pattern)) {
  shed_of_bus_.assign(at(data.buses()), -1);
  for (int n = 0; n < data.buses(); ++n)
    if (pattern_.may_shed[at(n)] != 0) {
      shed_of_bus_[at(n)] = static_cast<int>(shed_bus_.size());
      shed_bus_.push_back(n);
    }
  lossless_position_.assign(at(data.buses()), -1);
  int next = 0;
  for (int n = 0; n < data.buses(); ++n)
    if (n != data.feeder.root) lossless_position_[at(n)] = next++;
  build_pattern();
}

void DsoBatch::build_pattern() {
  const Feeder& feeder = data_.feeder;
  const int N = data_.buses(), L = data_.lines();
  const double base = feeder.base_mva;
  ProblemBuilder builder;
  const auto bus_name = [&feeder](const char* what, int n) {
    return what + std::string("[") + std::to_string(feeder.bus_number[at(n)]) + "]";
  };
  const auto line_name = [&feeder](const char* what, int l) {
    const auto& line = feeder.lines[at(l)];
    return what + std::string("[") + std::to_string(feeder.bus_number[at(line.from)]) + "-" +
           std::to_string(feeder.bus_number[at(line.to)]) + "]";
  };

  pg_ = builder.variables();
  for (const auto& unit : data_.units) {
    // base² a p² + base b p,  p per unit
    const int p = builder.variable("pg[" + unit.name + "]", unit.p_min_mw / base, unit.p_max_mw / base,
                                   base * unit.cost_b_per_mwh);
    if (unit.cost_a_per_mw2h > 0.0) builder.add_square(p, base * base * unit.cost_a_per_mw2h);
    builder.variable("qg[" + unit.name + "]", unit.q_min_mvar / base, unit.q_max_mvar / base);
  }
  pm_ = builder.variables();
  for (const auto& microgrid : data_.microgrids)
    builder.add_square(
        builder.variable("dm[" + microgrid.name + "]", microgrid.p_min_mw / base, microgrid.p_max_mw / base), 1.0);
  ls_ = builder.variables();
  for (const int n : shed_bus_) builder.add_square(builder.variable(bus_name("ls", n), 0.0, 0.0), 1.0);
  const double v_largest = feeder.v_max_largest();
  p_ = builder.variables();
  for (int l = 0; l < L; ++l) {
    const double flow = feeder.lines[at(l)].limit_mva / base * v_largest;
    builder.variable(line_name("P", l), -flow, flow);
  }
  q_ = builder.variables();
  for (int l = 0; l < L; ++l) {
    const double flow = feeder.lines[at(l)].limit_mva / base * v_largest;
    builder.variable(line_name("Q", l), -flow, flow);
  }
  l_ = builder.variables();
  for (int l = 0; l < L; ++l) builder.variable(line_name("l", l), 0.0, square(feeder.lines[at(l)].limit_mva / base));
  v_ = builder.variables();
  const double root = square(feeder.root_voltage_pu);
  for (int n = 0; n < N; ++n) {
    const bool fixed = n == feeder.root;
    builder.variable(bus_name("v", n), fixed ? root : square(feeder.v_min_pu[at(n)]),
                     fixed ? root : square(feeder.v_max_pu[at(n)]));
  }

  row_p_ = builder.rows();
  for (int n = 0; n < N; ++n) builder.row(bus_name("P", n), 0.0, 0.0);
  row_q_ = builder.rows();
  for (int n = 0; n < N; ++n) builder.row(bus_name("Q", n), 0.0, 0.0);
  row_drop_ = builder.rows();
  for (int l = 0; l < L; ++l) {
    const auto& line = feeder.lines[at(l)];
    const double r = line.r_pu, x = line.x_pu;
    // P_l leaves bus i and arrives at bus j less r ℓ
    builder.entry(row_p_ + line.to, p_ + l, 1.0);
    builder.entry(row_p_ + line.to, l_ + l, -r);
    builder.entry(row_p_ + line.from, p_ + l, -1.0);
    builder.entry(row_q_ + line.to, q_ + l, 1.0);
    builder.entry(row_q_ + line.to, l_ + l, -x);
    builder.entry(row_q_ + line.from, q_ + l, -1.0);
    // v_j − v_i + 2 (r P + x Q) − (r² + x²) ℓ = 0
    const int drop = builder.row(line_name("drop", l), 0.0, 0.0);
    builder.entry(drop, p_ + l, 2.0 * r);
    builder.entry(drop, q_ + l, 2.0 * x);
    builder.entry(drop, l_ + l, -(r * r + x * x));
    builder.entry(drop, v_ + line.from, -1.0);
    builder.entry(drop, v_ + line.to, 1.0);
    // P² + Q² ≤ 2 (ℓ/2) v_i
    const int cone = builder.cone(ConeKind::rotated, 4);
    builder.cone_entry(cone, l_ + l, 0.5);
    builder.cone_entry(cone + 1, v_ + line.from, 1.0);
    builder.cone_entry(cone + 2, p_ + l, 1.0);
    builder.cone_entry(cone + 3, q_ + l, 1.0);
  }
  const auto add_injections = [&](int first_p, int first_q, auto&& row_of_bus) {
    const auto put = [&](int first, int bus, int column, double value) {
      const int row = row_of_bus(bus);
      if (row >= 0) builder.entry(first + row, column, value);
    };
    for (int g = 0; g < data_.unit_count(); ++g) {
      put(first_p, data_.units[at(g)].bus, pg_ + 2 * g, 1.0);
      put(first_q, data_.units[at(g)].bus, pg_ + 2 * g + 1, 1.0);
    }
    for (int m = 0; m < data_.microgrid_count(); ++m) put(first_p, data_.microgrids[at(m)].bus, pm_ + m, 1.0);
    for (int s = 0; s < static_cast<int>(shed_bus_.size()); ++s) {
      const int n = shed_bus_[at(s)];
      put(first_p, n, ls_ + s, 1.0);
      put(first_q, n, ls_ + s, tangent(feeder.load_mw[at(n)], feeder.load_mvar[at(n)]));
    }
  };
  add_injections(row_p_, row_q_, [](int n) { return n; });
  if (pattern_.cap == DsoCap::sources) add_source_caps(builder);
  if (pattern_.cap == DsoCap::tree) {
    ph_ = builder.variables();
    for (int l = 0; l < L; ++l) builder.variable(line_name("Phat", l), 0.0, 0.0);
    qh_ = builder.variables();
    for (int l = 0; l < L; ++l) builder.variable(line_name("Qhat", l), 0.0, 0.0);
    vh_ = builder.variables();
    for (int n = 0; n < N; ++n)
      if (n != feeder.root) builder.variable(bus_name("vhat", n), 0.0, square(feeder.v_max_pu[at(n)]));
    row_ph_ = builder.rows();
    for (int n = 0; n < N; ++n)
      if (n != feeder.root) builder.row(bus_name("Phat", n), 0.0, 0.0);
    row_qh_ = builder.rows();
    for (int n = 0; n < N; ++n)
      if (n != feeder.root) builder.row(bus_name("Qhat", n), 0.0, 0.0);
    row_vh_ = builder.rows();
    for (int l = 0; l < L; ++l) {
      const auto& line = feeder.lines[at(l)];
      const bool at_root = line.from == feeder.root;
      const int j = lossless_position_[at(line.to)], i = lossless_position_[at(line.from)];
      builder.entry(row_ph_ + j, ph_ + l, 1.0);
      builder.entry(row_qh_ + j, qh_ + l, 1.0);
      if (!at_root) {
        builder.entry(row_ph_ + i, ph_ + l, -1.0);
        builder.entry(row_qh_ + i, qh_ + l, -1.0);
      }
      // v̂_j − v̂_i + 2 (r P̂ + x Q̂) = 0; v̂_root is a number
      const int row = builder.row(line_name("vhat", l), at_root ? root : 0.0, at_root ? root : 0.0);
      builder.entry(row, vh_ + j, 1.0);
      if (!at_root) builder.entry(row, vh_ + i, -1.0);
      builder.entry(row, ph_ + l, 2.0 * line.r_pu);
      builder.entry(row, qh_ + l, 2.0 * line.x_pu);
    }
    add_injections(row_ph_, row_qh_, [this](int n) { return lossless_position_[at(n)]; });
  }
  variables_ = builder.variables();
  rows_ = builder.rows();
  shared_ = builder.build("dso_response");
  shared_.objective_unit = "$/h";
  for (int s = 0; s < static_cast<int>(shed_bus_.size()); ++s) {
    const int n = shed_bus_[at(s)];
    tan_entry_.push_back(position(shared_.A, row_q_ + n, ls_ + s));
    const int hat = lossless_position_[at(n)];
    tan_hat_entry_.push_back(pattern_.cap == DsoCap::tree && hat >= 0 ? position(shared_.A, row_qh_ + hat, ls_ + s)
                                                                      : -1);
  }
}

/// Rows v_n + Σ_l E_nl ℓ_l ≤ v_max² for the buses where a unit or a microgrid may inject: elsewhere v̂ is hardly ever
/// largest.
void DsoBatch::add_source_caps(ProblemBuilder& builder) {
  const Feeder& feeder = data_.feeder;
  const int N = data_.buses(), L = data_.lines();
  std::vector<char> source(at(N), 0);
  for (const auto& unit : data_.units)
    if (unit.p_max_mw > 0.0 || unit.q_max_mvar > 0.0) source[at(unit.bus)] = 1;
  for (const auto& microgrid : data_.microgrids)
    if (microgrid.p_max_mw > 0.0) source[at(microgrid.bus)] = 1;
  source[at(feeder.root)] = 0;
  row_cap_ = builder.rows();
  std::vector<double> along(at(L)), r_common(at(N)), x_common(at(N));
  std::vector<char> on_way(at(L));
  for (int n = 0; n < N; ++n) {
    if (source[at(n)] == 0) continue;
    capped_bus_.push_back(n);
    std::fill(on_way.begin(), on_way.end(), 0);
    for (int bus = n; feeder.line_to[at(bus)] >= 0; bus = feeder.lines[at(feeder.line_to[at(bus)])].from)
      on_way[at(feeder.line_to[at(bus)])] = 1;
    // R_nk: resistance common to the ways to n and to k
    for (int l = 0; l < L; ++l) along[at(l)] = on_way[at(l)] != 0 ? feeder.lines[at(l)].r_pu : 0.0;
    feeder.path_sums(along.data(), r_common.data());
    for (int l = 0; l < L; ++l) along[at(l)] = on_way[at(l)] != 0 ? feeder.lines[at(l)].x_pu : 0.0;
    feeder.path_sums(along.data(), x_common.data());
    const int row = builder.row("cap[" + std::to_string(feeder.bus_number[at(n)]) + "]", -kernels::infinity,
                                square(feeder.v_max_pu[at(n)]));
    builder.entry(row, v_ + n, 1.0);
    for (int l = 0; l < L; ++l) {
      const auto& line = feeder.lines[at(l)];
      const double own = on_way[at(l)] != 0 ? square(line.r_pu) + square(line.x_pu) : 0.0;
      builder.entry(row, l_ + l, 2.0 * (line.r_pu * r_common[at(line.to)] + line.x_pu * x_common[at(line.to)]) - own);
    }
  }
}

kernels::Batch DsoBatch::build(const DsoInputs& inputs, std::span<const std::int64_t> rows) const {
  kernels::Batch batch = shared_;
  fill(inputs, rows, batch);
  return batch;
}

void DsoBatch::fill(const DsoInputs& inputs, std::span<const std::int64_t> rows, kernels::Batch& batch) const {
  const Feeder& feeder = data_.feeder;
  const auto B = static_cast<std::int64_t>(rows.size());
  const int N = data_.buses(), M = data_.microgrid_count();
  const double base = feeder.base_mva;
  batch.problems = B;
  const auto size_field = [B](kernels::Field& field, const kernels::Field& shared) {
    field.width = shared.width;
    field.per_problem = true;
    field.data.resize(static_cast<std::size_t>(B * shared.width));
    for (std::int64_t b = 0; b < B; ++b) std::copy(shared.data.begin(), shared.data.end(), field.of(b));
  };
  size_field(batch.l, shared_.l);
  size_field(batch.ub, shared_.ub);
  size_field(batch.lb, shared_.lb);
  const auto size_matrix = [B](kernels::Matrix& matrix, const kernels::Matrix& shared) {
    matrix.per_problem = true;
    matrix.data.resize(static_cast<std::size_t>(B) * shared.data.size());
  };
  size_matrix(batch.P, shared_.P);
  // tanφ alone differs in A: those entries are replaced, so that one scaling serves all problems
  const bool varying = pattern_.varying_power_factor;
  const std::size_t replaced = tan_entry_.size() + (pattern_.cap == DsoCap::tree ? tan_entry_.size() : 0);
  if (varying) {
    batch.A.delta_indptr.assign(1, 0);
    batch.A.delta_position.clear(), batch.A.delta_value.clear();
    batch.A.delta_position.reserve(static_cast<std::size_t>(B) * replaced),
        batch.A.delta_value.reserve(static_cast<std::size_t>(B) * replaced);
  }
  const auto p_entries = static_cast<std::int64_t>(shared_.P.data.size());
  for (std::int64_t b = 0; b < B; ++b) {
    const std::int64_t row = rows[static_cast<std::size_t>(b)];
    const auto s = static_cast<std::size_t>(row);
    const double *pd = inputs.pd.data() + row * N, *qd = inputs.qd.data() + row * N, *pv = inputs.pv.data() + row * N;
    const double* net = inputs.net.data() + row * M;
    const double shed_cost = inputs.shed_cost[s], correction_cost = inputs.correction_cost[s];
    double *lb = batch.lb.of(b), *ub = batch.ub.of(b), *sides = batch.l.of(b);
    double* p_values = batch.P.data.data() + b * p_entries;
    std::copy(shared_.P.data.begin(), shared_.P.data.end(), p_values);
    for (int m = 0; m < M; ++m) {
      // λ (p − net)² = λ base² δ²
      lb[pm_ + m] -= net[m] / base;
      ub[pm_ + m] -= net[m] / base;
      p_values[shared_.P.pattern.indptr[at(pm_ + m)]] = 2.0 * correction_cost * base * base;
    }
    for (int k = 0; k < static_cast<int>(shed_bus_.size()); ++k) {
      const int n = shed_bus_[at(k)];
      p_values[shared_.P.pattern.indptr[at(ls_ + k)]] = 2.0 * shed_cost * base * base;
      ub[ls_ + k] = std::max(pd[n], 0.0) * data_.shed_max_fraction / base;
    }
    for (int n = 0; n < N; ++n) {
      sides[row_p_ + n] = (pd[n] - pv[n]) / base;
      sides[row_q_ + n] = qd[n] / base;
    }
    for (int m = 0; m < M; ++m) sides[row_p_ + data_.microgrids[at(m)].bus] -= net[m] / base;
    for (int n = 0; n < N; ++n) {
      const int hat = pattern_.cap == DsoCap::tree ? lossless_position_[at(n)] : -1;
      if (hat >= 0) {
        sides[row_ph_ + hat] = sides[row_p_ + n];
        sides[row_qh_ + hat] = sides[row_q_ + n];
      }
    }
    if (varying) {
      for (int k = 0; k < static_cast<int>(shed_bus_.size()); ++k) {
        const double tan = tangent(pd[shed_bus_[at(k)]], qd[shed_bus_[at(k)]]);
        for (const std::int64_t entry : {tan_entry_[at(k)], tan_hat_entry_[at(k)]})
          if (entry >= 0) batch.A.delta_position.push_back(entry), batch.A.delta_value.push_back(tan);
      }
      batch.A.delta_indptr.push_back(static_cast<std::int64_t>(batch.A.delta_value.size()));
    }
    if (pattern_.cap == DsoCap::tree) limits_of_lossless_flow(inputs, row, lb, ub);
  }
  batch.u = batch.l;  // every row is an equation, but the caps: v_n + Σ E ℓ ≤ v_max²
  for (int k = 0; k < static_cast<int>(capped_bus_.size()); ++k)
    for (std::int64_t b = 0; b < B; ++b) {
      batch.l.of(b)[row_cap_ + k] = -kernels::infinity;
      batch.u.of(b)[row_cap_ + k] = square(feeder.v_max_pu[at(capped_bus_[at(k)])]);
    }
}

/// P̂, Q̂ and v̂ (from below) have no limits of their own; finite ones follow from those of the injections. They are
/// widened so that they never bind.
void DsoBatch::limits_of_lossless_flow(const DsoInputs& inputs, std::int64_t row, double* lb, double* ub) const {
  const Feeder& feeder = data_.feeder;
  const int N = data_.buses(), L = data_.lines();
  const double base = feeder.base_mva;
  std::vector<double> low_p(at(N)), high_p(at(N)), low_q(at(N)), high_q(at(N)), below(at(L)), v_low(at(N));
  const double *pd = inputs.pd.data() + row * N, *qd = inputs.qd.data() + row * N, *pv = inputs.pv.data() + row * N;
  for (int n = 0; n < N; ++n) {
    const double shed = pattern_.may_shed[at(n)] != 0 ? std::max(pd[n], 0.0) * data_.shed_max_fraction : 0.0;
    const double reactive_shed = shed * tangent(pd[n], qd[n]);
    low_p[at(n)] = pv[n] - pd[n];
    high_p[at(n)] = pv[n] - pd[n] + shed;
    low_q[at(n)] = -qd[n] + std::min(reactive_shed, 0.0);
    high_q[at(n)] = -qd[n] + std::max(reactive_shed, 0.0);
  }
  for (const auto& unit : data_.units) {
    low_p[at(unit.bus)] += unit.p_min_mw;
    high_p[at(unit.bus)] += unit.p_max_mw;
    low_q[at(unit.bus)] += unit.q_min_mvar;
    high_q[at(unit.bus)] += unit.q_max_mvar;
  }
  for (const auto& microgrid : data_.microgrids) {
    low_p[at(microgrid.bus)] += microgrid.p_min_mw;
    high_p[at(microgrid.bus)] += microgrid.p_max_mw;
  }
  // P̂_l = −Σ of the injections below the line
  const auto limits = [&](const std::vector<double>& low, const std::vector<double>& high, int first) {
    constexpr double margin = 0.1;
    feeder.subtree_sums(high.data(), below.data());
    for (int l = 0; l < L; ++l) lb[first + l] = -below[at(l)] / base - margin * (1.0 + std::abs(below[at(l)] / base));
    feeder.subtree_sums(low.data(), below.data());
    for (int l = 0; l < L; ++l) ub[first + l] = -below[at(l)] / base + margin * (1.0 + std::abs(below[at(l)] / base));
  };
  limits(low_p, high_p, ph_);
  limits(low_q, high_q, qh_);
  v_low[at(feeder.root)] = square(feeder.root_voltage_pu);
  for (const int l : feeder.order) {
    const auto& line = feeder.lines[at(l)];
    const double r_p = line.r_pu * (line.r_pu >= 0.0 ? ub[ph_ + l] : lb[ph_ + l]);
    const double x_q = line.x_pu * (line.x_pu >= 0.0 ? ub[qh_ + l] : lb[qh_ + l]);
    v_low[at(line.to)] = v_low[at(line.from)] - 2.0 * (r_p + x_q);
    lb[vh_ + lossless_position_[at(line.to)]] =
        std::min(v_low[at(line.to)], square(feeder.v_min_pu[at(line.to)])) - 0.1;
  }
}

}  // namespace wattstein::engine
