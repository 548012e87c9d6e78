#pragma once
// A batch on its way through a device in chunks and two slots: while one chunk is copied and computed, the host unpacks
// the one before it and packs the one after it. Plain C++; the device says what the three steps do.

#include <algorithm>
#include <cstdint>

namespace wattstein::kernels {

/// Problems in a chunk: as many as 256 MB of page-locked memory hold (`bytes`: of one problem), but a `parts`-th of the
/// batch at most, so that packing, copies and kernels of different chunks overlap, unless a chunk would be too small to
/// fill a device.
inline std::int64_t chunk_size(std::int64_t problems, std::int64_t bytes, std::int64_t parts = 4) {
  constexpr std::int64_t staging = std::int64_t{256} << 20, fills_a_device = 4096;
  const std::int64_t fit = std::max<std::int64_t>(1, staging / std::max<std::int64_t>(1, bytes));
  const std::int64_t part = std::max(fills_a_device, (problems + parts - 1) / parts);
  return std::max<std::int64_t>(1, std::min({problems, fit, part}));
}

/// Arrays one after another in a block of bytes; the same calls in the same order give the same places in host and
/// device memory.
struct ByteLayout {
  static constexpr std::int64_t line = 256;  // bytes, alignment of every array
  std::int64_t used = 0;
  std::int64_t take(std::int64_t bytes) {
    const std::int64_t at = used;
    used += (bytes + line - 1) / line * line;
    return at;
  }
};

/// Runs a batch through slots 0 and 1 in turn. Device offers
///   std::int64_t pack(int slot)   puts the next problems into the slot, returns how many (0: none left)
///   bool launch(int slot)         starts copies and kernels and returns at once
///   bool collect(int slot)        waits for them and unpacks the answers
/// A slot is collected before it is packed again. False as soon as a launch or a collection fails.
template <class Device>
bool run_two_slots(Device&& device) {
  bool busy[2] = {false, false};
  int slot = 0;
  while (true) {
    if (busy[slot] && !device.collect(slot)) return false;
    busy[slot] = false;
    if (device.pack(slot) == 0) break;
    if (!device.launch(slot)) return false;
    busy[slot] = true;
    slot ^= 1;
  }
  return !busy[slot ^ 1] || device.collect(slot ^ 1);
}

}  // namespace wattstein::kernels
