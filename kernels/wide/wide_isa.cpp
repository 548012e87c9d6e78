// Compiled once per instruction set. No standard library code here: it would be shared between the compilations.
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns inside its own AVX-512 square root (bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include "kernels/wide/wide_host.hpp"
#include "kernels/wide/wide_plan.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {
namespace {

std::int64_t arena_bytes(const PdhgJob& job, int columns) {
  WideView v = wide_view(job, columns);
  Arena arena;
  take(v, arena);
  return arena.slow_used;
}

/// Live columns beyond `width` move to empty ones before it.
void compact(const WideView& v, int from_width, int width) {
  int to = 0;
  for (int from = width; from < from_width; ++from) {
    if (v.control[from].problem < 0) continue;
    while (v.control[to].problem >= 0) ++to;
    const int entries = v.pattern.n > v.pattern.rows ? v.pattern.n : v.pattern.rows;
    for (int i = 0; i < entries; ++i) move_entry(v, i, from, to);
    move_scalars(v, from, to);
  }
}

/// Solves problems from the queue, `columns` at a time, until none is left.
void run(const PdhgJob& job, int columns, char* memory) {
  WideView v = wide_view(job, columns);
  Arena arena;
  arena.slow = memory;
  take(v, arena);
  int stop = 0;
  v.stop = &stop;
  WideHost machine{v, columns};
  WideBody<WideHost> body{machine, v};
  machine.columns(ClearColumn{v});
  bool more = true;
  while (true) {
    int active = 0, fresh = 0;
    for (int c = 0; c < machine.width; ++c) {
      std::int64_t& problem = v.control[c].problem;
      if (problem < 0 && more) {
        problem = job.queue.next_problem(job.queue.context);
        more = problem >= 0;
        v.fresh[c] = more ? 1.0 : 0.0;
        fresh += more ? 1 : 0;
      }
      active += problem >= 0 ? 1 : 0;
    }
    if (active == 0) break;
    const int needed = (active + native_lanes - 1) / native_lanes * native_lanes;
    if (!more && fresh == 0 && 2 * needed <= machine.width) {
      compact(v, machine.width, needed);
      machine.width = needed;
    }
    if (fresh > 0) body.load();
    stop = job.queue.stop_requested(job.queue.context) ? 1 : 0;
    body.window();
    int left = 0;
    for (int c = 0; c < machine.width; ++c) left += v.control[c].problem >= 0 ? 1 : 0;
    for (; left < active; ++left) job.queue.finished(job.queue.context);
  }
}

}  // namespace

WideEntries wide_entries() {
  return {arena_bytes, run};
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
