#include "kernels/backend/isa.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace wattstein::kernels {

namespace {

Isa detect() {
  Isa isa = Isa::portable;
#if defined(WATTSTEIN_X86_ISAS)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) isa = Isa::avx2;
  if (isa == Isa::avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    isa = Isa::avx512;
#endif
  if (const char* wish = std::getenv("WATTSTEIN_ISA")) {
    if (std::string_view(wish) == "portable") isa = Isa::portable;
    if (std::string_view(wish) == "avx2") isa = std::min(isa, Isa::avx2);
  }
  return isa;
}

}  // namespace

Isa machine_isa() {
  static const Isa isa = detect();
  return isa;
}

const char* isa_name(Isa isa) {
  return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "portable";
}

int isa_lanes(Isa isa) {
  return isa == Isa::avx512 ? 8 : isa == Isa::avx2 ? 4 : 2;
}

}  // namespace wattstein::kernels
