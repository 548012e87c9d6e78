#include "engine/studies/scaling_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace wattstein::engine {

// With centred logarithms u, v, w (less their means) the normal equations are
//     [Σuu Σuv; Σuv Σvv] (a, b) = (Σuw, Σvw)
PowerLaw fit_power_law(std::span<const double> first, std::span<const double> second, std::span<const double> values) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::size_t n = values.size();
  PowerLaw law{nan, nan, nan, nan};
  if (n < 2) return law;
  const auto centred = [&](std::span<const double> x, double& mean) {
    std::vector<double> out;
    mean = 0.0;
    for (const double v : x) mean += std::log(v) / static_cast<double>(n);
    for (const double v : x) out.push_back(std::log(v) - mean);
    return out;
  };
  double mu = 0.0, mv = 0.0, mw = 0.0;
  const auto u = centred(first, mu), v = centred(second, mv), w = centred(values, mw);
  double uu = 0.0, uv = 0.0, vv = 0.0, uw = 0.0, vw = 0.0, ww = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    uu += u[i] * u[i], uv += u[i] * v[i], vv += v[i] * v[i];
    uw += u[i] * w[i], vw += v[i] * w[i], ww += w[i] * w[i];
  }
  const double small = 1e-12;
  const bool by_first = uu > small, by_second = vv > small;
  double a = 0.0, b = 0.0;
  if (by_first && by_second) {
    const double determinant = uu * vv - uv * uv;
    if (n < 3 || determinant <= 1e-9 * uu * vv) return law;  // both sizes vary together: not to be told apart
    a = (uw * vv - vw * uv) / determinant;
    b = (vw * uu - uw * uv) / determinant;
  } else if (by_first) {
    a = uw / uu;
  } else if (by_second) {
    b = vw / vv;
  } else {
    return law;
  }
  double left = 0.0;
  for (std::size_t i = 0; i < n; ++i) left += (w[i] - a * u[i] - b * v[i]) * (w[i] - a * u[i] - b * v[i]);
  law.first = by_first ? a : nan;
  law.second = by_second ? b : nan;
  law.constant = std::exp(mw - a * mu - b * mv);
  law.r_squared = ww > 0.0 ? 1.0 - left / ww : 1.0;
  return law;
}

}  // namespace wattstein::engine
