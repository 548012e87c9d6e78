#pragma once
// Marks and limits of the interior point in the range of its scalar: double, or float for the first iterations
// (ipm_rough.hpp), whose numbers end at 3e38 and whose rounding is 6e-8.

#include <cstdint>

#include "kernels/backend/pack.hpp"

namespace wattstein::kernels {

template <class Scalar>
struct IpmNumbers;

template <>
struct IpmNumbers<double> {
  static constexpr double finite = 1e50;           // a side beyond it is infinite
  static constexpr double infinite_slack = 1e100;  // its slack
  static constexpr double fixed_mark = 1e150;      // a slack beyond it marks a fixed variable or an equality row
  static constexpr double fixed_slack = 1e200;     // that slack
  static constexpr double fixed_weight = 1e30;     // Θ of a fixed variable; 1/Σ of a free row
  static constexpr double shift = 1e-8;            // regularisation of the factor, rows
  static constexpr double least_drift = 1e-12, most_drift = 1e-8;  // variables
  static constexpr double rounding = 1e-15;                        // of a sum, relative
  static constexpr double tiny = 1e-300, least_step = 1e-100, huge = 1e300;
};

template <>
struct IpmNumbers<float> {
  static constexpr double finite = 1e12;
  static constexpr double infinite_slack = 1e16;
  static constexpr double fixed_mark = 1e17;
  static constexpr double fixed_slack = 1e18;
  static constexpr double fixed_weight = 1e12;
  static constexpr double shift = 1e-4;
  static constexpr double least_drift = 1e-5, most_drift = 1e-5;
  static constexpr double rounding = 1e-6;
  static constexpr double tiny = 1e-30, least_step = 1e-30, huge = 1e30;
};

inline namespace WATTSTEIN_ISA {

/// The bits of a scalar, and what those of a power of two and of its inverse add up to.
template <class Scalar>
struct PowerBits;
template <>
struct PowerBits<double> {
  using type = std::uint64_t;
  static constexpr type sum = type(2046) << 52;
};
template <>
struct PowerBits<float> {
  using type = std::uint32_t;
  static constexpr type sum = type(254) << 23;
};

/// 1/x of a power of two, as all scales are: a division would take most of the time of loading a lane. (Beyond the
/// range of single precision: some number, with which rough iterations lead nowhere.)
template <class Scalar>
WATTSTEIN_HD Scalar inverse_power(Scalar x) {
  typename PowerBits<Scalar>::type bits;
  __builtin_memcpy(&bits, &x, sizeof(bits));
  bits = PowerBits<Scalar>::sum - bits;
  __builtin_memcpy(&x, &bits, sizeof(bits));
  return x;
}
#ifndef __CUDACC__
template <class T, int W>
WATTSTEIN_HD Pack<T, W> inverse_power(Pack<T, W> x) {
  typedef typename PowerBits<T>::type Register __attribute__((vector_size(sizeof(x))));
  Register bits;
  __builtin_memcpy(&bits, &x, sizeof(bits));
  bits = PowerBits<T>::sum - bits;
  __builtin_memcpy(static_cast<void*>(&x), &bits, sizeof(bits));
  return x;
}
#endif

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
