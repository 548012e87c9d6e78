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

constexpr std::size_t block = PoolScreen::block, half = block / 2;
using Wide = double __attribute__((vector_size(half * sizeof(double))));

// hits[t] is 1 where values[t] ≥ least[t]; whether any is
WATTSTEIN_CLONES bool reach(const double* values, const double* least, std::int64_t* hits) {
  std::int64_t any = 0;
  for (std::size_t t = 0; t < block; ++t) {
    hits[t] = values[t] >= least[t] ? 1 : 0;
    any |= hits[t];
  }
  return any != 0;
}

// most ← max(most, values), NaN passed over
WATTSTEIN_CLONES void enlarge(const double* values, double* most) {
  for (std::size_t t = 0; t < block; ++t) most[t] = values[t] > most[t] ? values[t] : most[t];
}

WATTSTEIN_CLONES void sum_terms(const PoolTerm* terms, std::size_t count, double constant, const double* values,
                                double* bound) {
  // Two halves of the block, two sums each: one alone would wait for its own last addition.
  Wide first = Wide{} + constant, second = first, more_first{}, more_second{};
  const auto add = [&](std::size_t k, Wide & to_first, Wide & to_second) __attribute__((always_inline)) {
    const double* from = values + block * static_cast<std::size_t>(terms[k].entry);
    Wide low, high;
    std::memcpy(&low, from, sizeof(Wide));
    std::memcpy(&high, from + half, sizeof(Wide));
    to_first += terms[k].factor * low;
    to_second += terms[k].factor * high;
  };
  std::size_t k = 0;
  for (; k + 2 <= count; k += 2) add(k, first, second), add(k + 1, more_first, more_second);
  if (k < count) add(k, first, second);
  first += more_first;
  second += more_second;
  std::memcpy(bound, &first, sizeof(Wide));
  std::memcpy(bound + half, &second, sizeof(Wide));
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
      std::size_t field = 3;
      while (e < offsets[field]) --field;
      varying_.push_back({field, e - offsets[field]});
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
  for (int t = 0; t < count; ++t) {
    const std::array<const double*, 4> sides{batch.lb.of(problems[t]), batch.l.of(problems[t]),
                                             batch.ub.of(problems[t]), batch.u.of(problems[t])};
    double* to = scratch.varying.data() + t;
    for (const Place& place : varying_) {
      *to = sides[place.field][place.at];
      to += block;
    }
  }
  for (std::size_t k = 0; k < among.size(); ++k) {
    const auto i = static_cast<std::size_t>(among[k]);
    sum_terms(terms_.data() + first_[i], first_[i + 1] - first_[i], constant_[i], scratch.varying.data(),
              scratch.bound.data() + k * block);
  }
}

void PoolScreen::best(Scratch& scratch, int count, double tie, const std::vector<std::int64_t>& used, int most) {
  const std::size_t bases = used.size();
  alignas(64) double top[block], least[block];
  std::fill_n(top, block, -infinity);
  for (std::size_t i = 0; i < bases; ++i) enlarge(scratch.bound.data() + i * block, top);
  for (std::size_t t = 0; t < block; ++t) {
    const bool finite = static_cast<int>(t) < count && std::isfinite(top[t]);
    least[t] = finite ? top[t] - tie * (1.0 + std::fabs(top[t])) : infinity;
    scratch.near[t].clear();
  }
  alignas(64) std::int64_t hits[block];
  for (std::size_t i = 0; i < bases; ++i) {
    const double* bound = scratch.bound.data() + i * block;
    if (!reach(bound, least, hits)) continue;
    for (std::size_t t = 0; t < block; ++t)
      if (hits[t]) scratch.near[t].push_back(static_cast<int>(i));
  }
  for (int t = 0; t < count; ++t) {
    auto& near = scratch.near[t];
    const auto bound = [&](int i) {
      return scratch.bound[static_cast<std::size_t>(i) * block + static_cast<std::size_t>(t)];
    };
    const auto first = std::find_if(near.begin(), near.end(), [&](int i) { return bound(i) == top[t]; });
    if (first != near.end()) {
      std::rotate(near.begin(), first, first + 1);
      std::stable_sort(near.begin() + 1, near.end(), [&](int i, int j) { return used[i] > used[j]; });
    }
    near.resize(std::min(near.size(), static_cast<std::size_t>(most)));
  }
}

}  // namespace wattstein::kernels
