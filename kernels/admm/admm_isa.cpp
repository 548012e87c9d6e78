// Compiled once per instruction set. No standard library code here: it would be shared between the compilations.
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns inside its own AVX-512 square root (bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include "kernels/admm/admm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {
namespace {

template <class Real, bool Shared>
void run_lanes(const AdmmJob& job, char* memory) {
  Arena arena;
  arena.slow = memory;
  const LaneTeam team;
  AdmmBody<LaneTeam, Real, Shared> body(team, job, arena);
  body.run();
}

template <class Real, bool Shared>
std::int64_t bytes_of(const AdmmJob& job) {
  Arena arena;
  const LaneTeam team;
  AdmmBody<LaneTeam, Real, Shared> body(team, job, arena);
  return arena.slow_used;
}

bool prepare(const PatternView& pattern, const BatchView& batch, double* values, double* row, double* column, double* p,
             double* work) {
  const LaneTeam team;
  LoadScratch scratch;
  scratch.p = p;
  scratch.p_values = work + pattern.rows + pattern.n;
  if (!load_p(team, pattern, batch, 0, scratch)) return false;
  double norm = 0.0;
  if (!scale_matrix(team, pattern, batch, 0, admm_scaling(), p, values, row, column, work, work + pattern.rows, norm))
    return false;
  if (pattern.p_diagonal) team.each(pattern.n, [&](int j) { p[j] = 1.0 * p[j] * column[j] * column[j]; });
  return true;
}

void factor(const PatternView& pattern, const FactorView& view, const double* values, const double* p,
            const signed char* equality, int rung, double* by_column, double* scaled, double* inverse_pivot,
            double* diagonal) {
  const LaneTeam team;
  kkt_diagonal(team, pattern, view, pattern.p_diagonal ? p : nullptr, equality, rho_of(rung), diagonal);
  factorise(team, view, values, diagonal, by_column, scaled, inverse_pivot);
}

using Wide = Pack<double, native_lanes>;

std::int64_t arena_bytes(const AdmmJob& job, int lanes) {
  if (job.own_factors) return lanes == 1 ? bytes_of<double, false>(job) : bytes_of<Wide, false>(job);
  return lanes == 1 ? bytes_of<double, true>(job) : bytes_of<Wide, true>(job);
}

void run(const AdmmJob& job, int lanes, char* memory) {
  if (job.own_factors) lanes == 1 ? run_lanes<double, false>(job, memory) : run_lanes<Wide, false>(job, memory);
  else lanes == 1 ? run_lanes<double, true>(job, memory) : run_lanes<Wide, true>(job, memory);
}

}  // namespace

AdmmEntries admm_entries() {
  return {prepare, factor, arena_bytes, run, native_lanes};
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
