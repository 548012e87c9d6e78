#pragma once
// Which compilation of the kernels this machine runs.

// Compilations besides the portable one; WATTSTEIN_PORTABLE leaves them out.
#if defined(__x86_64__) && !defined(WATTSTEIN_PORTABLE_ONLY)
#define WATTSTEIN_X86_ISAS
#endif

namespace wattstein::kernels {

enum class Isa { portable, avx2, avx512 };

/// The widest instruction set that both the machine and this build have. The environment variable
/// WATTSTEIN_ISA=portable|avx2|avx512 lowers it.
Isa machine_isa();

const char* isa_name(Isa isa);

/// Lanes of double in a register as the kernels use them: 2, 4, 8.
int isa_lanes(Isa isa);

}  // namespace wattstein::kernels
