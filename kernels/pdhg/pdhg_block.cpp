// The body of pdhg_body.hpp run by an emulated block, one problem after another.
#include "kernels/backend/block_emulated.hpp"
#include "kernels/backend/launch.hpp"
#include "kernels/pdhg/pdhg_body.hpp"
#include "kernels/pdhg/pdhg_plan.hpp"

namespace wattstein::kernels {

namespace {

template <bool Shared>
void run_block(const PdhgJob& job, int threads, std::int64_t fast_bytes) {
  EmulatedBlock block(threads);
  Arena sizes;
  sizes.fast_bytes = fast_bytes;
  {
    const EmulatedBlockTeam team{&block, 0};
    PdhgBody<EmulatedBlockTeam, double, Shared> body(team, job, sizes);
  }
  const AlignedBuffer fast(sizes.fast_used), slow(sizes.slow_used);
  run_members(threads, [&](int rank) {
    const EmulatedBlockTeam team{&block, rank};
    Arena arena;
    arena.fast = fast.data();
    arena.fast_bytes = fast_bytes;
    arena.slow = slow.data();
    PdhgBody<EmulatedBlockTeam, double, Shared> body(team, job, arena);
    body.run();
  });
}

}  // namespace

void run_pdhg_emulated(const PdhgJob& job, int threads, std::int64_t fast_bytes) {
  if (job.batch.matrix_varies) run_block<false>(job, threads, fast_bytes);
  else run_block<true>(job, threads, fast_bytes);
}

}  // namespace wattstein::kernels
