// Compiled once per instruction set. No standard library code here: it would be shared between the compilations.
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns inside its own AVX-512 square root (bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include "kernels/wide/wide_host.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {
namespace {

/// The state, and lists of live and empty columns.
struct Lists {
  int *live, *empty;
};
Lists take_all(WideView& v, Arena& arena) {
  take(v, arena);
  return {arena.take<int>(v.ld), arena.take<int>(v.ld)};
}

std::int64_t arena_bytes(const PdhgJob& job, int columns) {
  WideView v = wide_view(job, columns);
  Arena arena;
  take_all(v, arena);
  return arena.slow_used;
}

/// Live columns move together in the first `width`.
void compact(const WideView& v, const Lists& lists, int from_width, int width) {
  ColumnMoves moves{lists.live, lists.empty, 0, 0, width};
  for (int c = 0; c < from_width; ++c) {
    const bool live = v.control[c].problem >= 0;
    if (live) lists.live[moves.live_count++] = c;
    if (!live && c < width) lists.empty[moves.empty_count++] = c;
  }
  const int entries = v.pattern.n > v.pattern.rows ? v.pattern.n : v.pattern.rows;
  for (int r = 0; r < moves.count(); ++r) {
    for (int i = 0; i < entries; ++i) move_entry(v, i, moves.from(r), moves.to(r));
    move_scalars(v, moves.from(r), moves.to(r));
  }
}

/// Solves problems from the queue, `columns` at a time, until none is left.
void run(const PdhgJob& job, int columns, char* memory) {
  WideView v = wide_view(job, columns);
  Arena arena;
  arena.slow = memory;
  const Lists lists = take_all(v, arena);
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
      compact(v, lists, machine.width, needed);
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
