#pragma once
// Which compilation of the kernels this machine runs.

namespace wattstein::kernels {

enum class Isa { portable, avx2, avx512 };

/// The widest instruction set that both the machine and this build have. The environment variable
/// WATTSTEIN_ISA=portable|avx2|avx512 lowers it.
Isa machine_isa();

const char* isa_name(Isa isa);

/// Lanes of double in a register as the kernels use them: 2, 4, 8.
int isa_lanes(Isa isa);

}  // namespace wattstein::kernels
