#include "kernels/pool/pool_screen.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/backend/clones.hpp"

namespace wattstein::kernels {

namespace {

// changed |= values ≠ base
WATTSTEIN_CLONES void compare(const double* values, const double* base, std::size_t count, std::int64_t* changed) {
  for (std::size_t i = 0; i < count; ++i) changed[i] |= values[i] != base[i] ? 1 : 0;
}

using Wide = double __attribute__((vector_size(PoolScreen::block * sizeof(double))));

WATTSTEIN_CLONES void sum_terms(const PoolTerm* terms, std::size_t count, double constant, const double* values,
                                double* bound) {
  // Four sums side by side: one alone would wait for its own last addition.
  Wide a = Wide{} + constant, b{}, c{}, d{};
  const auto add = [&](std::size_t k, Wide & to) __attribute__((always_inline)) {
    Wide from;
    std::memcpy(&from, values + std::size_t{PoolScreen::block} * static_cast<std::size_t>(terms[k].entry),
                sizeof(Wide));
    to += terms[k].factor * from;
  };
  std::size_t k = 0;
  for (; k + 4 <= count; k += 4) add(k, a), add(k + 1, b), add(k + 2, c), add(k + 3, d);
  for (; k < count; ++k) add(k, a);
  const Wide sum = (a + c) + (b + d);
  std::memcpy(bound, &sum, sizeof(Wide));
}

}  // namespace

PoolScreen::PoolScreen(int variables, int rows)
    : n_(variables), m_(rows), place_(2 * static_cast<std::size_t>(variables + rows), -1) {}

bool PoolScreen::widen(const Batch& batch, std::span<const std::int64_t> problems) {
  if (problems.empty()) return false;
  const auto total = static_cast<std::size_t>(n_ + m_);
  // Lower sides of x and z, then upper sides of both.
  const std::array<const Field*, 4> fields{&batch.lb, &batch.l, &batch.ub, &batch.u};
  const std::array<std::size_t, 4> offsets{0, static_cast<std::size_t>(n_), total,
                                           total + static_cast<std::size_t>(n_)};
  if (base_.empty()) {
    base_.resize(2 * total);
    for (int f = 0; f < 4; ++f)
      std::copy_n(fields[f]->of(problems.front()), fields[f]->width, base_.data() + offsets[f]);
  }
  std::vector<std::int64_t> changed(2 * total, 0);
  for (int f = 0; f < 4; ++f) {
    const auto width = static_cast<std::size_t>(fields[f]->width);
    if (!fields[f]->per_problem)
      compare(fields[f]->of(0), base_.data() + offsets[f], width, changed.data() + offsets[f]);
    else
      for (const std::int64_t b : problems)
        compare(fields[f]->of(b), base_.data() + offsets[f], width, changed.data() + offsets[f]);
  }
  bool wider = false;
  for (std::size_t e = 0; e < changed.size(); ++e)
    if (changed[e] && place_[e] < 0) {
      place_[e] = static_cast<int>(varying_.size());
      varying_.push_back(static_cast<int>(e));
      wider = true;
    }
  if (!wider) return false;
  first_.assign(1, 0);
  terms_.clear();
  constant_.clear();
  for (const auto& d : prices_) make_terms(d);
  return true;
}

void PoolScreen::make_terms(const std::vector<double>& d) {
  double constant = 0.0;
  const std::size_t total = d.size();
  for (std::size_t v = 0; v < total; ++v) {
    if (d[v] == 0.0) continue;
    const std::size_t entry = d[v] > 0.0 ? v : total + v;
    if (place_[entry] >= 0) terms_.push_back({place_[entry], d[v]});
    else constant += d[v] * base_[entry];
  }
  constant_.push_back(constant);
  first_.push_back(terms_.size());
}

void PoolScreen::add(const std::vector<double>& d) {
  prices_.push_back(d);
  make_terms(d);
}

void PoolScreen::clear() {
  prices_.clear();
  terms_.clear();
  constant_.clear();
  first_.assign(1, 0);
}

void PoolScreen::bounds(const Batch& batch, const std::int64_t* problems, int count, const std::vector<int>& among,
                        Scratch& scratch) const {
  scratch.varying.assign(varying_.size() * block, 0.0);
  scratch.bound.resize(among.size() * block);
  const int total = n_ + m_;
  for (int t = 0; t < count; ++t) {
    const double *lb = batch.lb.of(problems[t]), *ub = batch.ub.of(problems[t]);
    const double *l = batch.l.of(problems[t]), *u = batch.u.of(problems[t]);
    for (std::size_t k = 0; k < varying_.size(); ++k) {
      const bool upper = varying_[k] >= total;
      const int v = upper ? varying_[k] - total : varying_[k];
      scratch.varying[k * block + static_cast<std::size_t>(t)] =
          v < n_ ? (upper ? ub[v] : lb[v]) : (upper ? u[v - n_] : l[v - n_]);
    }
  }
  for (std::size_t k = 0; k < among.size(); ++k) {
    const auto i = static_cast<std::size_t>(among[k]);
    sum_terms(terms_.data() + first_[i], first_[i + 1] - first_[i], constant_[i], scratch.varying.data(),
              scratch.bound.data() + k * block);
  }
}

int PoolScreen::best(const Scratch& scratch, int t, double tie, const std::vector<std::int64_t>& used, int* out,
                     int most) {
  const std::size_t bases = used.size();
  const double* bound = scratch.bound.data() + t;
  std::size_t top = 0;
  for (std::size_t i = 1; i < bases; ++i)
    if (!(bound[i * block] <= bound[top * block])) top = i;  // anything is better than NaN
  if (bases == 0 || !std::isfinite(bound[top * block])) return 0;
  out[0] = static_cast<int>(top);
  int count = 1;
  const double least = bound[top * block] - tie * (1.0 + std::fabs(bound[top * block]));
  for (std::size_t i = 0; i < bases; ++i) {
    if (i == top || !(bound[i * block] >= least)) continue;
    // Insertion by time of use; the last place falls out.
    int at = count;
    while (at > 1 && used[out[at - 1]] < used[i]) --at;
    if (at >= most) continue;
    if (count < most) ++count;
    for (int k = count - 1; k > at; --k) out[k] = out[k - 1];
    out[at] = static_cast<int>(i);
  }
  return count;
}

}  // namespace wattstein::kernels
