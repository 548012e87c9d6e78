// The factor of one matrix in plain memory. Compiled once per instruction set; calls no out-of-line library code.
#include "kernels/math/ldl_single.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Doubles of scratch that ldl_factor_lone needs.
std::int64_t ldl_lone_work(const LdlView& view) {
  return ldl_work<double, double*>(view);
}

void ldl_factor_lone(const LdlView& view, const double* constant, double* diagonal, double* lower, double* pivot,
                     double* inverse, double* work, double replacement) {
  ldl_factor_any<double>(view, constant, static_cast<double*>(nullptr), diagonal, lower, pivot, inverse, work,
                         replacement);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
