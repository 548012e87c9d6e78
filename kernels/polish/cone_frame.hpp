#pragma once
// The frame of one cone at v = s − w: orthonormal directions in which the optimality condition s = Π_K(v) is linear to
// first order.
//
// Second-order cone, v = (v₀, z), ẑ = z/‖z‖, λ₁ = v₀ − ‖z‖, λ₂ = v₀ + ‖z‖ (rotated cones are turned to this form
// first):
//   λ₁ ≥ 0: s inside, w = 0.      λ₂ ≤ 0: s = 0.      otherwise:
//   e₁ = (1, −ẑ)/√2:  e₁ᵀs = 0        e₂ = (1, ẑ)/√2:  e₂ᵀw = 0
//   t ⟂ ẑ:            tᵀs + κ tᵀw = 0,  κ = μ/(1 − μ),  μ = λ₂/(2‖z‖)

#include <cmath>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::kernels {

enum class RowKind : signed char { free, held, soft };  // multiplier 0; s at its target; tᵀs + κ tᵀw = 0

class ConeFrame {
 public:
  /// From v (size), in the cone's own coordinates.
  void take(ConeKind kind, const double* v, int size) {
    rotated_ = kind == ConeKind::rotated;
    size_ = size;
    point_.assign(v, v + size);
    if (rotated_) turn(point_[0], point_[1]);
    double squares = 0.0;
    for (int i = 1; i < size; ++i) squares += point_[i] * point_[i];
    const double norm = std::sqrt(squares), head = point_[0];
    inside_ = head >= norm;
    apex_ = !inside_ && head <= -norm;
    boundary_ = !inside_ && !apex_;
    if (!boundary_) return;
    const double mu = 0.5 * (head + norm) / norm;
    kappa_ = mu / (1.0 - mu);
    // Householder: I − 2hhᵀ/hᵀh with h = ẑ − σ(1, 0, …) turns ẑ to σ(1, 0, …).
    mirror_.assign(point_.begin() + 1, point_.end());
    for (double& value : mirror_) value /= norm;
    sign_ = mirror_[0] > 0.0 ? -1.0 : 1.0;
    mirror_[0] -= sign_;
    square_ = 0.0;
    for (const double value : mirror_) square_ += value * value;
  }

  bool boundary() const { return boundary_; }
  RowKind kind(int i) const {
    if (inside_) return RowKind::free;
    if (apex_) return RowKind::held;
    return i == 0 ? RowKind::held : i == 1 ? RowKind::free : RowKind::soft;
  }
  double kappa() const { return kappa_; }

  /// a ← Qᵀ a: entry i is the component along direction i. step: distance between entries.
  void into(double* a, int step) const {
    if (rotated_) turn(a[0], a[step]);
    if (!boundary_) return;
    reflect(a, step);
    turn_pair(a, step);
  }
  /// a ← Q a.
  void back(double* a, int step) const {
    if (boundary_) {
      turn_pair_back(a, step);
      reflect(a, step);
    }
    if (rotated_) turn(a[0], a[step]);
  }

 private:
  static constexpr double root_half = 0.70710678118654752440;
  static void turn(double& first, double& second) {
    const double sum = root_half * (first + second), difference = root_half * (first - second);
    first = sum;
    second = difference;
  }
  // (a₀, σ ẑᵀa) → (e₁ᵀa, e₂ᵀa) and back.
  void turn_pair(double* a, int step) const {
    const double head = a[0], tail = sign_ * a[step];
    a[0] = root_half * (head - tail);
    a[step] = root_half * (head + tail);
  }
  void turn_pair_back(double* a, int step) const {
    const double first = a[0], second = a[step];
    a[0] = root_half * (first + second);
    a[step] = sign_ * root_half * (second - first);
  }
  void reflect(double* a, int step) const {
    if (!(square_ > 0.0)) return;
    double dot = 0.0;
    for (int i = 1; i < size_; ++i) dot += mirror_[i - 1] * a[i * step];
    const double factor = 2.0 * dot / square_;
    for (int i = 1; i < size_; ++i) a[i * step] -= factor * mirror_[i - 1];
  }

  bool rotated_ = false, inside_ = true, apex_ = false, boundary_ = false;
  int size_ = 0;
  double kappa_ = 0.0, sign_ = 1.0, square_ = 0.0;
  std::vector<double> point_, mirror_;
};

}  // namespace wattstein::kernels
