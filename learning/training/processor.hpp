#pragma once
// How LibTorch uses this machine's processor.

#include <cstdint>

namespace wattstein::learning {

/// Threads of LibTorch and of the BLAS behind it (0: all cores), and an allocator that keeps the memory of a step for
/// the next one.
void prepare_processor(std::int64_t threads);

}  // namespace wattstein::learning
