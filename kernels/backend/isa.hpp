#pragma once
// Which of the compiled instruction sets this machine runs.

#include <cstdint>

#include "kernels/backend/pack.hpp"

namespace wattstein::kernels {

enum class Isa : std::int8_t { portable = 0, avx2 = 1, avx512 = 2 };

/// The best instruction set of this processor among those compiled (asked once).
Isa best_isa();

/// "portable", "avx2", "avx512".
const char* isa_word(Isa isa);

inline namespace WATTSTEIN_ISA {
#if defined(__AVX512F__)
inline constexpr int native_lanes = 8;
#elif defined(__AVX2__)
inline constexpr int native_lanes = 4;
#else
inline constexpr int native_lanes = 2;
#endif
}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
