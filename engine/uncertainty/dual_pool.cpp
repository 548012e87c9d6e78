#include "engine/uncertainty/dual_pool.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {

DualPool::DualPool(const Recourse& recourse) : recourse_(&recourse) {
  const auto m = static_cast<std::size_t>(recourse.lp.rows), n = static_cast<std::size_t>(recourse.lp.variables);
  row_place_.assign(m, -1);
  upper_place_.assign(n, -1);
  lower_absent_.assign(m, 0);
  upper_absent_.assign(m, 0);
  for (const auto& hour : recourse.hours) {
    for (const auto& term : hour.x_rows) row_place_[static_cast<std::size_t>(term.target)] = 0;
    for (const auto& term : hour.x_upper) upper_place_[static_cast<std::size_t>(term.target)] = 0;
    for (std::size_t i = 0; i < m; ++i) {
      if (!std::isfinite(hour.l[i])) lower_absent_[i] = 1;
      if (!std::isfinite(hour.u[i])) upper_absent_[i] = 1;
    }
  }
  int place = 0;
  for (std::size_t i = 0; i < m; ++i)
    if (row_place_[i] == 0) row_place_[i] = place++, row_targets_.push_back(static_cast<int>(i));
  for (std::size_t j = 0; j < n; ++j)
    if (upper_place_[j] == 0) upper_place_[j] = place++, upper_targets_.push_back(static_cast<int>(j));
  constants_.resize(recourse.hours.size());
  slopes_.resize(recourse.w_cost.size());
}

int DualPool::add(std::span<const double> given) {
  const kernels::Batch& lp = recourse_->lp;
  const auto m = static_cast<std::size_t>(lp.rows), n = static_cast<std::size_t>(lp.variables);
  std::vector<double> y(given.begin(), given.end());
  for (std::size_t i = 0; i < m; ++i)
    if (!std::isfinite(y[i]) || (y[i] > 0.0 && lower_absent_[i]) || (y[i] < 0.0 && upper_absent_[i])) y[i] = 0.0;
  // d = q − Aᵀ y
  std::vector<double> d(lp.q.of(0), lp.q.of(0) + n);
  const auto& pattern = lp.A.pattern;
  for (std::size_t i = 0; i < m; ++i)
    for (int k = pattern.indptr[i]; k < pattern.indptr[i + 1]; ++k)
      d[static_cast<std::size_t>(pattern.indices[static_cast<std::size_t>(k)])] -=
          lp.A.data[static_cast<std::size_t>(k)] * y[i];
  for (std::size_t h = 0; h < constants_.size(); ++h) {
    const RecourseHour& hour = recourse_->hours[h];
    double sum = hour.r;
    for (std::size_t i = 0; i < m; ++i)
      if (y[i] != 0.0) sum += y[i] * (y[i] > 0.0 ? hour.l[i] : hour.u[i]);
    for (std::size_t j = 0; j < n; ++j) sum += d[j] * (d[j] > 0.0 ? hour.lb[j] : hour.ub[j]);
    constants_[h].push_back(sum);
  }
  for (const int i : row_targets_) moved_.push_back(y[static_cast<std::size_t>(i)]);
  for (const int j : upper_targets_) moved_.push_back(std::min(d[static_cast<std::size_t>(j)], 0.0));
  std::vector<double> slope(recourse_->w_cost);
  for (const auto& term : recourse_->w_rows)
    slope[static_cast<std::size_t>(term.source)] += y[static_cast<std::size_t>(term.target)] * term.coefficient;
  for (const auto& term : recourse_->w_upper)
    slope[static_cast<std::size_t>(term.source)] +=
        std::min(d[static_cast<std::size_t>(term.target)], 0.0) * term.coefficient;
  for (std::size_t r = 0; r < slopes_.size(); ++r) slopes_[r].push_back(slope[r]);
  y_.insert(y_.end(), y.begin(), y.end());
  return size_++;
}

void DualPool::drop_last() {
  --size_;
  y_.resize(y_.size() - static_cast<std::size_t>(recourse_->lp.rows));
  moved_.resize(moved_.size() - static_cast<std::size_t>(moved_width()));
  for (auto& values : constants_) values.pop_back();
  for (auto& values : slopes_) values.pop_back();
}

void DualPool::keep_only(const std::vector<char>& keep) {
  const auto squeeze = [&](std::vector<double>& values, std::size_t width) {
    std::size_t to = 0;
    for (std::size_t k = 0; k < keep.size(); ++k)
      if (keep[k]) {
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(k * width), width,
                    values.begin() + static_cast<std::ptrdiff_t>(to * width));
        ++to;
      }
    values.resize(to * width);
  };
  squeeze(y_, static_cast<std::size_t>(recourse_->lp.rows));
  squeeze(moved_, static_cast<std::size_t>(moved_width()));
  for (auto& values : constants_) squeeze(values, 1);
  for (auto& values : slopes_) squeeze(values, 1);
  size_ = static_cast<int>(std::count(keep.begin(), keep.end(), char{1}));
}

std::vector<double> DualPool::shift(std::span<const double> x) const {
  const auto width = static_cast<std::size_t>(moved_width());
  std::vector<double> shift(recourse_->hours.size() * width, 0.0);
  for (std::size_t h = 0; h < recourse_->hours.size(); ++h) {
    double* out = shift.data() + h * width;
    for (const auto& term : recourse_->hours[h].x_rows)
      out[row_place_[static_cast<std::size_t>(term.target)]] +=
          term.coefficient * x[static_cast<std::size_t>(term.source)];
    for (const auto& term : recourse_->hours[h].x_upper)
      out[upper_place_[static_cast<std::size_t>(term.target)]] +=
          term.coefficient * x[static_cast<std::size_t>(term.source)];
  }
  return shift;
}

std::vector<double> DualPool::intercepts(std::span<const double> shift, int first) const {
  const auto width = static_cast<std::size_t>(moved_width()), from = static_cast<std::size_t>(first),
             K = static_cast<std::size_t>(size_) - from, H = constants_.size();
  // Hours side by side: sums of their own, in the same order as one after the other.
  std::vector<double> across(width * H), alpha(H * K), sum(H);
  for (std::size_t h = 0; h < H; ++h)
    for (std::size_t i = 0; i < width; ++i) across[i * H + h] = shift[h * width + i];
  for (std::size_t k = 0; k < K; ++k) {
    const double* moved = moved_.data() + (from + k) * width;
    for (std::size_t h = 0; h < H; ++h) sum[h] = constants_[h][from + k];
    for (std::size_t i = 0; i < width; ++i) {
      const double m = moved[i];
      if (m == 0.0) continue;
      const double* s = across.data() + i * H;
      for (std::size_t h = 0; h < H; ++h) sum[h] += m * s[h];
    }
    for (std::size_t h = 0; h < H; ++h) alpha[h * K + k] = sum[h];
  }
  return alpha;
}

double DualPool::value(int dual, int hour, std::span<const double> shift, std::span<const double> omega) const {
  const auto width = static_cast<std::size_t>(moved_width());
  double sum = constant(dual, hour);
  const double* moved = moved_.data() + static_cast<std::size_t>(dual) * width;
  const double* s = shift.data() + static_cast<std::size_t>(hour) * width;
  for (std::size_t i = 0; i < width; ++i) sum += moved[i] * s[i];
  for (std::size_t r = 0; r < slopes_.size(); ++r) sum += slopes_[r][static_cast<std::size_t>(dual)] * omega[r];
  return sum;
}

void DualPool::add_gradient(int dual, int hour, double weight, std::span<double> gradient) const {
  const double* moved = moved_.data() + static_cast<std::size_t>(dual) * static_cast<std::size_t>(moved_width());
  const RecourseHour& at = recourse_->hours[static_cast<std::size_t>(hour)];
  for (const auto& term : at.x_rows)
    gradient[static_cast<std::size_t>(term.source)] +=
        weight * term.coefficient * moved[row_place_[static_cast<std::size_t>(term.target)]];
  for (const auto& term : at.x_upper)
    gradient[static_cast<std::size_t>(term.source)] +=
        weight * term.coefficient * moved[upper_place_[static_cast<std::size_t>(term.target)]];
}

}  // namespace wattstein::engine
