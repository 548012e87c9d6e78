#pragma once
// Anderson extrapolation of a fixed-point iteration z ← G(z), with restarts where it does not help.

#include <cstddef>
#include <span>
#include <vector>

namespace wattstein::engine {

/// Mixes the last few steps: with residuals f_i = G(z_i) − z_i, the next point is Σ w_i G(z_i) for the weights (Σ w =
/// 1) that make ‖Σ w_i f_i‖₂ least. The memory is dropped when the residual has grown.
class Anderson {
 public:
  explicit Anderson(std::size_t memory = 5) : memory_(memory) {}
  /// `z`: where the step began, `g`: G(z). Returns the next point. Same lengths in every call.
  std::vector<double> next(std::span<const double> z, std::span<const double> g);
  void restart();
  /// Everything remembered as one list of vectors (checkpoints), and back.
  std::vector<std::vector<double>> save() const;
  void load(const std::vector<std::vector<double>>& saved);

 private:
  std::size_t memory_;
  double previous_ = 0.0;                              // norm of the last residual
  std::vector<std::vector<double>> residual_, value_;  // oldest first
};

}  // namespace wattstein::engine
