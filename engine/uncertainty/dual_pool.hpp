#pragma once
// Dual points of an agent's recourse LP, kept and shared by all hours and realisations.
//
// A and q are the same in every hour, so any y is a dual point of every one of the agent's LPs, and its certified bound
// (canonical.md)   β(y; h, x, ω) = r_h + w_costᵀω + Σ_i [y_i⁺ l_i − y_i⁻ u_i] + Σ_j min(d_j lb_j, d_j ub_j),   d = q −
// Aᵀy, is affine in x and ω, because the sides and upper bounds of the LP are:
//
//     β(y; h, x, ω) = constant_h + moved · shift_h(x) + slope · ω  ≤  Q_h(x; ω)
//
// moved: y at the rows that x moves, min(d, 0) at the upper bounds that x moves; shift_h(x): how far x moves them.

#include <cstddef>
#include <span>
#include <vector>

#include "engine/uncertainty/recourse.hpp"

namespace wattstein::engine {

class DualPool {
 public:
  explicit DualPool(const Recourse& recourse);

  int size() const { return size_; }
  int hours() const { return static_cast<int>(recourse_->hours.size()); }
  int resources() const { return static_cast<int>(recourse_->w_cost.size()); }
  const Recourse& recourse() const { return *recourse_; }

  /// Keeps the dual point y (m) and returns its index. Multipliers of absent (infinite) sides are set to zero first.
  int add(std::span<const double> y);
  /// Forgets the dual added last.
  void drop_last();
  /// Forgets the duals for which keep[k] is false; the others keep their order.
  void keep_only(const std::vector<char>& keep);

  /// How far x moves sides and bounds in every hour: (H, moved_width), rows first, then upper bounds.
  std::vector<double> shift(std::span<const double> x) const;
  int moved_width() const { return static_cast<int>(row_targets_.size() + upper_targets_.size()); }
  std::span<const int> row_targets() const { return row_targets_; }
  std::span<const int> upper_targets() const { return upper_targets_; }

  /// constant_h + moved · shift_h of the duals from `first` on, given shift(x): (H, K − first).
  std::vector<double> intercepts(std::span<const double> shift, int first = 0) const;
  double constant(int dual, int hour) const {
    return constants_[static_cast<std::size_t>(hour)][static_cast<std::size_t>(dual)];
  }
  /// ∂β/∂ω_r of every dual: (K).
  const std::vector<double>& slopes(int resource) const { return slopes_[static_cast<std::size_t>(resource)]; }
  /// β of one dual.
  double value(int dual, int hour, std::span<const double> shift, std::span<const double> omega) const;
  /// gradient += weight · ∂β/∂x of a dual in an hour; gradient is as long as x.
  void add_gradient(int dual, int hour, double weight, std::span<double> gradient) const;
  /// The stored multipliers (K, m), for checkpoints.
  const std::vector<double>& multipliers() const { return y_; }

 private:
  const Recourse* recourse_;
  int size_ = 0;
  std::vector<int> row_targets_, upper_targets_;   // ascending
  std::vector<int> row_place_, upper_place_;       // target -> index in moved, −1: x does not move it
  std::vector<char> lower_absent_, upper_absent_;  // (m) infinite in some hour
  std::vector<double> y_;                          // (K, m)
  std::vector<double> moved_;                      // (K, moved_width)
  std::vector<std::vector<double>> constants_;     // (H)(K)
  std::vector<std::vector<double>> slopes_;        // (n_r)(K)
};

}  // namespace wattstein::engine
