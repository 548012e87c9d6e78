#pragma once
// value = c · first^a · second^b, least squares on logarithms.

#include <span>

namespace wattstein::engine {

struct PowerLaw {
  double first = 0.0, second = 0.0;  // a, b; NaN where that size does not vary
  double constant = 0.0;             // c
  double r_squared = 0.0;            // of the logarithms
};

/// All positive, equally long. NaN throughout when there are fewer points than unknowns.
PowerLaw fit_power_law(std::span<const double> first, std::span<const double> second, std::span<const double> values);

}  // namespace wattstein::engine
