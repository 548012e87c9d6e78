#include "kernels/pool/dual_simplex.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace wattstein::kernels {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
// Smaller entries of a pivot row or column are rounding; a pivot smaller than this share of its row's largest is
// avoided.
constexpr double zero_entry = 1e-9;
// A multiplier below this share of the largest cost counts as 0.
constexpr double zero_price = 1e-11;
// Entries of updates, in terms of the factor's own, after which it is made anew.
constexpr std::int64_t update_share = 4;

}  // namespace

DualSimplex::DualSimplex(const PoolMatrix& matrix, const double* cost)
    : a_(matrix),
      cost_(cost),
      lower_(static_cast<std::size_t>(matrix.variables())),
      upper_(lower_.size()),
      value_(static_cast<std::size_t>(matrix.rows)),
      row_(value_.size()),
      change_(value_.size()),
      alpha_(lower_.size()) {}

void DualSimplex::price(Basis& basis) const {
  const int n = a_.columns, m = a_.rows;
  std::vector<double> y(static_cast<std::size_t>(m));
  double most = 0.0;
  for (int r = 0; r < m; ++r) y[r] = basis.head[r] < n ? cost_[basis.head[r]] : 0.0;
  for (int j = 0; j < n; ++j) most = std::max(most, std::fabs(cost_[j]));
  basis.factor.solve_transposed(y.data());
  std::copy_n(cost_, n, basis.d.data());
  for (int i = 0; i < m; ++i) {
    basis.d[n + i] = y[i];
    if (y[i] == 0.0) continue;
    for (int e = a_.row_start[i]; e < a_.row_start[i + 1]; ++e) basis.d[a_.row_column[e]] -= a_.row_value[e] * y[i];
  }
  for (int v = 0; v < n + m; ++v) {
    double& d = basis.d[v];
    if (basis.side[v] == Side::basic || std::fabs(d) <= zero_price * most) d = 0.0;
    else basis.side[v] = d > 0.0 ? Side::lower : Side::upper;
  }
}

bool DualSimplex::crash(const double* room, Basis& basis) const {
  const int n = a_.columns, m = a_.rows;
  std::vector<int> order(static_cast<std::size_t>(n + m));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [room](int a, int b) { return room[a] > room[b]; });
  // Columns in this order, each kept when what the pivots before leave of it is not 0.
  struct Pivot {
    int row;
    std::vector<std::pair<int, double>> rest;  // of its column, over the pivot
  };
  std::vector<Pivot> pivots;
  std::vector<double> work(static_cast<std::size_t>(m), 0.0);
  std::vector<char> taken(static_cast<std::size_t>(m), 0);
  basis.head.clear();
  for (const int v : order) {
    if (static_cast<int>(basis.head.size()) == m) break;
    std::fill(work.begin(), work.end(), 0.0);
    a_.add_column(v, 1.0, work.data());
    double before = 0.0, size = 0.0;
    for (const double w : work) before = std::max(before, std::fabs(w));
    for (const Pivot& pivot : pivots)
      if (const double t = work[pivot.row]; t != 0.0)
        for (const auto& [row, share] : pivot.rest) work[row] -= share * t;
    int at = -1;
    for (int r = 0; r < m; ++r)
      if (!taken[r] && std::fabs(work[r]) > size) size = std::fabs(work[r]), at = r;
    if (at < 0 || !(size > 1e-6 * before)) continue;
    taken[at] = 1;
    Pivot pivot{at, {}};
    for (int r = 0; r < m; ++r)
      if (!taken[r] && std::fabs(work[r]) > zero_entry * size) pivot.rest.emplace_back(r, work[r] / work[at]);
    pivots.push_back(std::move(pivot));
    basis.head.push_back(v);
  }
  if (static_cast<int>(basis.head.size()) != m || !basis.factor.factor(a_, basis.head)) return false;
  basis.side.assign(static_cast<std::size_t>(n + m), Side::lower);
  for (const int v : basis.head) basis.side[v] = Side::basic;
  basis.d.assign(static_cast<std::size_t>(n + m), 0.0);
  price(basis);
  return true;
}

// Puts every variable that is not basic at its side; false when that is infinite.
bool DualSimplex::start(const Basis& basis) {
  for (std::size_t v = 0; v < lower_.size(); ++v) {
    if (basis.side[v] == Side::basic) continue;
    const double at = basis.side[v] == Side::lower ? lower_[v] : upper_[v];
    if (!(std::fabs(at) < infinite)) return false;
  }
  return true;
}

void DualSimplex::values(const Basis& basis) {
  std::fill(value_.begin(), value_.end(), 0.0);
  for (int v = 0; v < a_.variables(); ++v) {
    if (basis.side[v] == Side::basic) continue;
    const double at = basis.side[v] == Side::lower ? lower_[v] : upper_[v];
    if (at != 0.0) a_.add_column(v, -at, value_.data());
  }
  basis.factor.solve(value_.data());
}

// The basic variable farthest outside its bounds, or -1.
int DualSimplex::leaving(const Basis& basis, double feasible) const {
  double most = 0.0;
  int at = -1;
  for (int r = 0; r < a_.rows; ++r) {
    const int v = basis.head[r];
    const double below = lower_[v] - value_[r], above = value_[r] - upper_[v];
    const double outside = std::max(below, above), bound = below > above ? lower_[v] : upper_[v];
    if (!(outside > feasible * (1.0 + std::fabs(bound)))) continue;
    if (outside > most) most = outside, at = r;
  }
  return at;
}

// Ratio test with bound flips over candidates_: as long as the leaving variable stays outside its bounds although a
// candidate moves to its other side, that one flips and the step goes on. Returns the entering variable, -1: none.
int DualSimplex::entering(double slope) {
  flipped_.clear();
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.ratio != b.ratio ? a.ratio < b.ratio : a.variable < b.variable;
  });
  std::size_t stop = 0;
  for (; stop < candidates_.size(); ++stop) {
    const Candidate& candidate = candidates_[stop];
    slope -= candidate.size * (upper_[candidate.variable] - lower_[candidate.variable]);
    if (!(slope > 0.0)) break;
  }
  if (stop == candidates_.size()) return -1;
  // Among those that block at nearly the same step: the largest pivot.
  std::size_t best = stop;
  const double limit = candidates_[stop].ratio * (1.0 + 1e-9) + 1e-12;
  for (std::size_t i = stop; i < candidates_.size() && candidates_[i].ratio <= limit; ++i)
    if (candidates_[i].size > candidates_[best].size) best = i;
  for (std::size_t i = stop; i-- > 0 && candidates_[i].ratio >= candidates_[stop].ratio - 1e-12;)
    if (candidates_[i].size > 10.0 * candidates_[best].size) best = i;
  for (std::size_t i = 0; i < std::min(stop, best); ++i) flipped_.push_back(candidates_[i].variable);
  return candidates_[best].variable;
}

int DualSimplex::run(const PoolBounds& bounds, double feasible, int most, Basis& basis, double* x) {
  const int n = a_.columns, m = a_.rows;
  std::copy_n(bounds.x_lower, n, lower_.begin());
  std::copy_n(bounds.x_upper, n, upper_.begin());
  std::copy_n(bounds.z_lower, m, lower_.begin() + n);
  std::copy_n(bounds.z_upper, m, upper_.begin() + n);
  if (!start(basis)) return -1;
  values(basis);
  bool exact = true;
  std::vector<double> column(static_cast<std::size_t>(m));
  for (int pivots = 0; pivots <= most;) {
    const int p = leaving(basis, feasible);
    if (p < 0) {
      if (!exact) {  // once more with fresh numbers
        price(basis);
        if (!start(basis)) return -1;
        values(basis);
        exact = true;
        continue;
      }
      for (int j = 0; j < n; ++j)
        if (basis.side[j] != Side::basic) x[j] = basis.side[j] == Side::lower ? lower_[j] : upper_[j];
      for (int r = 0; r < m; ++r)
        if (const int v = basis.head[r]; v < n) x[v] = std::clamp(value_[r], lower_[v], upper_[v]);
      return pivots;
    }
    const int out = basis.head[p];
    const bool below = value_[p] < lower_[out];
    const double miss = below ? lower_[out] - value_[p] : value_[p] - upper_[out];
    // Row p of B⁻¹[A, −I]; d moves by t along it, t ≥ 0.
    std::fill(row_.begin(), row_.end(), 0.0);
    row_[p] = below ? 1.0 : -1.0;
    basis.factor.solve_transposed(row_.data());
    std::fill(alpha_.begin(), alpha_.end(), 0.0);
    for (int i = 0; i < m; ++i) {
      const double t = row_[i];
      if (t == 0.0) continue;
      alpha_[n + i] = -t;
      for (int e = a_.row_start[i]; e < a_.row_start[i + 1]; ++e) alpha_[a_.row_column[e]] += a_.row_value[e] * t;
    }
    candidates_.clear();
    for (int v = 0; v < n + m; ++v) {
      const double alpha = alpha_[v];
      if (basis.side[v] == Side::basic || lower_[v] == upper_[v]) continue;
      const bool blocks = basis.side[v] == Side::lower ? alpha < -zero_entry : alpha > zero_entry;
      if (blocks) candidates_.push_back({std::fabs(basis.d[v]) / std::fabs(alpha), std::fabs(alpha), v});
    }
    const int in = entering(miss);
    if (in < 0) return -1;
    const double step = -basis.d[in] / alpha_[in];  // of the multipliers, ≥ 0 up to rounding
    // Flips, then the exchange.
    if (!flipped_.empty()) {
      std::fill(change_.begin(), change_.end(), 0.0);
      for (const int v : flipped_) {
        const bool up = basis.side[v] == Side::lower;
        const double moved = up ? upper_[v] - lower_[v] : lower_[v] - upper_[v];
        basis.side[v] = up ? Side::upper : Side::lower;
        a_.add_column(v, moved, change_.data());
      }
      basis.factor.solve(change_.data());
      for (int r = 0; r < m; ++r) value_[r] -= change_[r];
    }
    std::fill(column.begin(), column.end(), 0.0);
    a_.add_column(in, 1.0, column.data());
    basis.factor.solve(column.data());
    const double pivot = column[p], expected = below ? alpha_[in] : -alpha_[in];
    if (!(std::fabs(pivot - expected) <= 1e-6 * (1.0 + std::fabs(pivot))) || !(std::fabs(pivot) > zero_entry)) {
      if (exact && basis.factor.updates() == 0) return -1;
      if (!basis.factor.factor(a_, basis.head)) return -1;
      price(basis);
      if (!start(basis)) return -1;
      values(basis);
      exact = true;
      ++pivots;
      continue;
    }
    const double goal = below ? lower_[out] : upper_[out], move = (value_[p] - goal) / pivot;
    const double from = basis.side[in] == Side::lower ? lower_[in] : upper_[in];
    for (int r = 0; r < m; ++r) value_[r] -= move * column[r];
    value_[p] = from + move;
    for (int v = 0; v < n + m; ++v) basis.d[v] += step * alpha_[v];
    basis.d[in] = 0.0;
    basis.d[out] = below ? step : -step;
    basis.side[out] = below ? Side::lower : Side::upper;
    basis.side[in] = Side::basic;
    basis.head[p] = in;
    for (int r = 0; r < m; ++r) basis.d[basis.head[r]] = 0.0;
    basis.factor.replace(p, column.data());
    exact = false;
    ++pivots;
    if (basis.factor.update_entries() > update_share * basis.factor.factor_entries()) {
      if (!basis.factor.factor(a_, basis.head)) return -1;
      values(basis);
    }
  }
  return -1;
}

}  // namespace wattstein::kernels
