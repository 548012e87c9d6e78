#pragma once
// The CUDA devices of this machine, each with its share of the problems.

#include <cuda_runtime.h>

#include "kernels/backend/shares.hpp"

namespace wattstein::kernels {

/// Fewer problems than these are not worth another device: where a thread, where a block has one.
inline constexpr std::int64_t least_of_threads = 2048, least_of_blocks = 512;

/// Calls run(problems of the share, settings of the share) -> bool for the share of every device, with that device
/// current; answers go to disjoint rows. least: problems of a share. Returns the problems that no device could do; all
/// of them where there is none.
template <class Run>
std::vector<std::int64_t> run_on_devices(std::span<const std::int64_t> problems, const MethodSettings& settings,
                                         std::int64_t least, Run&& run) {
  int visible = 0;
  if (cudaGetDeviceCount(&visible) != cudaSuccess) visible = 0;
  if (visible < 1) return {problems.begin(), problems.end()};
  const std::vector<Share> shares =
      contiguous_shares(static_cast<std::int64_t>(problems.size()), device_count(settings.devices, visible), least);
  SharedProgress progress(settings, shares.size());
  const std::vector<Share> left = run_shares(shares, [&](const Share& share) {
    // A single share stays on whatever device the caller has made current.
    if (shares.size() > 1 && cudaSetDevice(share.device) != cudaSuccess) return false;
    std::size_t number = 0;
    while (shares[number].first != share.first) ++number;
    return static_cast<bool>(
        run(problems.subspan(static_cast<std::size_t>(share.first), static_cast<std::size_t>(share.count)),
            progress.settings_of(number)));
  });
  std::vector<std::int64_t> undone;
  for (const Share& share : left)
    undone.insert(undone.end(), problems.begin() + share.first, problems.begin() + share.first + share.count);
  return undone;
}

}  // namespace wattstein::kernels
