// The body of admm_body.hpp run by an emulated block, one problem after another.
#include "kernels/admm/admm_body.hpp"
#include "kernels/admm/admm_plan.hpp"
#include "kernels/backend/block_emulated.hpp"
#include "kernels/backend/launch.hpp"

namespace wattstein::kernels {

namespace {

template <bool Shared>
void run_block(const AdmmJob& job, int threads, std::int64_t fast_bytes) {
  EmulatedBlock block(threads);
  Arena sizes;
  sizes.fast_bytes = fast_bytes;
  {
    const EmulatedBlockTeam team{&block, 0};
    AdmmBody<EmulatedBlockTeam, double, Shared> body(team, job, sizes);
  }
  const AlignedBuffer fast(sizes.fast_used), slow(sizes.slow_used);
  run_members(threads, [&](int rank) {
    const EmulatedBlockTeam team{&block, rank};
    Arena arena;
    arena.fast = fast.data();
    arena.fast_bytes = fast_bytes;
    arena.slow = slow.data();
    AdmmBody<EmulatedBlockTeam, double, Shared> body(team, job, arena);
    body.run();
  });
}

}  // namespace

void run_admm_emulated(const AdmmJob& job, int threads, std::int64_t fast_bytes) {
  if (job.own_factors) run_block<false>(job, threads, fast_bytes);
  else run_block<true>(job, threads, fast_bytes);
}

}  // namespace wattstein::kernels
