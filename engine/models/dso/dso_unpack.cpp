// The way back: points and multipliers of the batch as the operator's answers, in MW and $/MWh.

#include <algorithm>

#include "engine/models/dso/dso_batch.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

void DsoBatch::unpack(const BatchResult& result, std::int64_t b, const DsoInputs& inputs, std::int64_t row,
                      DsoAnswers& answers) const {
  const int N = data_.buses(), L = data_.lines(), G = data_.unit_count(), M = data_.microgrid_count();
  const double base = data_.feeder.base_mva;
  const auto s = static_cast<std::size_t>(row);
  const kernels::Status status = result.status[static_cast<std::size_t>(b)];
  answers.status[s] = status;
  answers.iterations[s] = result.iterations[static_cast<std::size_t>(b)];
  const bool infeasible = status == kernels::Status::primal_infeasible;
  const bool has_point = status == kernels::Status::solved || status == kernels::Status::solved_inaccurate;
  if (!infeasible && !has_point) return;
  const double *x = result.x_of(b), *y = result.y_of(b), *w = result.w_of(b), *d = result.d_of(b);
  // A shared set of numbers gives $/h per p.u.; divided by base they are $/MWh.
  for (int n = 0; n < N; ++n) {
    answers.balance_p[s * at(N) + at(n)] = y[row_p_ + n] / base;
    answers.balance_q[s * at(N) + at(n)] = y[row_q_ + n] / base;
  }
  for (int l = 0; l < L; ++l) {
    answers.drop[s * at(L) + at(l)] = y[row_drop_ + l];
    // w of (ℓ/2, v, P, Q) as multipliers of (ℓ, v, P, Q)
    double* cone = answers.cone.data() + (s * at(L) + at(l)) * 4;
    const double* w_line = w + std::ptrdiff_t{4} * l;
    cone[0] = 0.5 * w_line[0];
    cone[1] = w_line[1];
    cone[2] = w_line[2];
    cone[3] = w_line[3];
  }
  for (int n = 0; n < N; ++n) {
    const int hat = pattern_.cap == DsoCap::tree ? lossless_position_[at(n)] : -1;
    // reduced cost of v̂ at its upper bound is −μ
    answers.voltage_cap[s * at(N) + at(n)] = hat >= 0 ? std::max(-d[vh_ + hat], 0.0) : 0.0;
  }
  if (!capped_bus_.empty()) {
    // A cap row is v̂_n ≤ v_max² plus rows of the problem: v_n + Σ E ℓ = v̂_n + Σ drops on the way − 2 Σ (R_nk P_k + X_nk
    // Q_k), so with μ = −y of the cap row: balance += 2 R μ, drop −= Σ of μ below the line.
    std::vector<double> mu(at(N), 0.0), below(at(L)), weighted(at(L)), along(at(N));
    bool any = false;
    for (int k = 0; k < static_cast<int>(capped_bus_.size()); ++k) {
      const double multiplier = std::max(-y[row_cap_ + k], 0.0);
      mu[at(capped_bus_[at(k)])] = answers.voltage_cap[s * at(N) + at(capped_bus_[at(k)])] = multiplier;
      any = any || multiplier > 0.0;
    }
    if (any) {
      const Feeder& feeder = data_.feeder;
      feeder.subtree_sums(mu.data(), below.data());
      for (int l = 0; l < L; ++l) {
        answers.drop[s * at(L) + at(l)] -= below[at(l)];
        weighted[at(l)] = feeder.lines[at(l)].r_pu * below[at(l)];
      }
      feeder.path_sums(weighted.data(), along.data());
      for (int n = 0; n < N; ++n) answers.balance_p[s * at(N) + at(n)] += 2.0 / base * along[at(n)];
      for (int l = 0; l < L; ++l) weighted[at(l)] = feeder.lines[at(l)].x_pu * below[at(l)];
      feeder.path_sums(weighted.data(), along.data());
      for (int n = 0; n < N; ++n) answers.balance_q[s * at(N) + at(n)] += 2.0 / base * along[at(n)];
    }
  }
  if (infeasible) return;
  for (int g = 0; g < G; ++g) {
    answers.pg[s * at(G) + at(g)] = base * x[pg_ + 2 * g];
    answers.qg[s * at(G) + at(g)] = base * x[pg_ + 2 * g + 1];
  }
  for (int m = 0; m < M; ++m) answers.pm[s * at(M) + at(m)] = inputs.net[s * at(M) + at(m)] + base * x[pm_ + m];
  for (int n = 0; n < N; ++n) {
    const int k = shed_of_bus_[at(n)];
    answers.shed[s * at(N) + at(n)] = k >= 0 ? base * x[ls_ + k] : 0.0;
    answers.v[s * at(N) + at(n)] = x[v_ + n];
  }
  for (int l = 0; l < L; ++l) {
    answers.pf[s * at(L) + at(l)] = base * x[p_ + l];
    answers.qf[s * at(L) + at(l)] = base * x[q_ + l];
    answers.l[s * at(L) + at(l)] = x[l_ + l];
  }
}

}  // namespace wattstein::engine
