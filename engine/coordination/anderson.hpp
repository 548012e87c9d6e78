#pragma once
// Anderson extrapolation of a fixed-point iteration z ← G(z), with restarts where it does not help.

#include <cstddef>
#include <span>
#include <vector>

namespace wattstein::engine {

/// Mixes the last few steps: with residuals f_i = G(z_i) − z_i, the next point is Σ w_i G(z_i) for the weights (Σ w =
/// 1) that make ‖Σ w_i f_i‖² + 1e-6 ‖F‖² ‖γ‖² least (γ: weights of the differences). A mixture that made the residual
/// larger is taken back: the next point is the plain step that it replaced, and plain steps follow until there is
/// something to mix again (safeguard as in Zhang, O'Donoghue, Boyd: Globally convergent type-I Anderson acceleration).
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
  double previous_ = 0.0;                              // norm of the residual from which the last point was made
  int plain_ = 0;                                      // plain steps still to take
  std::vector<double> fallback_;                       // plain step that the last mixture replaced; empty: no mixture
  std::vector<std::vector<double>> residual_, value_;  // oldest first
};

}  // namespace wattstein::engine
