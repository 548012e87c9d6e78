#include "engine/coordination/anderson.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Solves the symmetric positive definite system S w = t by Cholesky, in place; false when it breaks down.
bool solve(std::vector<std::vector<double>>& s, std::vector<double>& t) {
  const std::size_t n = t.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = s[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= s[i][k] * s[j][k];
      if (i == j) {
        if (!(sum > 0.0)) return false;
        s[i][i] = std::sqrt(sum);
      } else {
        s[i][j] = sum / s[j][j];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) t[i] -= s[i][k] * t[k];
    t[i] /= s[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) t[i] -= s[k][i] * t[k];
    t[i] /= s[i][i];
  }
  return true;
}

}  // namespace

void Anderson::restart() {
  residual_.clear();
  value_.clear();
  fallback_.clear();
  previous_ = 0.0;
  plain_ = 0;
}

std::vector<std::vector<double>> Anderson::save() const {
  std::vector<std::vector<double>> all{{previous_, static_cast<double>(plain_)}, fallback_};
  all.insert(all.end(), residual_.begin(), residual_.end());
  all.insert(all.end(), value_.begin(), value_.end());
  return all;
}

void Anderson::load(const std::vector<std::vector<double>>& saved) {
  restart();
  if (saved.size() < 2 || saved.front().size() < 2) return;
  previous_ = saved.front()[0];
  plain_ = static_cast<int>(saved.front()[1]);
  fallback_ = saved[1];
  const auto half = static_cast<std::ptrdiff_t>((saved.size() - 2) / 2);
  residual_.assign(saved.begin() + 2, saved.begin() + 2 + half);
  value_.assign(saved.begin() + 2 + half, saved.end());
}

std::vector<double> Anderson::next(std::span<const double> z, std::span<const double> g) {
  constexpr double worse = 1.2;     // a mixture may raise the residual by so much: the map is not smooth
  constexpr int plain_steps = 3;    // after one that raised it further
  constexpr double regular = 1e-6;  // of the least squares, relative
  std::vector<double> f(g.begin(), g.end()), plain(g.begin(), g.end());
  for (std::size_t i = 0; i < f.size(); ++i) f[i] -= z[i];
  const double norm = std::sqrt(dot(f, f));
  if (!fallback_.empty() && norm > worse * previous_) {
    std::vector<double> back = std::move(fallback_);
    restart();
    plain_ = plain_steps;
    return back;
  }
  fallback_.clear();
  previous_ = norm;
  residual_.push_back(std::move(f));
  value_.push_back(plain);
  if (residual_.size() > memory_ + 1) residual_.erase(residual_.begin()), value_.erase(value_.begin());
  const std::size_t m = residual_.size();
  if (plain_ > 0) {
    --plain_;
    return plain;
  }
  if (m < 2) return plain;
  // min over γ ‖f_m − Σ γ_i (f_m − f_i)‖²
  const auto& last = residual_.back();
  std::vector<std::vector<double>> difference(m - 1, std::vector<double>(last.size()));
  for (std::size_t i = 0; i + 1 < m; ++i)
    for (std::size_t k = 0; k < last.size(); ++k) difference[i][k] = last[k] - residual_[i][k];
  std::vector<std::vector<double>> s(m - 1, std::vector<double>(m - 1));
  std::vector<double> gamma(m - 1);
  double largest = 0.0;
  for (std::size_t i = 0; i + 1 < m; ++i) {
    for (std::size_t j = 0; j <= i; ++j) s[i][j] = s[j][i] = dot(difference[i], difference[j]);
    gamma[i] = dot(difference[i], last);
    largest = std::max(largest, s[i][i]);
  }
  for (std::size_t i = 0; i + 1 < m; ++i) s[i][i] += regular * largest + 1e-300;
  if (!solve(s, gamma)) return plain;
  double size = 0.0;
  for (const double w : gamma) size += std::abs(w);
  if (!(size < 1e2)) return plain;
  std::vector<double> mixed = plain;
  for (std::size_t i = 0; i + 1 < m; ++i)
    for (std::size_t k = 0; k < mixed.size(); ++k) mixed[k] -= gamma[i] * (value_.back()[k] - value_[i][k]);
  fallback_ = std::move(plain);
  return mixed;
}

}  // namespace wattstein::engine
