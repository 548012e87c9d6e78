// Compiled once per instruction set. No standard library code here: it would be shared between the compilations.
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns inside its own AVX-512 square root (bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include "kernels/pdhg/pdhg_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {
namespace {

template <class Real, bool Shared>
void run_lanes(const PdhgJob& job, char* memory) {
  Arena arena;
  arena.slow = memory;
  const LaneTeam team;
  PdhgBody<LaneTeam, Real, Shared> body(team, job, arena);
  body.run();
}

template <class Real, bool Shared>
std::int64_t bytes_of(const PdhgJob& job) {
  Arena arena;
  const LaneTeam team;
  PdhgBody<LaneTeam, Real, Shared> body(team, job, arena);
  return arena.slow_used;
}

bool prepare(const PatternView& pattern, const BatchView& batch, double* values, double* row, double* column,
             double* work, double* norm) {
  const LaneTeam team;
  return scale_matrix(team, pattern, batch, 0, pdhg_scaling(), static_cast<const double*>(nullptr), values, row, column,
                      work, work + pattern.rows, *norm);
}

using Wide = Pack<double, native_lanes>;

std::int64_t arena_bytes(const PdhgJob& job, int lanes) {
  if (job.batch.matrix_varies) return lanes == 1 ? bytes_of<double, false>(job) : bytes_of<Wide, false>(job);
  return lanes == 1 ? bytes_of<double, true>(job) : bytes_of<Wide, true>(job);
}

void run(const PdhgJob& job, int lanes, char* memory) {
  if (job.batch.matrix_varies) lanes == 1 ? run_lanes<double, false>(job, memory) : run_lanes<Wide, false>(job, memory);
  else lanes == 1 ? run_lanes<double, true>(job, memory) : run_lanes<Wide, true>(job, memory);
}

}  // namespace

PdhgEntries pdhg_entries() {
  return {prepare, arena_bytes, run, native_lanes};
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
