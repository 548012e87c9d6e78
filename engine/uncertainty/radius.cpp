#include "engine/uncertainty/radius.hpp"

#include <algorithm>
#include <cmath>

namespace wattstein::engine {

namespace {

/// (1 + ln (1/E) Σ exp(ρ a_e)) / (2ρ), without overflow: the largest exponent is taken out.
double concentration(std::span<const double> a, double largest, double rho) {
  double sum = 0.0;
  for (const double value : a) sum += std::exp(rho * (value - largest));
  return (1.0 + std::log(sum / static_cast<double>(a.size()))) / (2.0 * rho) + 0.5 * largest;
}

}  // namespace

double radius_of_squares(std::span<const double> a, double confidence) {
  if (a.empty()) return 0.0;
  const double largest = *std::max_element(a.begin(), a.end());
  if (!(largest > 0.0)) return 0.0;  // all samples alike: the infimum is reached as ρ → ∞
  // Unimodal in ρ: a grid over ln ρ finds the valley, a golden section its floor. As ρ → ∞ the value tends to max a
  // / 2.
  constexpr int grid = 400;
  const double first = std::log(1e-8 / largest), last = std::log(1e10 / largest);
  const auto value = [&](double log_rho) { return concentration(a, largest, std::exp(log_rho)); };
  int best = 0;
  double least = value(first);
  for (int i = 1; i <= grid; ++i) {
    const double v = value(first + (last - first) * i / grid);
    if (v < least) least = v, best = i;
  }
  double left = first + (last - first) * std::max(best - 1, 0) / grid;
  double right = first + (last - first) * std::min(best + 1, grid) / grid;
  const double ratio = 0.5 * (std::sqrt(5.0) - 1.0);
  for (int i = 0; i < 100; ++i) {
    const double p = right - ratio * (right - left), q = left + ratio * (right - left);
    const double vp = value(p), vq = value(q);
    least = std::min({least, vp, vq});
    (vp <= vq ? right : left) = vp <= vq ? q : p;
  }
  least = std::max(std::min(least, 0.5 * largest), 0.0);
  const double c = 2.0 * std::sqrt(least);
  return c * std::sqrt(-std::log1p(-confidence) / static_cast<double>(a.size()));
}

std::vector<double> squared_distances(const AgentSamples& samples) {
  const int width = samples.hours * samples.resources();
  std::vector<double> a(static_cast<std::size_t>(samples.count));
  for (int e = 0; e < samples.count; ++e) {
    double distance = 0.0;
    const double* omega = samples.at(e, 0);
    for (int i = 0; i < width; ++i) distance += std::abs(omega[i] - samples.mean[static_cast<std::size_t>(i)]);
    a[static_cast<std::size_t>(e)] = distance * distance;
  }
  return a;
}

double wasserstein_radius(const AgentSamples& samples, double confidence, double factor) {
  if (samples.resources() == 0) return 0.0;
  if (samples.radius_mw >= 0.0) return samples.radius_mw;
  return factor * radius_of_squares(squared_distances(samples), confidence);
}

}  // namespace wattstein::engine
